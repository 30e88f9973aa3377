import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { IcebergError } from '../../../../src/base/errors.ts'
import { bind } from '../../../../src/expressions/bind.ts'
import type { BoundPredicate } from '../../../../src/expressions/bound.ts'
import { metricsMatcher } from '../../../../src/expressions/match-metrics.ts'
import { rowMatcher } from '../../../../src/expressions/match-row.ts'
import { projectInclusive } from '../../../../src/expressions/project.ts'
import { writeContainer } from '../../../../src/formats/avro/container.ts'
import { createEncoder } from '../../../../src/formats/avro/encoding.ts'
import { entriesToAvro, partitionColumns } from '../../../../src/formats/avro/entry-avro.ts'
import { wantedPartition } from '../../../../src/formats/avro/entry-views.ts'
import { decodeManifest } from '../../../../src/formats/avro/manifest-codec.ts'
import { createManifestScanner } from '../../../../src/formats/avro/manifest-scan.ts'
import type { ScannedManifest } from '../../../../src/formats/avro/manifest-scan.ts'
import { manifestEntrySchema } from '../../../../src/formats/avro/manifest-schemas.ts'
import { partitionTypes } from '../../../../src/layout/partition-spec.ts'
import type { PartitionSpec } from '../../../../src/layout/partition-spec.ts'
import type { ManifestEntry } from '../../../../src/metadata/manifest-entry.ts'
import type { ManifestFile } from '../../../../src/metadata/manifest-file.ts'
import { newTableMetadata } from '../../../../src/metadata/table-metadata.ts'
import type { FormatVersion, TableMetadata } from '../../../../src/metadata/table-metadata.ts'
import type { ColumnMetrics } from '../../../../src/types/metrics.ts'
import type { Schema } from '../../../../src/types/schema.ts'
import { valueToBytes } from '../../../../src/types/single-value-binary.ts'
import type { Type } from '../../../../src/types/type.ts'
import {
  anyDataFileOf,
  anyEntryOf,
  anyManifestFile,
} from '../../../support/arbitraries/metadata.ts'
import { anyFilteredSchema, anyRowsOf, anyTestOf } from '../../../support/arbitraries/predicates.ts'
import { anyExpressionOf } from '../../../support/arbitraries/predicates.ts'
import { anySpecOf, flatColumns } from '../../../support/arbitraries/specs.ts'
import { anyBytes, anyPrimitiveValueOf } from '../../../support/arbitraries/values.ts'
import { runs } from '../../../support/runs.ts'

/** A manifest, its line, and a question. */
interface Case {
  readonly written: Written
  readonly line: ManifestFile
  /** The schema now. */
  readonly schema: Schema
  readonly spec: PartitionSpec
  readonly predicate: BoundPredicate
}

/** What a manifest is made of. */
interface Written {
  readonly formatVersion: FormatVersion
  readonly schema: Schema
  readonly spec: PartitionSpec
  readonly entries: readonly ManifestEntry[]
  readonly style: Style
}

/** How a writer lays its schema out. */
interface Style {
  /** Sorts fields by this and their name. */
  readonly salt: number
  readonly leavesOut: readonly string[]
  readonly mayBeNull: boolean
}

