import type { DataFile } from '../metadata/data-file.ts'
import { partitionsOf } from '../metadata/snapshot-summary.ts'
import type { ProducedSnapshot } from './snapshot-producer.ts'

/** What a commit did. */
export interface Commit {
  /** The last snapshot that the commit made; null when no rows changed. */
  readonly snapshotId: bigint | null
  /** Rows that came; not those that were only moved to other files. */
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

export function commitReport(produced: readonly ProducedSnapshot[], attempts: number): Commit {
  const added = produced.flatMap(({ content }) => content.added)
  const removed = produced.flatMap(({ content }) => content.deleted)
  const movedRows = produced.reduce((sum, { content }) => sum + (content.movedRows ?? 0n), 0n)
  return {
    snapshotId: produced.at(-1)?.snapshot.snapshotId ?? null,
    addedRows: total(added, (file) => file.recordCount) - movedRows,
    removedRows: total(removed, (file) => file.recordCount) - movedRows,
    addedFiles: added.length,
    removedFiles: removed.length,
    addedBytes: total(added, (file) => file.fileSizeBytes),
    removedBytes: total(removed, (file) => file.fileSizeBytes),
    changedPartitions: partitionsOf([...added, ...removed]).size,
    attempts,
  }
}

function total(files: readonly DataFile[], measure: (file: DataFile) => bigint): bigint {
  return files.reduce((sum, file) => sum + measure(file), 0n)
}
