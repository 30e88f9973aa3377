// What a run did, as people and as programs read it.
import { unreachable } from '../base/assert.ts'
import { IcebergError } from '../base/errors.ts'
import type { JobReport, SourceReport, WindowReport, WorkflowReport } from '../jobs/report.ts'
import { commitRecord } from './commit-record.ts'
import { errorText } from './error-text.ts'
import { printable } from './printable.ts'
import type { FactRecord } from './records.ts'

/** A window in a line or a few; what it warns of is told elsewhere. */
export function windowText(
  report: WindowReport,
  { explain }: { readonly explain: boolean },
): string {
  const head = `${report.job}${windowSpan(report)}: ${outcomeText(report)}`
  const isExplained = explain || report.outcome === 'planned'
  return [head, ...(isExplained ? sourceLines(report) : [])].map(printable).join('\n')
}

function windowSpan({ window }: WindowReport): string {
  return window.size === 0
    ? ''
    : ` [${[...window].map(([key, value]) => `${key} ${value}`).join(', ')}]`
}

function outcomeText(report: WindowReport): string {
  const { outcome, commit, beyond, target, durationMs } = report
  const seconds = (durationMs / 1000).toFixed(1)
  switch (outcome) {
    case 'written':
      return (
        `wrote ${commit?.addedRows ?? 0n} rows in ${commit?.addedFiles ?? 0} files to ${target}` +
        `, replaced ${commit?.removedRows ?? 0n} rows, ${seconds} s`
      )
    case 'empty':
      return `no rows in this window, the state moved on, ${seconds} s`
    case 'nothing-to-do':
      return `nothing to do: the window would end at ${beyond?.end}, the data go to ${beyond?.bound}`
    case 'already-done':
      return 'another run has done this window meanwhile'
    case 'planned':
      return `would write to ${target}`
    default:
      return unreachable(outcome)
  }
}

function sourceLines({ source }: WindowReport): readonly string[] {
  if (source === null) return []
  const { counts } = source
  const filesRead = counts.files - counts.filesPrunedByPartition - counts.filesPrunedByMetrics
  return [
    `  read ${source.table} at snapshot ${source.snapshotId ?? 'none'} where ${source.filter}`,
    `  manifests: ${counts.manifests - counts.manifestsPruned} of ${counts.manifests} opened; ` +
      `files: ${filesRead} of ${counts.files} read in them ` +
      `(${counts.filesPrunedByPartition} pruned by partition, ${counts.filesPrunedByMetrics} by bounds)`,
    `  rows in these files: ${counts.recordsPlanned}, bytes: ${counts.bytesPlanned}; ` +
      (source.direct ? 'rows taken as the scan gives them' : 'rows through the SQL engine'),
  ]
}

/** What is left to say of a job once its windows are told; null when that is nothing. */
export function jobText(job: JobReport): string | null {
  switch (job.kind) {
    case 'windows':
    case 'failed':
      return null
    case 'published':
      return printable(`${job.job}: ${job.target} is at ${job.metadataLocation}`)
    case 'skipped':
      return printable(`${job.job}: skipped, because ${job.because} did not succeed`)
    default:
      return unreachable(job)
  }
}

/** The whole report as JSON. */
export function reportRecord({ workflow, jobs }: WorkflowReport): FactRecord {
  return { workflow, jobs: jobs.map(jobRecord) }
}

function jobRecord(job: JobReport): FactRecord {
  switch (job.kind) {
    case 'windows':
      return { job: job.job, kind: job.kind, windows: job.windows.map(windowRecord) }
    case 'failed':
      return {
        job: job.job,
        kind: job.kind,
        error: errorText(job.error),
        'error-kind': job.error instanceof IcebergError ? job.error.kind : 'internal',
        windows: job.windows.map(windowRecord),
      }
    case 'published':
      return {
        job: job.job,
        kind: job.kind,
        target: job.target,
        'metadata-location': job.metadataLocation,
      }
    case 'skipped':
      return { job: job.job, kind: job.kind, because: job.because }
    default:
      return unreachable(job)
  }
}

function windowRecord(report: WindowReport): FactRecord {
  const { source, commit } = report
  return {
    outcome: report.outcome,
    target: report.target,
    run: report.run,
    window: report.window,
    source: source === null ? null : sourceRecord(source),
    commit: commit === null ? null : commitRecord(commit),
    beyond: report.beyond,
    'duration-ms': report.durationMs,
    warnings: report.warnings,
  }
}

function sourceRecord(source: SourceReport): FactRecord {
  const { counts } = source
  return {
    table: source.table,
    'snapshot-id': source.snapshotId,
    filter: source.filter,
    direct: source.direct,
    manifests: counts.manifests,
    'manifests-pruned': counts.manifestsPruned,
    files: counts.files,
    'files-pruned-by-partition': counts.filesPrunedByPartition,
    'files-pruned-by-metrics': counts.filesPrunedByMetrics,
    'records-planned': counts.recordsPlanned,
    'bytes-planned': counts.bytesPlanned,
  }
}
