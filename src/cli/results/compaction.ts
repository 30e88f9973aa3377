import type { CompactionPlan } from '../../maintenance/compact-files.ts'
import type { CompactionReport } from '../../maintenance/compaction-options.ts'
import type { FileRecord, MaintenanceResult } from '../maintenance-output.ts'

const COMMAND = 'compact'

/** The files that would be rewritten. */
export function plannedCompaction(plan: CompactionPlan): MaintenanceResult {
  const { groups, snapshotId, strategy, rows, bytes, leftAlone } = plan
  return {
    command: COMMAND,
    text: plan.describe(),
    facts: {
      'snapshot-id': snapshotId,
      strategy,
      groups: groups.length,
      rows,
      bytes,
      'left-alone': Object.fromEntries(leftAlone),
    },
    files: groups.flatMap(({ inputs }) =>
      inputs.map(({ file }) => fileRecord(file.path, 'replaced')),
    ),
  }
}

/** What became of files. */
export function doneCompaction(
  { strategy, leftAlone }: CompactionPlan,
  report: CompactionReport,
): MaintenanceResult {
  const { snapshotIds, groups, overtakenGroups, rows } = report
  const { removedFiles, addedFiles, removedBytes, addedBytes } = report
  return {
    command: COMMAND,
    text: textOf(report),
    facts: {
      'snapshot-ids': snapshotIds,
      strategy,
      groups,
      'overtaken-groups': overtakenGroups,
      rows,
      'removed-bytes': removedBytes,
      'added-bytes': addedBytes,
      'left-alone': Object.fromEntries(leftAlone),
      failures: report.failures.map(({ files, error }) => ({ reason: error.message, files })),
    },
    files: [
      ...removedFiles.map((path) => fileRecord(path, 'replaced')),
      ...addedFiles.map((path) => fileRecord(path, 'added')),
    ],
  }
}

function textOf(report: CompactionReport): string {
  const { snapshotIds, removedFiles, addedFiles, rows, addedBytes, overtakenGroups } = report
  const failed = report.failures.map(
    ({ files: [first = ''], error }) => `the files beside ${first} stay: ${error.message}`,
  )
  const overtaken =
    overtakenGroups === 0
      ? []
      : [`${overtakenGroups} groups of files stay: other commits changed them meanwhile`]
  if (snapshotIds.length === 0) return ['nothing to compact', ...overtaken].join('\n')
  const files = addedFiles.length === 1 ? '1 file' : `${addedFiles.length} files`
  const counts = `${files} in place of ${removedFiles.length}`
  return [`${counts}, with ${rows} rows in ${addedBytes} bytes`, ...overtaken, ...failed].join('\n')
}

function fileRecord(path: string, change: 'replaced' | 'added'): FileRecord {
  return { path, kind: 'data', change }
}
