// A job of a workflow whose input is a stream.
import { placed } from './error-place.ts'
import type { StreamPlan } from './report.ts'
import type { BatchReport } from './stream/batch-report.ts'
import { planStream } from './stream/plan-stream.ts'
import { runStream } from './stream/run-stream.ts'
import { workflowStream } from './stream/workflow-stream.ts'
import type { WorkflowContext } from './workflow-context.ts'
import { warningsTo } from '../table/events.ts'
import type { FlareJob, StreamSettings, StreamTrigger } from './workflow/model.ts'

export interface StreamJobRun extends WorkflowContext {
  readonly onBatch: (report: BatchReport) => void
  /** Whether a stream that would run for ever ends when it has what is there now. */
  readonly catchUp: boolean
  readonly dryRun: boolean
  /** Ends streams when the batch that is under way is done. */
  readonly stopping?: AbortSignal
}

/** How often in a row a batch of a stream that runs for ever may fail in passing. */
const RETRIES = 5

/**
 * Runs a stream until it is done or stopped.
 *
 * @returns what it would read and write, of a dry run; null of any other
 */
export async function runStreamJob(
  job: FlareJob,
  settings: StreamSettings,
  run: StreamJobRun,
): Promise<StreamPlan | null> {
  const stream = await workflowStream(job, settings, run)
  const { environment, onEvent, signal, stopping, onBatch } = run
  const shared = {
    environment,
    ...(onEvent === undefined ? {} : { onWarning: warningsTo(onEvent) }),
    ...(signal === undefined ? {} : { signal }),
  }
  if (run.dryRun) return placed({ job: job.name }, () => planStream(stream, shared))
  const batches = runStream(stream, {
    ...shared,
    trigger: triggerOf(settings.trigger, run),
    retries: Math.max(RETRIES, job.retries),
    ...(stopping === undefined ? {} : { stopping }),
  })
  await placed({ job: job.name }, async () => {
    for await (const batch of batches) onBatch(batch)
  })
  return null
}

function triggerOf(trigger: StreamTrigger, { catchUp }: StreamJobRun): StreamTrigger {
  return catchUp && trigger.kind === 'interval' ? { kind: 'available-now' } : trigger
}
