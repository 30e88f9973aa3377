/** What must hold of a snapshot, found out from its files. */
import { expect } from 'vitest'

import { bind } from '../../src/expressions/bind.ts'
import { rowsOf } from '../../src/formats/arrow/rows.ts'
import { positionsOf, primitiveReader } from '../../src/layout/column-value.ts'
import type { RowValues } from '../../src/layout/column-value.ts'
import { partitionKey } from '../../src/layout/partition-key.ts'
import { partitionTypes } from '../../src/layout/partition-spec.ts'
import { rowComparator } from '../../src/layout/row-order.ts'
import type { PartitionTuple } from '../../src/layout/partition-tuple.ts'
import type { DataFile } from '../../src/metadata/data-file.ts'
import type { ManifestEntry } from '../../src/metadata/manifest-entry.ts'
import type { ManifestFile } from '../../src/metadata/manifest-file.ts'
import type { Snapshot } from '../../src/metadata/snapshot.ts'
import {
  currentSchema,
  snapshotById,
  sortOrderById,
  specById,
} from '../../src/metadata/table-metadata.ts'
import { readTask } from '../../src/scan/read-task.ts'
import { readManifest, readManifestList } from '../../src/table/manifest-io.ts'
import type { TableState } from '../../src/table/table-state.ts'
import { comparatorOf } from '../../src/types/compare.ts'
import { valueFromBytes } from '../../src/types/single-value-binary.ts'
import { findField } from '../../src/types/schema.ts'
import type { PrimitiveType } from '../../src/types/type.ts'
import type { PrimitiveValue } from '../../src/types/value.ts'
import { flatColumns } from './arbitraries/specs.ts'
import { partitionOf } from './partitions.ts'

/** Rows of the data files that were read so far, by path: files do not change. */
export type FileRows = Map<string, readonly RowValues[]>

/**
 * Expects that every file of the snapshot is there as it is recorded, that no file is listed twice, and that all counts,
 * bounds, partitions and totals are those of the rows.
 *
 * @returns the rows of the snapshot
 */
export async function auditSnapshot(
  state: TableState,
  snapshot: Snapshot,
  known: FileRows = new Map(),
): Promise<readonly RowValues[]> {
  const files: DataFile[] = []
  const changes: ManifestEntry[] = []
  for (const manifest of await readManifestList(state, snapshot)) {
    const entries = await readManifest(state, manifest)
    manifestCountsItsEntries(manifest, entries, snapshot)
    filesKeepTheirNumbers(state, entries)
    for (const { status, file } of entries) if (status !== 'deleted') files.push(file)
    const isOwn = ({ snapshotId }: ManifestEntry): boolean => snapshotId === snapshot.snapshotId
    changes.push(...entries.filter(isOwn))
  }
  noFileIsListedTwice(files)
  const rows: RowValues[] = []
  for (const file of files) {
    const found = known.get(file.path) ?? (await auditFile(state, file))
    known.set(file.path, found)
    rows.push(...found)
  }
  totalsAreThoseOfTheFiles(snapshot, files, rows.length)
  changesAreThoseOfTheEntries(snapshot, changes)
  return rows
}

function noFileIsListedTwice(files: readonly DataFile[]): void {
  expect(new Set(files.map(({ path }) => path)).size).toBe(files.length)
}

function totalsAreThoseOfTheFiles(
  { summary }: Snapshot,
  files: readonly DataFile[],
  rowCount: number,
): void {
  const bytes = files.reduce((sum, file) => sum + file.fileSizeBytes, 0n)
  expect(summary.get('total-records')).toBe(String(rowCount))
  expect(summary.get('total-data-files')).toBe(String(files.length))
  expect(summary.get('total-files-size')).toBe(String(bytes))
}

/** What a snapshot says it added and deleted; where it says nothing, it did nothing of the kind. */
function changesAreThoseOfTheEntries(
  { summary }: Snapshot,
  changes: readonly ManifestEntry[],
): void {
  for (const status of ['added', 'deleted'] as const) {
    const files = changes.filter((entry) => entry.status === status).map(({ file }) => file)
    const rowCount = files.reduce((sum, { recordCount }) => sum + recordCount, 0n)
    expect(summary.get(`${status}-data-files`) ?? '0').toBe(String(files.length))
    expect(summary.get(`${status}-records`) ?? '0').toBe(String(rowCount))
  }
}

function manifestCountsItsEntries(
  manifest: ManifestFile,
  entries: readonly ManifestEntry[],
  snapshot: Snapshot,
): void {
  const of = (status: ManifestEntry['status']): readonly ManifestEntry[] =>
    entries.filter((entry) => entry.status === status)
  const rowsIn = (some: readonly ManifestEntry[]): bigint =>
    some.reduce((sum, { file }) => sum + file.recordCount, 0n)
  expect(manifest.addedFiles).toBe(of('added').length)
  expect(manifest.existingFiles).toBe(of('existing').length)
  expect(manifest.deletedFiles).toBe(of('deleted').length)
  expect(manifest.addedRows).toBe(rowsIn(of('added')))
  expect(manifest.existingRows).toBe(rowsIn(of('existing')))
  expect(manifest.deletedRows).toBe(rowsIn(of('deleted')))
  expect(manifest.sequenceNumber <= snapshot.sequenceNumber).toBe(true)
  for (const { status, dataSequenceNumber, snapshotId } of entries) {
    expect(dataSequenceNumber).not.toBeNull()
    expect((dataSequenceNumber ?? 0n) <= manifest.sequenceNumber).toBe(true)
    if (status !== 'deleted') {
      expect(manifest.minSequenceNumber <= (dataSequenceNumber ?? 0n)).toBe(true)
    }
    if (status !== 'existing') expect(snapshotId).toBe(manifest.addedSnapshotId)
  }
}

