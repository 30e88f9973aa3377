// A job of a workflow whose input is a stream.
import { placed } from './error-place.ts'
import type { BatchReport } from './stream/batch-report.ts'
import { runStream } from './stream/run-stream.ts'
import { workflowStream } from './stream/workflow-stream.ts'
import type { WorkflowContext } from './workflow-context.ts'
import { IcebergError } from '../base/errors.ts'
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

/** Runs a stream until it is done or stopped. */
export async function runStreamJob(
  job: FlareJob,
  settings: StreamSettings,
  run: StreamJobRun,
): Promise<void> {
  if (run.dryRun) {
    throw new IcebergError(
      'unsupported',
      'a stream has no dry run: `frazil stream status` says where it stands',
      { context: settings.place },
    )
  }
  const stream = await workflowStream(job, settings, run)
  const { environment, onEvent, signal, stopping, onBatch } = run
  const batches = runStream(stream, {
    trigger: triggerOf(settings.trigger, run),
    environment,
    retries: Math.max(RETRIES, job.retries),
    ...(onEvent === undefined ? {} : { onWarning: warningsTo(onEvent) }),
    ...(signal === undefined ? {} : { signal }),
    ...(stopping === undefined ? {} : { stopping }),
  })
  await placed({ job: job.name }, async () => {
    for await (const batch of batches) onBatch(batch)
  })
}

function triggerOf(trigger: StreamTrigger, { catchUp }: StreamJobRun): StreamTrigger {
  return catchUp && trigger.kind === 'interval' ? { kind: 'available-now' } : trigger
}
