// What a run did, as people read it.
import { unreachable } from '../base/assert.ts'
import { counted } from '../base/counted.ts'
import { stringifyJson } from '../base/json-exact.ts'
import type {
  ActionReport,
  Beyond,
  JobReport,
  OutputReport,
  PlannedSource,
  SourceReport,
  StreamPlan,
  TableSource,
  WindowReport,
  WritePlan,
} from '../jobs/report.ts'
import type { Commit } from '../write/commit-report.ts'
import { printable } from './printable.ts'
import { actionResult } from './results/action.ts'
import { totalsText } from './results/batch.ts'
import { secondsOf, writtenText } from './results/output-text.ts'

/** A window in a line or a few; what it warns of is told elsewhere. */
export function windowText(
  report: WindowReport,
  { explain }: { readonly explain: boolean },
): string {
  const head = `${report.job}${windowSpan(report)}: ${outcomeText(report)}`
  const isExplained = explain || report.outcome === 'planned'
  return [head, ...(isExplained ? planOf(report) : [])].map(printable).join('\n')
}

function planOf({ sources, outputs }: WindowReport): readonly string[] {
  return [...sources.flatMap(sourceLines), ...outputs.flatMap(outputLines)]
}

function windowSpan({ window }: WindowReport): string {
  return window.size === 0
    ? ''
    : ` [${[...window].map(([key, value]) => `${key} ${value === '' ? 'none' : value}`).join(', ')}]`
}

function outcomeText(report: WindowReport): string {
  const { outcome, beyond, outputs, durationMs, kind } = report
  const seconds = secondsOf(durationMs)
  const told = kind === 'incremental' ? '' : `${kind}: `
  switch (outcome) {
    case 'written':
      return `${told}${outputs.map(writtenText).join('; ')}, ${seconds} s`
    case 'empty':
      return `${told}${emptyText(report)}, ${seconds} s`
    case 'nothing-to-do':
      return beyond === null ? 'nothing to do' : `nothing to do: ${waitText(beyond)}`
    case 'already-done':
      return 'another run has done this window meanwhile'
    case 'planned':
      return `${told}would write to ${outputs.map(targetOf).join(', ')}`
    default:
      return unreachable(outcome)
  }
}

/** Why a window waits. */
function waitText({ end, bound, limit }: Beyond): string {
  if (bound === null) return 'the source has no rows to take yet'
  if (limit === 'commits') return `nothing was committed to the source since snapshot ${bound}`
  const why = `the window would end at ${end}, `
  switch (limit) {
    case 'data':
      return `${why}the data go to ${bound}`
    case 'now':
      return end === bound
        ? `the last window ended now, at ${bound}`
        : `${why}and now it is ${bound}`
    case 'until':
      return `${why}and until is ${bound}`
    case 'range':
      return `the range ends at ${bound}`
    case 'start':
      return end === bound
        ? `the window would end where it begins, at ${bound}`
        : `${why}before it begins at ${bound}`
    default:
      return unreachable(limit)
  }
}

/** Only windows move a state, and a backfill or a replay leaves it where it is. */
function emptyText({ kind, run, window, outputs }: WindowReport): string {
  if (window.size === 0) return outputs.map(writtenText).join('; ')
  return kind === 'incremental' && run !== null
    ? 'no rows in this window, the state moved on'
    : 'no rows in this window'
}

function targetOf(output: OutputReport): string {
  return output.kind === 'console' ? 'the console' : output.target
}

function sourceLines(source: SourceReport): readonly string[] {
  switch (source.kind) {
    case 'table':
      return tableLines(source)
    case 'metadata':
      return [`  read ${source.table} at snapshot ${source.snapshotId ?? 'none'}`]
    case 'files':
      return [
        `  read ${source.location}: ${counted(source.files, 'file')} of ${source.format}, bytes: ${source.bytes}`,
      ]
    case 'topic':
      return [
        `  read topic ${source.topic}: ${counted(source.partitions, 'partition')}, offsets: ${source.offsets}`,
      ]
    default:
      return unreachable(source)
  }
}

function tableLines(source: TableSource): readonly string[] {
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

/** How a window was written, or would be. */
function outputLines(output: OutputReport): readonly string[] {
  if (output.kind !== 'table') return []
  return output.plan === null
    ? commitLines(output.target, output.commit)
    : planLines(output.target, output.plan)
}

function commitLines(target: string, commit: Commit | null): readonly string[] {
  if (commit === null || commit.snapshotId === null) return []
  return [
    `  ${target} is at snapshot ${commit.snapshotId}, after ${counted(commit.attempts, 'attempt')}: ` +
      `${counted(commit.changedPartitions, 'partition')}, ` +
      `${commit.addedBytes} bytes in ${counted(commit.addedFiles, 'file')} came, ` +
      `${commit.removedBytes} bytes in ${counted(commit.removedFiles, 'file')} went`,
  ]
}

function planLines(target: string, plan: WritePlan): readonly string[] {
  const made = plan.makesTable ? ', which is made' : ''
  return [
    `  ${target}${made}: ${plan.how}; ${counted(plan.rows, 'row')} in ${counted(plan.partitions.length, 'partition')}, ` +
      `in place of ${counted(plan.replacedRows, 'row')} in ${counted(plan.replacedFiles, 'file')}`,
    ...plan.replacedPartitions
      // Of a table without partitions all has been said.
      .filter((partition) => partition !== '')
      .map((partition) => `    replaces ${partition}`),
  ]
}

/** What an action did, or would do in a dry run. */
export function actionText(report: ActionReport): string {
  const { job, action, target, durationMs } = report
  const lines = actionResult(report).text.split('\n')
  const said = report.report === null ? ' would' : `, ${secondsOf(durationMs)} s`
  return [`${job}: ${action} of ${target}${said}`, ...lines.map((line) => `  ${line}`)]
    .map(printable)
    .join('\n')
}

/** What is left to say of a job once its windows and actions are told; null when that is nothing. */
export function jobText(job: JobReport): string | null {
  switch (job.kind) {
    case 'windows':
    case 'maintained':
    case 'failed':
      return null
    case 'streamed':
      return printable(`${job.job}: ${totalsText(job.batches)}`)
    case 'stream-planned':
      return streamPlanText(job.job, job)
    case 'published':
      return printable(`${job.job}: ${job.target} is at ${job.metadataLocation}`)
    case 'skipped':
      return printable(`${job.job}: skipped, because ${job.because} did not succeed`)
    default:
      return unreachable(job)
  }
}

/** What a run would do: a line, and one for each source. */
function streamPlanText(job: string, { epoch, sources, outputs }: StreamPlan): string {
  const head = `${job}: would write to ${outputs.map(targetOf).join(', ')}, from batch ${epoch} on`
  return [head, ...sources.map((source) => `  ${newsText(source)}`)].map(printable).join('\n')
}

function newsText({ name, description, start, end, amount }: PlannedSource): string {
  const news =
    end === null
      ? 'nothing new'
      : amount === null
        ? 'something new'
        : `${counted(amount.count, amount.unit)} to read`
  return `${name}, ${description}: ${news}, from ${stringifyJson(start)}`
}