/**
 * A file keeps the numbers of the snapshot that added it, however often its entry is written anew. Of rows that were only
 * moved it has the number that they were read at.
 */
function filesKeepTheirNumbers({ metadata }: TableState, entries: readonly ManifestEntry[]): void {
  for (const { status, snapshotId, dataSequenceNumber, fileSequenceNumber } of entries) {
    // A deleted one names the snapshot that took it away.
    const added = status !== 'deleted' && snapshotId !== null && snapshotById(metadata, snapshotId)
    if (!added) continue
    if (added.operation === 'replace') {
      expect((dataSequenceNumber ?? 0n) <= added.sequenceNumber).toBe(true)
    } else expect(dataSequenceNumber).toBe(added.sequenceNumber)
    expect(fileSequenceNumber).toBe(added.sequenceNumber)
  }
}

/** Expects of one data file what {@link auditSnapshot} does, and gives its rows. */
async function auditFile(state: TableState, file: DataFile): Promise<readonly RowValues[]> {
  const { metadata, services } = state
  const schema = currentSchema(metadata)
  const rows: RowValues[] = []
  const task = {
    file,
    dataSequenceNumber: 0n,
    addedSnapshotId: null,
    residual: bind({ kind: 'true' }, schema),
  }
  for await (const batch of readTask(state, task, { schema, fields: schema.fields })) {
    for (const row of rowsOf(batch, schema)) rows.push(row)
  }
  expect((await services.store.head(file.path)).sizeBytes).toBe(Number(file.fileSizeBytes))
  expect(file.recordCount).toBe(BigInt(rows.length))
  metricsAreThoseOfTheRows(state, file, rows)
  rowsAreOfTheirPartition(state, file, rows)
  rowsAreInTheOrderTheyClaim(state, file, rows)
  return rows
}

function rowsAreInTheOrderTheyClaim(
  { metadata }: TableState,
  { sortOrderId }: DataFile,
  rows: readonly RowValues[],
): void {
  if (sortOrderId === null) return
  const schema = currentSchema(metadata)
  const { orderId, fields } = sortOrderById(metadata, sortOrderId)
  // Of a column that is gone nobody can say, nor of what is in order within its values.
  const gone = fields.findIndex(({ sourceId }) => findField(schema, sourceId) === undefined)
  const order = { orderId, fields: gone < 0 ? fields : fields.slice(0, gone) }
  expect(rows.toSorted(rowComparator(schema, order))).toEqual(rows)
}

function metricsAreThoseOfTheRows(
  { metadata }: TableState,
  file: DataFile,
  rows: readonly RowValues[],
): void {
  const schema = currentSchema(metadata)
  const { valueCounts, nullCounts, nanCounts, lowerBounds, upperBounds } = file.metrics
  for (const entry of flatColumns(schema)) {
    const { id } = entry.field
    // Flat columns are of primitive types.
    const type = entry.field.type as PrimitiveType
    const values = rows.map(primitiveReader(positionsOf(schema, entry)))
    const present = values.filter((value): value is PrimitiveValue => value !== null)
    const numbers = present.filter((value) => !Number.isNaN(value))
    expectCount(valueCounts.get(id), values.length)
    expectCount(nullCounts.get(id), values.length - present.length)
    expectCount(nanCounts.get(id), present.length - numbers.length)
    const compare = comparatorOf(type)
    const lower = lowerBounds.get(id)
    const upper = upperBounds.get(id)
    if (numbers.length === 0) expect([lower, upper]).toEqual([undefined, undefined])
    for (const value of numbers) {
      if (lower !== undefined) {
        expect(compare(valueFromBytes(type, lower), value)).toBeLessThanOrEqual(0)
      }
      if (upper !== undefined) {
        expect(compare(value, valueFromBytes(type, upper))).toBeLessThanOrEqual(0)
      }
    }
  }
}

function expectCount(recorded: bigint | undefined, count: number): void {
  if (recorded !== undefined) expect(recorded).toBe(BigInt(count))
}

function rowsAreOfTheirPartition(
  { metadata }: TableState,
  file: DataFile,
  rows: readonly RowValues[],
): void {
  const schema = currentSchema(metadata)
  const spec = specById(metadata, file.specId)
  const tupleOf = partitionOf(schema, spec)
  // Of a column that is gone nobody can say what its partitions were.
  const isKnown = spec.fields.map(({ sourceId }) => findField(schema, sourceId) !== undefined)
  const types = partitionTypes(spec, schema).filter((_, index) => isKnown[index])
  const keyOf = (tuple: PartitionTuple): string =>
    partitionKey(
      types,
      tuple.filter((_, index) => isKnown[index]),
    )
  const keys = rows.map((row) => keyOf(tupleOf(row) ?? []))
  expect(new Set([...keys, keyOf(file.partition)]).size).toBe(1)
}
