import { runNextWindow } from './incremental/run-window.ts'
import type { StateStore } from './incremental/state-store.ts'
import { workflowJob } from './incremental/workflow-job.ts'
import type { StreamPlan, WindowReport } from './report.ts'
import { runStreamJob } from './stream-run.ts'
import type { StreamJobRun } from './stream-run.ts'
import type { FlareJob } from './workflow/model.ts'

/** What every job of a run is given. */
export interface JobRun extends StreamJobRun {
  /** Where state is kept; null for the tables that are written. */
  readonly stateStore: StateStore | null
  readonly onWindow: (report: WindowReport) => void
}

/**
 * Runs a stream, a window of a job, all windows that are due, or a job's inputs as they are where it has no windows.
 *
 * @returns the plan of a stream, where nothing else is wanted; null otherwise
 */
export async function runFlareJob(job: FlareJob, run: JobRun): Promise<StreamPlan | null> {
  if (job.stream !== null) return runStreamJob(job, job.stream, run)
  await runWindows(job, run)
  return null
}

async function runWindows(job: FlareJob, run: JobRun): Promise<void> {
  const context = {
    store: run.stateStore,
    now: () => run.environment.nowMs(),
    isDryRun: run.dryRun,
    ...(run.signal === undefined ? {} : { signal: run.signal }),
  }
  if (!run.dryRun && isCopy(job)) run.lake.prepareCopies()
  const hasWindows = job.inputs.some(({ incremental }) => incremental !== null)
  for (;;) {
    run.signal?.throwIfAborted()
    const report = await runNextWindow(await workflowJob(job, run), context)
    run.onWindow(report)
    const isLast = report.outcome === 'nothing-to-do' || report.outcome === 'planned'
    if (!run.catchUp || !hasWindows || isLast) return
  }
}

/** Whether rows go into tables as they are read. */
function isCopy({ steps, outputs }: FlareJob): boolean {
  return steps.length === 0 && outputs.some(({ kind }) => kind === 'table')
}
