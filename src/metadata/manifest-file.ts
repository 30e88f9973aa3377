import type { FieldSummary } from '../layout/field-summary.ts'

/** One line of a manifest list (spec: Manifest Lists). Counts that are null are unknown, and must be taken for non-zero. */
export interface ManifestFile {
  readonly path: string
  readonly lengthBytes: bigint
  readonly specId: number
  readonly content: 'data' | 'deletes'
  readonly sequenceNumber: bigint
  readonly minSequenceNumber: bigint
  readonly addedSnapshotId: bigint
  readonly addedFiles: number | null
  readonly existingFiles: number | null
  readonly deletedFiles: number | null
  readonly addedRows: bigint | null
  readonly existingRows: bigint | null
  readonly deletedRows: bigint | null
  /** One a field of the spec; null when not recorded. */
  readonly partitions: readonly FieldSummary[] | null
  readonly keyMetadata: Uint8Array | null
  /** `_row_id` of the first row of the added files that have none of their own, from version 3 on (spec: Row Lineage). */
  readonly firstRowId?: bigint
}
