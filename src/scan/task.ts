import type { BoundPredicate } from '../expressions/bound.ts'
import type { DataFile } from '../metadata/data-file.ts'

/** One data file to read, and what is left to check of each of its rows. */
export interface FileScanTask {
  readonly file: DataFile
  readonly dataSequenceNumber: bigint
  /** The snapshot that the file came with; null when that is not recorded. */
  readonly addedSnapshotId: bigint | null
  /** What the partition of the file does not decide; `true` when all its rows match. */
  readonly residual: BoundPredicate
}
