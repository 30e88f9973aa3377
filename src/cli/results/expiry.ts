import { counted } from '../../base/counted.ts'
import { describeFiles, totalBytes } from '../../maintenance/describe-files.ts'
import type { ExpirePlan, ExpireReport } from '../../maintenance/expire-snapshots.ts'
import type { TableFile } from '../../maintenance/table-file.ts'
import type { FileRecord, MaintenanceResult } from '../maintenance-output.ts'
import type { FactRecord } from '../records.ts'

const COMMAND = 'expire'

/** What an expiry would take away. */
export function plannedExpiry(plan: ExpirePlan): MaintenanceResult {
  return {
    command: COMMAND,
    text: plan.describe(),
    facts: { ...factsOf(plan), unread: plan.unread },
    files: plan.files.map(fileRecord),
  }
}

/** What an expiry took away. */
export function doneExpiry(report: ExpireReport): MaintenanceResult {
  const { files, left, unread } = report
  return {
    command: COMMAND,
    text: textOf(report),
    facts: {
      ...factsOf(report),
      left: left.map(({ path, reason }) => ({ location: path, reason })),
      unread,
    },
    files: files.map(fileRecord),
  }
}

function textOf({ snapshotIds, refs, files, left, unread }: ExpireReport): string {
  if (snapshotIds.length + refs.length === 0) return 'nothing to expire'
  const expired = `${counted(snapshotIds.length, 'snapshot')} expired`
  return [
    unread === null
      ? `${expired}, and ${describeFiles(files)} went with them`
      : `${expired}, and no file was removed, because nobody knows which are needed: ${unread}`,
    ...refs.map((name) => `${name} went, whose snapshot had become too old for it`),
    ...left.map(({ path, reason }) => `left: ${path}: ${reason}`),
  ].join('\n')
}

type Facts = Pick<ExpireReport, 'snapshotIds' | 'refs' | 'jobSnapshotIds' | 'files' | 'outside'>

function factsOf({ snapshotIds, refs, jobSnapshotIds, files, outside }: Facts): FactRecord {
  return {
    'snapshot-ids': snapshotIds,
    refs,
    'job-snapshot-ids': jobSnapshotIds,
    bytes: totalBytes(files),
    outside: outside.map(({ path }) => path),
  }
}

function fileRecord({ path, kind, sizeBytes }: TableFile): FileRecord {
  return { path, kind, 'size-bytes': sizeBytes }
}
