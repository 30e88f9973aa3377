import fc from 'fast-check'
import { unreachable } from '../../../src/base/assert.ts'
import { INT32_MAX, INT64_MAX } from '../../../src/base/integers.ts'
import { partitionTypes } from '../../../src/layout/partition-spec.ts'
import type { PartitionSpec } from '../../../src/layout/partition-spec.ts'
import type { PartitionTuple } from '../../../src/layout/partition-tuple.ts'
import type { DataFile } from '../../../src/metadata/data-file.ts'
import type { ManifestEntry } from '../../../src/metadata/manifest-entry.ts'
import type { ManifestFile } from '../../../src/metadata/manifest-file.ts'
import { MAIN_BRANCH } from '../../../src/metadata/refs.ts'
import type { SnapshotRef } from '../../../src/metadata/refs.ts'
import type { Snapshot } from '../../../src/metadata/snapshot.ts'
import type { StatisticsFile } from '../../../src/metadata/statistics.ts'
import { newTableMetadata } from '../../../src/metadata/table-metadata.ts'
import type { FormatVersion, TableMetadata } from '../../../src/metadata/table-metadata.ts'
import { applyUpdates } from '../../../src/metadata/updates.ts'
import type { TableUpdate } from '../../../src/metadata/updates.ts'
import type { ColumnMetrics } from '../../../src/types/metrics.ts'
import type { Schema } from '../../../src/types/schema.ts'
import { anySchema } from './schemas.ts'
import { anySortOrderOf, anySpecOf } from './specs.ts'
import { anyBytes, anyLong, anyPrimitiveValueOf, anyString } from './values.ts'

/** Counts, sizes and ids that are not negative, the largest often. */
export const anyCount: fc.Arbitrary<bigint> = fc.oneof(
  fc.bigInt({ min: 0n, max: INT64_MAX }),
  fc.bigInt({ min: 0n, max: 300n }),
  fc.constantFrom(INT64_MAX, 2n ** 53n + 1n),
)

const anyFieldId = fc.oneof(fc.integer({ min: 1, max: 300 }), fc.constant(INT32_MAX))
const anyTimestampMs = fc.integer({ min: 1_500_000_000_000, max: 1_900_000_000_000 })

function anyMapTo<Value>(values: fc.Arbitrary<Value>): fc.Arbitrary<Map<number, Value>> {
  const options = { selector: ([id]: [number, Value]) => id, maxLength: 4 }
  return fc.uniqueArray(fc.tuple(anyFieldId, values), options).map((entries) => new Map(entries))
}

export const anyMetrics: fc.Arbitrary<ColumnMetrics> = fc.record({
  columnSizes: anyMapTo(anyCount),
  valueCounts: anyMapTo(anyCount),
  nullCounts: anyMapTo(anyCount),
  nanCounts: anyMapTo(anyCount),
  lowerBounds: anyMapTo(anyBytes),
  upperBounds: anyMapTo(anyBytes),
})

/** A value of each partition field's type, or null. */
export function anyTupleOf(spec: PartitionSpec, schema: Schema): fc.Arbitrary<PartitionTuple> {
  const values = partitionTypes(spec, schema).map((type) =>
    type === null ? fc.constant(null) : fc.option(anyPrimitiveValueOf(type), { freq: 4 }),
  )
  return fc.tuple(...values)
}

