// What metadata says of the rows of a file, which the file itself need not say.
import { microsFromMs } from '../base/civil-time.ts'
import { boundFalse, boundTrue, mapLeaves } from '../expressions/bound.ts'
import type { BoundPredicate } from '../expressions/bound.ts'
import { valueTest } from '../expressions/value-test.ts'
import type { Series } from '../formats/arrow/fill-nulls.ts'
import type { FileConstants } from '../formats/arrow/project.ts'
import type { DataFile } from '../metadata/data-file.ts'
import { snapshotById, specById } from '../metadata/table-metadata.ts'
import type { TableMetadata } from '../metadata/table-metadata.ts'
import {
  commitSnapshotIdColumn,
  commitTimestampColumn,
  fileColumn,
  lastUpdatedColumn,
  positionColumn,
  rowIdColumn,
  specIdColumn,
} from '../types/reserved-fields.ts'
import type { Field } from '../types/type.ts'
import type { Value } from '../types/value.ts'
import { PARTITION_COLUMN_ID } from './metadata-columns.ts'
import { partitionValues } from './partition-column.ts'
import type { FileScanTask } from './task.ts'

/** Values that all rows of a file have in metadata columns, by field id; those of `_partition` by the ids inside it. */
export type FileFacts = ReadonlyMap<number, Value | null>

/** The facts of a file, the same for all its rows. */
export function fileFacts(
  metadata: TableMetadata,
  { file, addedSnapshotId }: FileScanTask,
): FileFacts {
  return new Map<number, Value | null>([
    [fileColumn.id, file.path],
    [specIdColumn.id, file.specId],
    [commitSnapshotIdColumn.id, addedSnapshotId],
    [commitTimestampColumn.id, commitMicros(metadata, addedSnapshotId)],
    ...partitionValues(metadata, file),
    // Without a first row id, no row of the file has one, whatever is stored (spec: Row Lineage).
    ...(file.firstRowId === undefined
      ? [[rowIdColumn.id, null] as const, [lastUpdatedColumn.id, null] as const]
      : []),
  ])
}

function commitMicros(metadata: TableMetadata, snapshotId: bigint | null): bigint | null {
  const snapshot = snapshotId === null ? undefined : snapshotById(metadata, snapshotId)
  return snapshot === undefined ? null : microsFromMs(snapshot.timestampMs)
}

/** A predicate on the rows of a file, with what the facts decide decided. */
export function decideByFacts(predicate: BoundPredicate, facts: FileFacts): BoundPredicate {
  return mapLeaves(predicate, (leaf) => {
    const value = facts.get(leaf.column.fieldId)
    if (value === undefined) return leaf
    return valueTest(leaf)(value) ? boundTrue : boundFalse
  })
}

/**
 * Columns that go on from row to row, by field id: positions, and the row ids and numbers of rows for which the file has
 * none (spec: Row Lineage).
 *
 * @param firstRow position in the file of the row with which the series begin
 */
export function rowSeries(
  { file, dataSequenceNumber }: FileScanTask,
  firstRow: bigint,
): ReadonlyMap<number, Series> {
  const position: readonly [number, Series] = [positionColumn.id, { first: firstRow, step: 1n }]
  if (file.firstRowId === undefined) return new Map([position])
  return new Map([
    position,
    [rowIdColumn.id, { first: file.firstRowId + firstRow, step: 1n }],
    [lastUpdatedColumn.id, { first: dataSequenceNumber, step: 0n }],
  ])
}

/**
 * What the rows of a file hold in fields that it does not have: facts, and what an identity partition says (spec: Column
 * Projection), as in tables that were made of Hive's without a file being rewritten.
 */
export function fileConstants(
  metadata: TableMetadata,
  file: DataFile,
  facts: FileFacts,
): FileConstants {
  const spec = specById(metadata, file.specId)
  return (field) => {
    if (field.id === PARTITION_COLUMN_ID) return partitionOf(field, facts)
    const fact = facts.get(field.id)
    if (fact !== undefined) return fact
    const index = spec.fields.findIndex(
      ({ sourceId, transform }) => sourceId === field.id && transform.kind === 'identity',
    )
    const value = index < 0 ? undefined : file.partition[index]
    return ofType(field, value)
  }
}

/** Null in a table that never had partitions: a struct of nothing would be no better. */
function partitionOf({ type }: Field, facts: FileFacts): Value | null {
  if (type.kind !== 'struct' || type.fields.length === 0) return null
  return type.fields.map(({ id }) => facts.get(id) ?? null)
}

/** Partition values are of the current schema's types; an older schema may have had `int` for `long`. */
function ofType<V extends Value | null | undefined>({ type }: Field, value: V): V | number {
  return typeof value === 'bigint' && type.kind === 'int' ? Number(value) : value
}
