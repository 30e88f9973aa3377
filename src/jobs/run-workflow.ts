import { unreachable } from '../base/assert.ts'
import { IcebergError } from '../base/errors.ts'
import { checkOptions } from '../base/options.ts'
import type { OptionNames } from '../base/options.ts'
import { placeOfJob, placed } from './error-place.ts'
import { runFlareJob } from './flare-run.ts'
import type { Lake } from './lake.ts'
import { maintainTables } from './maintain-tables.ts'
import type { MaintenanceRun } from './maintain-tables.ts'
import { publishVersion } from './publish.ts'
import type { Published } from './publish.ts'
import type {
  ActionReport,
  JobReport,
  StreamPlan,
  StreamTotals,
  WindowReport,
  WorkflowReport,
} from './report.ts'
import type { BatchReport } from './stream/batch-report.ts'
import { openSession } from './session.ts'
import type { SessionOptions } from './session.ts'
import type { JobRun } from './flare-run.ts'
import { runNodes } from './workflow/dag.ts'
import type { NodeOutcome } from './workflow/dag.ts'
import type { IncrementalRead, Job, ToolboxJob, Workflow } from './workflow/model.ts'

/** How the jobs of a workflow are run. */
export interface RunOptions extends SessionOptions {
  /** Runs windows of each job until there is nothing left to do, in place of one; a stream until it has what is there now. */
  readonly catchUp?: boolean
  /** Says what a window or a stream would read and write, and commits nothing. */
  readonly dryRun?: boolean
  /** Told of each window as it ends. */
  readonly onWindow?: (report: WindowReport) => void
  /** Told of each batch of a stream as it ends. */
  readonly onBatch?: (report: BatchReport) => void
  /** Ends streams when the batch that is under way is done. */
  readonly stopping?: AbortSignal
  /** Told of each action that maintains a table, as it ends. */
  readonly onAction?: (report: ActionReport) => void
}

/**
 * Runs the jobs of a workflow, each after those it depends on and at once with others: one window each, or all that are
 * due.
 *
 * A job that fails does not throw: it is in the report, and the jobs that depend on it are skipped.
 *
 * @throws IcebergError `invalid` before anything is read, when jobs that shall catch up have no end to catch up to
 */
export async function runWorkflow(
  workflow: Workflow,
  options: RunOptions,
): Promise<WorkflowReport> {
  checkOptions('runWorkflow', options, NAMES)
  if (options.catchUp === true) workflow.dag.forEach(checkHasEnd)
  const session = openSession(options)
  const done: Done = { windows: [], actions: [], batches: new Map() }
  const run: WorkflowRun = {
    ...session,
    timeZone: options.config.timeZone,
    onWindow(report) {
      done.windows.push(report)
      options.onWindow?.(report)
    },
    onBatch(report) {
      done.batches.set(report.job, withBatch(done.batches.get(report.job) ?? NO_BATCHES, report))
      options.onBatch?.(report)
    },
    onAction(report) {
      done.actions.push(report)
      options.onAction?.(report)
    },
    catchUp: options.catchUp ?? false,
    dryRun: options.dryRun ?? false,
    ...(options.stopping === undefined ? {} : { stopping: options.stopping }),
  }
  try {
    const outcomes = await runNodes(
      workflow.dag,
      (job) => placed(placeOfJob(workflow, job.name), () => runJob(job, run, done)),
      options.signal,
    )
    const jobs = [...outcomes].map(([name, outcome]) =>
      jobReport(name, outcome, doneBy(done, name)),
    )
    return { workflow: workflow.name, jobs }
  } finally {
    await session.close()
  }
}

const NAMES: OptionNames<RunOptions> = {
  config: true,
  environment: true,
  onEvent: 'function',
  show: 'function',
  signal: 'signal',
  catchUp: 'boolean',
  dryRun: 'boolean',
  onWindow: 'function',
  onBatch: 'function',
  stopping: 'signal',
  onAction: 'function',
}

type WorkflowRun = JobRun & MaintenanceRun

/** What the jobs of a workflow did, in the order in which it was done. */
interface Done {
  readonly windows: WindowReport[]
  readonly actions: ActionReport[]
  /** By the names of jobs. */
  readonly batches: Map<string, StreamTotals>
}