/** Files of one spec, as a version can tell of them; data files unless `content` says otherwise. */
export function anyDataFileOf(
  spec: PartitionSpec,
  schema: Schema,
  content: ManifestFile['content'] = 'data',
  formatVersion: FormatVersion = 2,
): fc.Arbitrary<DataFile> {
  const always = {
    content:
      content === 'data'
        ? fc.constant('data' as const)
        : fc.constantFrom('position-deletes' as const, 'equality-deletes' as const),
    path: anyString,
    format: fc.constantFrom('parquet' as const, 'avro' as const, 'orc' as const),
    specId: fc.constant(spec.specId),
    partition: anyTupleOf(spec, schema),
    recordCount: anyCount,
    fileSizeBytes: anyCount,
    metrics: anyMetrics,
    splitOffsets: fc.option(fc.array(anyCount, { maxLength: 3 })),
    equalityIds:
      formatVersion === 1 ? fc.constant(null) : fc.option(fc.array(anyFieldId, { maxLength: 3 })),
    sortOrderId: fc.option(fc.nat()),
    keyMetadata: fc.option(anyBytes),
  }
  const sometimes = {
    ...(formatVersion === 1 ? {} : { referencedDataFile: anyString }),
    ...(formatVersion < 3 ? {} : { contentOffset: anyCount, contentSizeBytes: anyCount }),
    ...(formatVersion < 3 || content === 'deletes' ? {} : { firstRowId: anyCount }),
  }
  return fc
    .tuple(fc.record(always), fc.record(sometimes, { requiredKeys: [] }))
    .map(([file, more]) => ({ ...file, ...more }))
}

/** Entries as writers make them: only added ones leave numbers to be inherited, and version 1 has no numbers. */
export function anyEntryOf(
  file: fc.Arbitrary<DataFile>,
  formatVersion: FormatVersion = 2,
): fc.Arbitrary<ManifestEntry> {
  if (formatVersion === 1) {
    return fc.record({
      status: fc.constantFrom('added', 'existing', 'deleted'),
      snapshotId: anyLong,
      dataSequenceNumber: fc.constant(null),
      fileSequenceNumber: fc.constant(null),
      file,
    })
  }
  const anyAdded = fc.record({
    status: fc.constant('added' as const),
    snapshotId: fc.option(anyLong),
    dataSequenceNumber: fc.option(anyCount),
    fileSequenceNumber: fc.option(anyCount),
    file,
  })
  const anyCarried = fc.record({
    status: fc.constantFrom('existing' as const, 'deleted' as const),
    snapshotId: anyLong,
    dataSequenceNumber: anyCount,
    fileSequenceNumber: anyCount,
    file,
  })
  return fc.oneof(anyAdded, anyCarried)
}

const anyFieldSummary = fc.record({
  containsNull: fc.boolean(),
  containsNan: fc.option(fc.boolean()),
  lowerBound: fc.option(anyBytes),
  upperBound: fc.option(anyBytes),
})

/** Lines of a manifest list of version 2, which knows all counts. */
export const anyManifestFile: fc.Arbitrary<ManifestFile> = fc.record({
  path: anyString,
  lengthBytes: anyCount,
  specId: fc.nat(),
  content: fc.constantFrom('data', 'deletes'),
  sequenceNumber: anyCount,
  minSequenceNumber: anyCount,
  addedSnapshotId: anyLong,
  addedFiles: fc.nat(INT32_MAX),
  existingFiles: fc.nat(INT32_MAX),
  deletedFiles: fc.nat(INT32_MAX),
  addedRows: anyCount,
  existingRows: anyCount,
  deletedRows: anyCount,
  partitions: fc.option(fc.array(anyFieldSummary, { maxLength: 4 })),
  keyMetadata: fc.option(anyBytes),
})

/** Lines that a list of that version can hold. */
export function anyManifestFileOf(formatVersion: FormatVersion): fc.Arbitrary<ManifestFile> {
  switch (formatVersion) {
    case 1:
      return fc
        .tuple(anyManifestFile, fc.option(fc.nat()), fc.option(anyCount))
        .map(([line, existingFiles, existingRows]): ManifestFile => ({
          ...line,
          content: 'data',
          sequenceNumber: 0n,
          minSequenceNumber: 0n,
          existingFiles,
          existingRows,
        }))
    case 2:
      return anyManifestFile
    default:
      return fc
        .tuple(anyManifestFile, fc.option(anyCount))
        .map(([line, firstRowId]) =>
          firstRowId === null || line.content === 'deletes' ? line : { ...line, firstRowId },
        )
  }
}

