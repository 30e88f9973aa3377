import type { PartitionTuple } from '../layout/partition-tuple.ts'
import type { ColumnMetrics } from '../types/metrics.ts'

export type FileContent = 'data' | 'position-deletes' | 'equality-deletes'

/** In the order of their codes (spec: Data File Fields). */
export const FILE_CONTENTS: readonly FileContent[] = [
  'data',
  'position-deletes',
  'equality-deletes',
]

/** `puffin` holds deletion vectors alone (spec: Deletion Vectors). */
export type FileFormat = 'parquet' | 'avro' | 'orc' | 'puffin'

/** A file of rows or of deletes (spec: Data File Fields). */
export interface DataFile {
  readonly content: FileContent
  readonly path: string
  readonly format: FileFormat
  /** The partition spec that {@link partition} belongs to. */
  readonly specId: number
  readonly partition: PartitionTuple
  readonly recordCount: bigint
  readonly fileSizeBytes: bigint
  readonly metrics: ColumnMetrics
  /** Where row groups start, ascending; null when not recorded. */
  readonly splitOffsets: readonly bigint[] | null
  /** Fields an equality delete compares; null for other contents. */
  readonly equalityIds: readonly number[] | null
  /** The data file that all position deletes of this file are about, when that is recorded. */
  readonly referencedDataFile?: string
  /** `_row_id` of the first row, from version 3 on (spec: Row Lineage). */
  readonly firstRowId?: bigint
  /** Where in the file the blob of a deletion vector is; both or none. */
  readonly contentOffset?: bigint
  readonly contentSizeBytes?: bigint
  /** The table's sort order that the rows follow; null or 0 when none is promised. */
  readonly sortOrderId: number | null
  readonly keyMetadata: Uint8Array | null
}