/** What one job did. */
interface DoneByJob extends Pick<Done, 'windows' | 'actions'> {
  readonly batches: StreamTotals
}

function doneBy({ windows, actions, batches }: Done, name: string): DoneByJob {
  return {
    windows: windows.filter(({ job }) => job === name),
    actions: actions.filter(({ job }) => job === name),
    batches: batches.get(name) ?? NO_BATCHES,
  }
}

const NO_BATCHES: StreamTotals = {
  batches: 0,
  rows: 0n,
  badRecords: 0n,
  lateRows: 0n,
  lastEpoch: null,
}

function withBatch(
  totals: StreamTotals,
  { sources, bad, lateRows, epoch }: BatchReport,
): StreamTotals {
  return {
    batches: totals.batches + 1,
    rows: sources.reduce((sum, { rows }) => sum + rows, totals.rows),
    badRecords: totals.badRecords + BigInt(bad.records),
    lateRows: totals.lateRows + lateRows,
    lastEpoch: epoch,
  }
}

/** What kind of job has ended, and what it leaves beside its windows and actions. */
type JobResult =
  | { readonly kind: 'windows' | 'maintained' | 'streamed' }
  | { readonly kind: 'stream-planned'; readonly plan: StreamPlan }
  | { readonly kind: 'published'; readonly published: Published }

async function runJob(job: Job, run: WorkflowRun, { windows }: Done): Promise<JobResult> {
  switch (job.kind) {
    case 'toolbox': {
      const isNothing = run.dryRun || (await isYetToBeMade(job, run.lake, windows))
      if (isNothing) return { kind: 'windows' }
      return { kind: 'published', published: await publishVersion(run.lake, job) }
    }
    case 'maintenance':
      await maintainTables(job, run)
      return { kind: 'maintained' }
    case 'flare': {
      const plan = await runFlareJob(job, run)
      if (plan !== null) return { kind: 'stream-planned', plan }
      return { kind: job.stream === null ? 'windows' : 'streamed' }
    }
    default:
      return unreachable(job)
  }
}

/** Whether a table is not there because the first window of the job that makes it has to wait. */
async function isYetToBeMade(
  { dataset }: ToolboxJob,
  lake: Lake,
  windows: readonly WindowReport[],
): Promise<boolean> {
  const { name } = await lake.locate(dataset)
  const isAwaited = windows.some(
    ({ outcome, outputs }) =>
      outcome === 'nothing-to-do' &&
      outputs.some((output) => output.kind === 'table' && output.target === name),
  )
  return isAwaited && !(await lake.tableExists(dataset))
}

function jobReport(
  job: string,
  outcome: NodeOutcome<JobResult>,
  { windows, actions, batches }: DoneByJob,
): JobReport {
  if (outcome.kind === 'skipped') return { kind: 'skipped', job, because: outcome.because }
  if (outcome.kind === 'failed')
    return { kind: 'failed', job, error: outcome.error, windows, actions, batches }
  const { result } = outcome
  switch (result.kind) {
    case 'windows':
      return { kind: 'windows', job, windows }
    case 'maintained':
      return { kind: 'maintained', job, actions }
    case 'streamed':
      return { kind: 'streamed', job, batches }
    case 'stream-planned':
      return { kind: 'stream-planned', job, ...result.plan }
    case 'published':
      return { kind: 'published', job, ...result.published }
    default:
      return unreachable(result)
  }
}

function checkHasEnd(job: Job): void {
  if (job.kind !== 'flare') return
  for (const { incremental } of job.inputs) {
    const why = incremental === null ? null : whyEndless(incremental)
    if (why !== null) throw new IcebergError('invalid', why, { context: { job: job.name } })
  }
}

/** Why catching up would go on for ever; null when it ends. */
function whyEndless({ until, state }: IncrementalRead): string | null {
  if (state.length === 0)
    return 'a job without state has the same window in every run and cannot catch up'
  return until.kind === 'none'
    ? 'a job can only catch up to an end: set incremental.until to now, sourceMax, a value or a query'
    : null
}
