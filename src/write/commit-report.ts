import type { DataFile } from '../metadata/data-file.ts'
import type { ProducedSnapshot } from './snapshot-producer.ts'

/** What a commit did. */
export interface Commit {
  /** Null when no rows changed. */
  readonly snapshotId: bigint | null
  readonly addedRows: bigint
  readonly removedRows: bigint
  readonly addedFiles: number
  readonly removedFiles: number
  readonly addedBytes: bigint
  readonly removedBytes: bigint
  /** Partitions that files were added to or removed from. */
  readonly changedPartitions: number
  /** 0 when there was nothing to commit. */
  readonly attempts: number
}

export function commitReport(produced: ProducedSnapshot | null, attempts: number): Commit {
  const added = produced?.content.added ?? []
  const removed = produced?.content.deleted ?? []
  return {
    snapshotId: produced?.snapshot.snapshotId ?? null,
    addedRows: total(added, (file) => file.recordCount),
    removedRows: total(removed, (file) => file.recordCount),
    addedFiles: added.length,
    removedFiles: removed.length,
    addedBytes: total(added, (file) => file.fileSizeBytes),
    removedBytes: total(removed, (file) => file.fileSizeBytes),
    changedPartitions: Number(produced?.snapshot.summary.get('changed-partition-count') ?? 0),
    attempts,
  }
}

function total(files: readonly DataFile[], measure: (file: DataFile) => bigint): bigint {
  return files.reduce((sum, file) => sum + measure(file), 0n)
}