export const anyFormatVersion: fc.Arbitrary<FormatVersion> = fc.constantFrom(1, 2, 3)

/** A table of which nothing is written yet, of any version. */
export const anyNewTable: fc.Arbitrary<TableMetadata> = anyFormatVersion.chain(anyNewTableOf)

export function anyNewTableOf(formatVersion: FormatVersion): fc.Arbitrary<TableMetadata> {
  return anySchema(formatVersion === 3 ? { formatVersion } : {}).chain((schema) =>
    fc
      .record({
        formatVersion: fc.constant(formatVersion),
        uuid: fc.uuid(),
        location: fc.constantFrom('s3://bucket/db/t', 'file:///tmp/t', '/warehouse/t'),
        schema: fc.constant(schema),
        spec: anySpecOf(schema, { opaque: false }),
        sortOrder: anySortOrderOf(schema),
        properties: anyProperties,
        nowMs: anyTimestampMs,
      })
      .map(newTableMetadata),
  )
}

/** A user's own properties, under names that have tripped someone. */
export const anyProperties: fc.Arbitrary<ReadonlyMap<string, string>> = fc
  .array(
    fc.tuple(
      fc.oneof(
        fc.constantFrom('__proto__', 'constructor', '1', '01', 'acme.batch', 'comment'),
        fc.string({ unit: 'binary', minLength: 1, maxLength: 6 }),
      ),
      anyString,
    ),
    { maxLength: 5 },
  )
  .map((entries) => new Map(entries))

/** What one commit of a history does, worked out against the table as it is then. */
export type Step = (metadata: TableMetadata) => { updates: readonly TableUpdate[]; nowMs: number }

const STEP_KINDS = [
  'append',
  'append',
  'append',
  'branch',
  'tag',
  'rollback',
  'properties',
  'expire',
  'remove-ref',
  'statistics',
  'key',
  'upgrade',
] as const

/** Commits of snapshots, branches and tags, rollbacks, expiry, upgrades and the like, by a clock that jumps. */
export const anyStep: fc.Arbitrary<Step> = fc
  .record({
    kind: fc.constantFrom(...STEP_KINDS),
    snapshotId: fc.bigInt({ min: 1n, max: INT64_MAX }),
    operation: fc.constantFrom('append' as const, 'overwrite' as const, 'replace' as const),
    summary: anyProperties,
    addedRows: fc.bigInt({ min: 0n, max: 1_000_000n }),
    name: fc.constantFrom('audit', 'v1', '__proto__', MAIN_BRANCH),
    pick: fc.nat(),
    nowMs: anyTimestampMs,
    maxRefAgeMs: anyCount,
  })
  .map(({ kind, nowMs, ...step }): Step => (metadata) => ({
    nowMs,
    updates: updatesOfStep(metadata, kind, { ...step, timestampMs: nowMs }),
  }))

interface StepParts extends NewSnapshot {
  readonly name: string
  readonly pick: number
  readonly maxRefAgeMs: bigint
}

