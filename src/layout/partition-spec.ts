import type { Transform } from './transform.ts'

/** One derived value that rows are grouped by (spec: Partitioning). */
export interface PartitionField {
  /** Field the value is derived from. */
  readonly sourceId: number
  /** Unique among all specs of the table; 1000 and up. */
  readonly fieldId: number
  readonly name: string
  readonly transform: Transform
}

/** How rows are grouped into files (spec: Partition Specs). Spec 0 without fields means no partitions. */
export interface PartitionSpec {
  readonly specId: number
  readonly fields: readonly PartitionField[]
}

/** The id below the first one that a partition field may have. */
export const PARTITION_FIELD_ID_START = 999

export const unpartitionedSpec: PartitionSpec = { specId: 0, fields: [] }

export function isUnpartitioned(spec: PartitionSpec): boolean {
  return spec.fields.every((field) => field.transform.kind === 'void')
}