describe('scanning a manifest (spec: Scan Planning)', () => {
  it('always keeps what decoding everything and then testing keeps', async () => {
    await fc.assert(
      fc.asyncProperty(anyCase, async (question) => {
        const bytes = foreignManifest(question.written)
        const scanned = await scan(question, bytes)
        expect({ ...scanned, kept: scanned.kept.map(withPlainMetrics) }).toEqual(
          decodeAndTest(question, bytes),
        )
      }),
      runs(120),
    )
  })

  it('always sees of the files that some snapshots added all, and of others nothing', async () => {
    const anyPicks = fc.array(fc.nat(), { maxLength: 3 })
    await fc.assert(
      fc.asyncProperty(anyCase, anyPicks, async (question, picks) => {
        const bytes = foreignManifest(question.written)
        const ids = liveEntries(question, bytes).map(({ snapshotId }) => snapshotId ?? 0n)
        const addedBy = new Set(picks.map((pick) => ids[pick % ids.length] ?? 0n))
        const scanned = await scannerOf(question)(bytes, question.line, { addedBy })
        expect({ ...scanned, kept: scanned.kept.map(withPlainMetrics) }).toEqual(
          decodeAndTest(question, bytes, ({ snapshotId }) => addedBy.has(snapshotId ?? 0n)),
        )
      }),
      runs(40),
    )
  })

  it('always gives rows the ids that decoding gives (spec: First Row ID Inheritance)', async () => {
    const anyFile = anyFileOf(UNPARTITIONED, ONE_COLUMN, 3)
    const anyEntries = fc.array(anyEntryOf(anyFile, 3), { minLength: 3, maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(anyEntries, anyManifestFile, async (entries, anyLine) => {
        const style = { salt: 0, leavesOut: [], mayBeNull: false }
        const written = { schema: ONE_COLUMN, spec: UNPARTITIONED, entries, style }
        const line: ManifestFile = { ...anyLine, specId: 0, content: 'data', firstRowId: 1000n }
        const question: Case = {
          ...written,
          written: { ...written, formatVersion: 3 },
          line,
          predicate: { kind: 'true' },
        }
        const bytes = foreignManifest(question.written)
        const { kept } = await scan(question, bytes)
        const rowIds = (some: readonly ManifestEntry[]): unknown[] =>
          some.map(({ file }) => file.firstRowId)
        expect(rowIds(kept)).toEqual(rowIds(decodeAndTest(question, bytes).kept))
      }),
      runs(60),
    )
  })

  it('lets go of the manifest, whatever is kept of it', async () => {
    const [question] = fc.sample(anyCase, { numRuns: 1, seed: 1 })
    const [file] = fc.sample(anyFileOf(UNPARTITIONED, ONE_COLUMN, 2), { numRuns: 1, seed: 1 })
    if (question === undefined || file === undefined) throw new Error('one was asked for')
    const keyMetadata = new Uint8Array(100).fill(7)
    const bytes = foreignManifest({
      formatVersion: 2,
      schema: ONE_COLUMN,
      spec: UNPARTITIONED,
      style: { salt: 0, leavesOut: [], mayBeNull: false },
      entries: Array.from({ length: 1000 }, (_, index) => ({
        status: 'added',
        snapshotId: 1n,
        dataSequenceNumber: 1n,
        fileSequenceNumber: 1n,
        file: { ...file, recordCount: index === 500 ? 1n : 0n, keyMetadata },
      })),
    })
    const asked = { ...question, schema: ONE_COLUMN, spec: UNPARTITIONED }
    const line = { ...question.line, specId: 0 }
    const { kept } = await scan({ ...asked, line, predicate: { kind: 'true' } }, bytes)
    expect(kept.map((entry) => entry.file.keyMetadata)).toEqual([keyMetadata])
    expect(kept[0]?.file.keyMetadata?.buffer.byteLength).toBeLessThan(100_000)
  })

  it('never fails with anything but a typed error, however the bytes are damaged', async () => {
    const anyFlip = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(255))
    const flips = fc.array(anyFlip, { minLength: 1, maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(anyCase, flips, async (question, damage) => {
        const bytes = foreignManifest(question.written)
        for (const [place, byte] of damage) bytes[Math.floor(place * (bytes.length - 1))] = byte
        try {
          const { kept } = await scan(question, bytes)
          kept.map(withPlainMetrics)
        } catch (error) {
          expect(error).toBeInstanceOf(IcebergError)
          expect(error).not.toMatchObject({ kind: 'internal' })
        }
      }),
      runs(80),
    )
  })

  it('takes turns between manifests whose blocks are inflated aside', async () => {
    const [question] = fc.sample(anyCase, { numRuns: 1, seed: 7 })
    if (question === undefined) throw new Error('one was asked for')
    const scanner = scannerOf(question)
    const bytes = foreignManifest(question.written)
    const alone = await scanner(bytes, question.line)
    const together = await Promise.all(
      Array.from({ length: 4 }, () => scanner(bytes, question.line)),
    )
    for (const one of together) expect(one.kept.length).toBe(alone.kept.length)
  })
})

function scannerOf({ schema, spec, predicate }: Case): ReturnType<typeof createManifestScanner> {
  return createManifestScanner({
    partition: wantedPartition(emptyTable(schema), spec),
    projected: projectInclusive(predicate, spec, schema),
    predicate,
  })
}

function scan(question: Case, bytes: Uint8Array): Promise<ScannedManifest> {
  return scannerOf(question)(bytes, question.line)
}

/** The slow obvious way. */
function decodeAndTest(
  question: Case,
  bytes: Uint8Array,
  isAsked: (entry: ManifestEntry) => boolean = () => true,
): ScannedManifest {
  const { schema, spec, predicate } = question
  const keepsPartition = rowMatcher(projectInclusive(predicate, spec, schema))
  const keepsMetrics = metricsMatcher(predicate)
  const live = liveEntries(question, bytes).filter(isAsked)
  const inPartition = live.filter(({ file }) => keepsPartition(file.partition))
  const kept = inPartition.filter(({ file }) => keepsMetrics(file.metrics, file.recordCount))
  return {
    kept,
    prunedByPartition: live.length - inPartition.length,
    prunedByMetrics: inPartition.length - kept.length,
  }
}

function liveEntries({ line, schema, spec }: Case, bytes: Uint8Array): readonly ManifestEntry[] {
  const metadata = { ...emptyTable(schema), specs: [spec] }
  return decodeManifest(bytes, line, metadata).filter(({ status }) => status !== 'deleted')
}

/** With metrics that are compared by what is in them. */
function withPlainMetrics(entry: ManifestEntry): ManifestEntry {
  const { columnSizes, valueCounts, nullCounts, nanCounts, lowerBounds, upperBounds } =
    entry.file.metrics
  const metrics = { columnSizes, valueCounts, nullCounts, nanCounts, lowerBounds, upperBounds }
  return { ...entry, file: { ...entry.file, metrics } }
}

const UNPARTITIONED: PartitionSpec = { specId: 0, fields: [] }
const ONE_COLUMN: Schema = {
  schemaId: 0,
  fields: [{ id: 1, name: 'x', required: false, type: { kind: 'long' } }],
  identifierFieldIds: [],
}

const METRICS = [
  'column_sizes',
  'value_counts',
  'null_value_counts',
  'nan_value_counts',
  'lower_bounds',
  'upper_bounds',
]

const anyStyle: fc.Arbitrary<Style> = fc.record({
  salt: fc.nat(1000),
  leavesOut: fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.subarray(METRICS) },
  ),
  mayBeNull: fc.boolean(),
})

