import type { Commit } from '../write/commit-report.ts'
import type { FactRecord } from './records.ts'

/** What a commit did, in the words of snapshot summaries. */
export function commitRecord(commit: Commit): FactRecord {
  return {
    'snapshot-id': commit.snapshotId,
    'added-records': commit.addedRows,
    'deleted-records': commit.removedRows,
    'added-data-files': commit.addedFiles,
    'deleted-data-files': commit.removedFiles,
  }
}
