/** Columns that every table has besides its own: where a row is, and where it comes from (spec: Reserved Field IDs). */
import type { Field, StructType, Type } from './type.ts'

/** Fields of a table have ids of at most this; those above are for metadata columns. */
export const MAX_FIELD_ID = 2147483447

/** Whether an id is one that no field of a table may have. */
export function isReservedFieldId(fieldId: number): boolean {
  return fieldId > MAX_FIELD_ID
}

/** Location of the file that holds the row. */
export const fileColumn: Field = column(2147483646, '_file', 'string', 'required')
/** Place of the row among those of its file, from 0. */
export const positionColumn: Field = column(2147483645, '_pos', 'long', 'required')
/** The spec that the row's file was written with. */
export const specIdColumn: Field = column(2147483643, '_spec_id', 'int', 'required')
/** The snapshot that the row's file came with. */
export const commitSnapshotIdColumn: Field = column(2147483541, '_commit_snapshot_id', 'long')
/** Null in files that no row ids were assigned to (spec: Row Lineage). */
export const rowIdColumn: Field = column(2147483540, '_row_id', 'long')
/** Null where {@link rowIdColumn} is. */
export const lastUpdatedColumn: Field = column(2147483539, '_last_updated_sequence_number', 'long')
/**
 * When the row's snapshot was made. The specification has no such column, so its id is the lowest of those reserved, far
 * from where the specification goes on counting.
 */
export const commitTimestampColumn: Field = column(2147483448, '_commit_timestamp', 'timestamptz')

/** The values that the row's file has in the partition, as a struct of the fields of all specs of the table. */
export function partitionColumn(type: StructType): Field {
  return { id: 2147483642, name: '_partition', required: false, type }
}

/** All but {@link partitionColumn}, whose type depends on the table. */
export const metadataColumns: readonly Field[] = [
  fileColumn,
  positionColumn,
  specIdColumn,
  rowIdColumn,
  lastUpdatedColumn,
  commitSnapshotIdColumn,
  commitTimestampColumn,
]

function column(
  id: number,
  name: string,
  kind: Extract<Type['kind'], 'string' | 'long' | 'int' | 'timestamptz'>,
  presence: 'required' | 'optional' = 'optional',
): Field {
  return { id, name, required: presence === 'required', type: { kind } }
}