const anyCase: fc.Arbitrary<Case> = fc
  .record({
    schema: anyFilteredSchema,
    formatVersion: fc.constantFrom<FormatVersion>(1, 2, 3),
    isWidened: fc.boolean(),
    style: anyStyle,
    line: anyManifestFile,
    firstRowId: fc.option(fc.bigInt({ min: 0n, max: 1n << 40n })),
  })
  .chain((chosen) =>
    fc
      .record({ spec: anySpecOf(chosen.schema, { opaque: false }), rows: anyRowsOf(chosen.schema) })
      .chain(({ spec: anySpec, rows }) => {
        const { schema, formatVersion } = chosen
        const spec = partitionTypes(anySpec, schema).includes(null)
          ? { ...anySpec, fields: [] }
          : anySpec
        return fc
          .record({
            entries: fc.array(anyEntryOf(anyFileOf(spec, schema, formatVersion), formatVersion), {
              maxLength: 5,
            }),
            expression: fc.oneof(anyTestOf(schema, rows), anyExpressionOf(schema, rows)),
          })
          .map(({ entries, expression }): Case => {
            const now = chosen.isWidened ? widened(schema) : schema
            return {
              written: { formatVersion, schema, spec, entries, style: chosen.style },
              line: lineOf(chosen, spec),
              schema: now,
              spec,
              predicate: bind(expression, now),
            }
          })
      }),
  )

function anyFileOf(
  spec: PartitionSpec,
  schema: Schema,
  formatVersion: FormatVersion,
): ReturnType<typeof anyDataFileOf> {
  return fc
    .tuple(
      anyDataFileOf(spec, schema, 'data', formatVersion),
      anyMetricsOf(schema),
      fc.oneof(fc.constantFrom(-1n, 0n, 1n), fc.bigInt({ min: 0n, max: 50n })),
    )
    .map(([file, metrics, recordCount]) => ({ ...file, metrics, recordCount }))
}