/** What cannot be done to the table as it is becomes a change of properties. */
function updatesOfStep(
  metadata: TableMetadata,
  kind: (typeof STEP_KINDS)[number],
  { name, pick, maxRefAgeMs, ...snapshot }: StepParts,
): readonly TableUpdate[] {
  const { snapshotId } = snapshot
  const picked = metadata.snapshots[pick % Math.max(1, metadata.snapshots.length)]
  // An id that has expired is taken as well: the snapshot that came after it would be its own ancestor.
  const isTaken = metadata.snapshots.some(
    (one) => one.snapshotId === snapshotId || one.parentId === snapshotId,
  )
  const properties: TableUpdate = { action: 'set-properties', updates: snapshot.summary }
  if (kind === 'append') return isTaken ? [properties] : appendUpdates(metadata, snapshot)
  if (kind === 'upgrade') {
    const formatVersion = Math.min(3, metadata.formatVersion + (pick % 2))
    return [{ action: 'upgrade-format-version', formatVersion }]
  }
  if (kind === 'key') {
    if (metadata.formatVersion < 3) return [properties]
    const keyId = String(pick % 3)
    const key = { keyId, encryptedKeyMetadata: 'AA==', encryptedById: null, properties: new Map() }
    return [
      pick % 4 === 0
        ? { action: 'remove-encryption-key', keyId }
        : { action: 'add-encryption-key', key },
    ]
  }
  if (kind === 'remove-ref') return [{ action: 'remove-snapshot-ref', name }]
  if (picked === undefined || kind === 'properties') return [properties]
  const refOf = (ref: Omit<SnapshotRef, 'snapshotId'>): SnapshotRef => ({
    snapshotId: picked.snapshotId,
    ...ref,
  })
  const branch = refOf({ kind: 'branch', minSnapshotsToKeep: 1 + (pick % 9) })
  switch (kind) {
    case 'expire':
      return [{ action: 'remove-snapshots', snapshotIds: [picked.snapshotId, 0n] }]
    case 'statistics':
      return [
        { action: 'set-statistics', statistics: statisticsOf(picked) },
        {
          action: 'set-partition-statistics',
          statistics: {
            snapshotId: picked.snapshotId,
            path: 's3://b/p.parquet',
            fileSizeBytes: 9n,
          },
        },
      ]
    case 'tag':
      return name === MAIN_BRANCH
        ? [properties]
        : [{ action: 'set-snapshot-ref', name, ref: refOf({ kind: 'tag', maxRefAgeMs }) }]
    case 'branch':
      return [{ action: 'set-snapshot-ref', name, ref: branch }]
    case 'rollback':
      return [{ action: 'set-snapshot-ref', name: MAIN_BRANCH, ref: branch }]
    default:
      return unreachable(kind)
  }
}

function statisticsOf({ snapshotId, sequenceNumber }: Snapshot): StatisticsFile {
  return {
    snapshotId,
    path: `s3://b/${snapshotId}.puffin`,
    fileSizeBytes: 413n,
    footerSizeBytes: 42n,
    blobs: [
      {
        type: 'apache-datasketches-theta-v1',
        snapshotId,
        sequenceNumber,
        fieldIds: [1],
        properties: new Map([['ndv', '3']]),
      },
    ],
  }
}

type NewSnapshot = Pick<
  Snapshot,
  'snapshotId' | 'operation' | 'summary' | 'timestampMs' | 'addedRows'
>

/** The updates that put a new snapshot on the main branch. */
export function appendUpdates(metadata: TableMetadata, snapshot: NewSnapshot): TableUpdate[] {
  const { addedRows = 0n, ...parts } = snapshot
  const { snapshotId } = parts
  const summary = new Map(parts.summary)
  summary.delete('operation')
  return [
    {
      action: 'add-snapshot',
      snapshot: {
        ...parts,
        summary,
        parentId: metadata.currentSnapshotId,
        sequenceNumber: metadata.formatVersion === 1 ? 0n : metadata.lastSequenceNumber + 1n,
        manifestList: `${metadata.location}/metadata/snap-${snapshotId}.avro`,
        schemaId: metadata.currentSchemaId,
        ...(metadata.formatVersion < 3 ? {} : { firstRowId: metadata.nextRowId, addedRows }),
      },
    },
    { action: 'set-snapshot-ref', name: MAIN_BRANCH, ref: { snapshotId, kind: 'branch' } },
  ]
}

/** A table after some commits. */
export const anyTableMetadata: fc.Arbitrary<TableMetadata> = fc
  .tuple(anyNewTable, fc.array(anyStep, { maxLength: 8 }))
  .map(([table, steps]) =>
    steps.reduce((metadata, step) => {
      const { updates, nowMs } = step(metadata)
      return applyUpdates(metadata, updates, { nowMs })
    }, table),
  )
