// What a table has in each partition (spec: Partition Statistics File).
import { IcebergError } from '../base/errors.ts'
import type { PartitionField } from '../layout/partition-spec.ts'
import type { PartitionTuple } from '../layout/partition-tuple.ts'
import { equalTransforms } from '../layout/transform.ts'
import { comparatorOf } from '../types/compare.ts'
import type { Field, PrimitiveType } from '../types/type.ts'
import type { PrimitiveValue } from '../types/value.ts'
import { partitionTypesOf } from './partition-types.ts'
import type { Snapshot } from './snapshot.ts'
import type { TableMetadata } from './table-metadata.ts'

/** A partition field that one spec or several have. */
export interface UnifiedField {
  readonly field: PartitionField
  readonly type: PrimitiveType
}

/**
 * The fields of all specs that a table ever had, in the order of their ids; the newest spec that has a field names it. A field
 * that became void, as dropped ones do in format version 1, is what it was.
 *
 * @throws IcebergError `unsupported` for a field whose values have no known type, and where two specs mean different values by
 *   one id, as old tables of format version 1 may
 */
export function unifiedPartition(metadata: TableMetadata): readonly UnifiedField[] {
  const unified = new Map<number, UnifiedField>()
  const newestFirst = metadata.specs.toSorted((left, right) => right.specId - left.specId)
  for (const spec of newestFirst) {
    const types = partitionTypesOf(metadata, spec)
    for (const [index, field] of spec.fields.entries()) {
      const type = types[index] ?? null
      if (type === null) throw unsupported('values of unknown type', field)
      const known = unified.get(field.fieldId)
      unified.set(field.fieldId, known === undefined ? { field, type } : same(known, field, type))
    }
  }
  return [...unified.values()].toSorted((left, right) => left.field.fieldId - right.field.fieldId)
}

function same(known: UnifiedField, field: PartitionField, type: PrimitiveType): UnifiedField {
  const { transform } = known.field
  const isOne =
    known.field.sourceId === field.sourceId &&
    (transform.kind === 'void' ||
      field.transform.kind === 'void' ||
      equalTransforms(transform, field.transform))
  if (!isOne) throw unsupported('different values under one id', field)
  if (transform.kind !== 'void') return known
  return { field: { ...field, name: known.field.name }, type }
}

function unsupported(fault: string, { name, fieldId }: PartitionField): IcebergError {
  return new IcebergError('unsupported', 'partition fields of the table cannot be put together', {
    context: { fault, field: name, fieldId },
  })
}

/** A tuple of one spec in {@link unifiedPartition}: null in fields that the spec does not have. */
export function unifiedTuple(
  unified: readonly UnifiedField[],
  fields: readonly PartitionField[],
  tuple: PartitionTuple,
): PartitionTuple {
  const values = new Map(fields.map(({ fieldId }, index) => [fieldId, tuple[index] ?? null]))
  return unified.map(({ field }) => values.get(field.fieldId) ?? null)
}

/** What a table has in one partition of one spec. Deletes are not taken off the rows of data files. */
export interface PartitionTotals {
  readonly specId: number
  /** In {@link unifiedPartition}. */
  readonly partition: PartitionTuple
  readonly dataRecords: bigint
  readonly dataFiles: number
  readonly dataFileBytes: bigint
  /** Of deletion vectors too. */
  readonly positionDeletes: bigint
  /** Without deletion vectors. */
  readonly positionDeleteFiles: number
  readonly deletionVectors: number
  readonly equalityDeletes: bigint
  readonly equalityDeleteFiles: number
  /** The last snapshot that changed it, of those that the table still has; null when there is none. */
  readonly lastUpdated: Pick<Snapshot, 'snapshotId' | 'timestampMs' | 'sequenceNumber'> | null
}

export function noTotals(specId: number, partition: PartitionTuple): PartitionTotals {
  return {
    specId,
    partition,
    dataRecords: 0n,
    dataFiles: 0,
    dataFileBytes: 0n,
    positionDeletes: 0n,
    positionDeleteFiles: 0,
    deletionVectors: 0,
    equalityDeletes: 0n,
    equalityDeleteFiles: 0,
    lastUpdated: null,
  }
}

/** Whether files are left in a partition. */
export function hasFiles(totals: PartitionTotals): boolean {
  const { dataFiles, positionDeleteFiles, deletionVectors, equalityDeleteFiles } = totals
  return dataFiles + positionDeleteFiles + deletionVectors + equalityDeleteFiles > 0
}

/** The columns of the file, whose rows {@link statisticsRow} gives. */
export function statisticsFields(
  unified: readonly UnifiedField[],
  formatVersion: number,
): readonly Field[] {
  const isSince3 = formatVersion >= 3
  const partition: Field = {
    id: 1,
    name: 'partition',
    required: true,
    type: {
      kind: 'struct',
      fields: unified.map(({ field: { fieldId, name }, type }) => ({
        id: fieldId,
        name,
        required: false,
        type,
      })),
    },
  }
  return [
    partition,
    column(2, 'spec_id', 'int', true),
    column(3, 'data_record_count', 'long', true),
    column(4, 'data_file_count', 'int', true),
    column(5, 'total_data_file_size_in_bytes', 'long', true),
    column(6, 'position_delete_record_count', 'long', isSince3),
    column(7, 'position_delete_file_count', 'int', isSince3),
    column(8, 'equality_delete_record_count', 'long', isSince3),
    column(9, 'equality_delete_file_count', 'int', isSince3),
    column(10, 'total_record_count', 'long', false),
    column(11, 'last_updated_at', 'long', false),
    column(12, 'last_updated_snapshot_id', 'long', false),
    ...(isSince3 ? [column(13, 'dv_count', 'int', true)] : []),
  ]
}

function column(id: number, name: string, kind: 'int' | 'long', required: boolean): Field {
  return { id, name, required, type: { kind } }
}

/**
 * Rows that are left when all deletes are applied follow from what else is told, or only from reading them. Iceberg Java 1.11
 * adds to a file that it finds what came since, but not to that count, which would then be wrong.
 */
const NOT_TOLD = null

export function statisticsRow(
  totals: PartitionTotals,
  formatVersion: number,
): readonly (PrimitiveValue | PartitionTuple | null)[] {
  const { lastUpdated } = totals
  return [
    totals.partition,
    totals.specId,
    totals.dataRecords,
    totals.dataFiles,
    totals.dataFileBytes,
    totals.positionDeletes,
    totals.positionDeleteFiles,
    totals.equalityDeletes,
    totals.equalityDeleteFiles,
    NOT_TOLD,
    lastUpdated === null ? null : BigInt(lastUpdated.timestampMs),
    lastUpdated?.snapshotId ?? null,
    ...(formatVersion >= 3 ? [totals.deletionVectors] : []),
  ]
}

/** Ascending by their tuples, nulls first; those of one tuple by their specs. */
export function inOrder(
  totals: Iterable<PartitionTotals>,
  unified: readonly UnifiedField[],
): readonly PartitionTotals[] {
  const comparators = unified.map(({ type }) => comparatorOf(type))
  return [...totals].sort((left, right) => {
    for (const [index, compare] of comparators.entries()) {
      const [one, other] = [left.partition[index] ?? null, right.partition[index] ?? null]
      if (one === null && other === null) continue
      if (one === null) return -1
      if (other === null) return 1
      const result = compare(one, other)
      if (result !== 0) return result
    }
    return left.specId - right.specId
  })
}