/** Of the columns of a schema: counts that meet each other, and bounds of their types or of none. */
function anyMetricsOf(schema: Schema): fc.Arbitrary<ColumnMetrics> {
  const fields = flatColumns(schema).map(({ field }) => field)
  const anyCount = fc.bigInt({ min: 0n, max: 3n })
  const anyPart = <Known>(valueOf: (type: Type) => fc.Arbitrary<Known>) =>
    fc
      .tuple(
        ...fields.map(({ id, type }) =>
          fc.option(valueOf(type)).map((value) => [id, value] as const),
        ),
      )
      .map(
        (entries) =>
          new Map(entries.flatMap(([id, value]) => (value === null ? [] : [[id, value]]))),
      )
  const anyBound = (type: Type): fc.Arbitrary<Uint8Array> => {
    if (type.kind === 'struct' || type.kind === 'list' || type.kind === 'map') return anyBytes
    try {
      // Types without values have bounds of no meaning.
      return fc.oneof(
        {
          weight: 5,
          arbitrary: anyPrimitiveValueOf(type as never).map((value) =>
            valueToBytes(type as never, value),
          ),
        },
        { weight: 1, arbitrary: anyBytes },
      )
    } catch {
      return anyBytes
    }
  }
  return fc.record({
    columnSizes: anyPart(() => anyCount),
    valueCounts: anyPart(() => anyCount),
    nullCounts: anyPart(() => anyCount),
    nanCounts: anyPart(() => anyCount),
    lowerBounds: anyPart(anyBound),
    upperBounds: anyPart(anyBound),
  })
}

function lineOf(
  {
    line,
    firstRowId,
    formatVersion,
  }: { line: ManifestFile; firstRowId: bigint | null; formatVersion: FormatVersion },
  spec: PartitionSpec,
): ManifestFile {
  return {
    ...line,
    specId: spec.specId,
    content: 'data',
    sequenceNumber: formatVersion === 1 ? 0n : line.sequenceNumber,
    ...(firstRowId === null || formatVersion < 3 ? {} : { firstRowId }),
  }
}

/** A manifest by a writer of its own mind: fields in another order, metrics left out, a file that might be null. */
function foreignManifest({ formatVersion, schema, spec, entries, style }: Written): Uint8Array {
  const metadata = { ...emptyTable(schema), formatVersion }
  const columns = partitionColumns(metadata, spec).map((column, index) => ({
    ...column,
    name: `p${index}`,
  }))
  const ordered = reordered(manifestEntrySchema(formatVersion, columns), style)
  const content = { metadata, spec, content: 'data' as const, entries }
  return writeContainer({
    schema: ordered,
    properties: new Map(),
    encoder: createEncoder(ordered),
    values: entriesToAvro(content, columns),
  })
}

/** The schema with the fields of entries and files in an order of the writer's own. */
function reordered(schema: unknown, { salt, leavesOut, mayBeNull }: Style): unknown {
  const rank = (name: string): number =>
    Buffer.from(name).reduce((sum, byte) => (sum * 31 + byte + salt) % 997, salt)
  return JSON.parse(JSON.stringify(schema), (_, value: unknown) => {
    if (!isRecord(value) || !['manifest_entry', 'r2'].includes(value.name)) return value
    const fields = value.fields
      .filter(({ name }) => !leavesOut.includes(name))
      .map((field) =>
        field.name === 'data_file' && mayBeNull ? { ...field, type: ['null', field.type] } : field,
      )
    return {
      ...value,
      fields: fields.toSorted((left, right) => rank(left.name) - rank(right.name)),
    }
  })
}

interface RecordSchema {
  readonly name: string
  readonly fields: readonly { readonly name: string; readonly type: unknown }[]
}

function isRecord(value: unknown): value is RecordSchema {
  return typeof value === 'object' && value !== null && 'fields' in value && 'name' in value
}

/** The schema after its columns were widened, as far as they can be (spec: Schema Evolution). */
function widened(schema: Schema): Schema {
  const fields = schema.fields.map((field) => ({ ...field, type: wider(field.type) }))
  return { ...schema, fields }
}

function wider(type: Type): Type {
  if (type.kind === 'int') return { kind: 'long' }
  if (type.kind === 'float') return { kind: 'double' }
  return type
}

function emptyTable(schema: Schema): TableMetadata {
  const created = newTableMetadata({
    uuid: 'u',
    location: '/t',
    schema,
    spec: { specId: 0, fields: [] },
    sortOrder: { orderId: 0, fields: [] },
    properties: new Map(),
    nowMs: 0,
  })
  // A new table gives its columns ids of its own.
  return { ...created, schemas: [schema], currentSchemaId: schema.schemaId }
}
