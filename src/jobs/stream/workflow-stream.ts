// A job of a workflow file as a stream: its streaming inputs by what is new, its other inputs as they are when a batch begins.
import { placed } from '../error-place.ts'
import { previewsOf, workflowOutputs } from '../sinks/workflow-outputs.ts'
import type { WorkflowContext } from '../workflow-context.ts'
import type { JobOutput } from '../sinks/target.ts'
import { openPipeline } from '../pipeline.ts'
import type { PipelineInput } from '../pipeline.ts'
import { openInput } from '../sources/input-view.ts'
import { streamSource } from '../sources/stream-input.ts'
import type { StreamSource } from '../sources/stream-source.ts'
import type { FlareJob, StreamSettings } from '../workflow/model.ts'
import { Checkpoint } from './checkpoint.ts'
import { EventTimeStage } from './event-time/event-time-stage.ts'
import { openTimed } from './event-time/open-timed.ts'
import type { TimedViews } from './event-time/open-timed.ts'
import type { BadRecordRule, BatchInput, OpenBatch, Stream } from './stream.ts'

/** @throws IcebergError with the place in the file of what cannot be a stream */
export async function workflowStream(
  job: FlareJob,
  settings: StreamSettings,
  context: WorkflowContext,
): Promise<Stream> {
  const sources = new Map<string, StreamSource>()
  for (const input of job.inputs) {
    if (input.stream === null) continue
    const place = { input: input.name, ...input.place }
    sources.set(input.name, await placed(place, () => streamSource(input, context.lake)))
  }
  const { lake, show } = context
  const outputs = await workflowOutputs([...previewsOf(job), ...job.outputs], {
    lake,
    jobId: job.id,
    ...(show === undefined ? {} : { show }),
  })
  const checkpoint = new Checkpoint(checkpointPlace(settings, context))
  await checkApart(checkpoint, outputs)
  const views = timedViews(settings, checkpoint)
  return {
    id: job.id,
    name: job.name,
    sources,
    outputs,
    checkpoint,
    badRecords: ruleOf(settings),
    open: (batch, signal) => openBatch(job, batch, { ...context, views, signal }),
    // The engine is that of the whole workflow.
    release: async () => undefined,
  }
}

function ruleOf({ maxBadRecords }: StreamSettings): BadRecordRule {
  return maxBadRecords === null ? { kind: 'fail' } : { kind: 'keep', max: maxBadRecords }
}

function checkpointPlace(
  { checkpoint }: StreamSettings,
  { lake }: WorkflowContext,
): ConstructorParameters<typeof Checkpoint>[0] {
  const { store, location } = lake.locateCheckpoint(checkpoint)
  return { store, folder: location }
}

async function checkApart(checkpoint: Checkpoint, outputs: readonly JobOutput[]): Promise<void> {
  for (const output of outputs) {
    const table = output.kind === 'table' ? await output.find() : null
    if (table !== null) checkpoint.checkOutside(table.metadata.location)
  }
}

function timedViews({ time }: StreamSettings, checkpoint: Checkpoint): TimedViews | null {
  if (time === null) return null
  const { eventTime, judged, result, late, place } = time
  return {
    stage: new EventTimeStage(eventTime, checkpoint),
    judged,
    result,
    late,
    place: { view: result, ...place },
  }
}

interface BatchTools extends Pick<WorkflowContext, 'lake' | 'engine'> {
  /** Null where nothing is done with event time. */
  readonly views: TimedViews | null
  readonly signal: AbortSignal | undefined
}

async function openBatch(
  job: FlareJob,
  batch: BatchInput,
  { lake, engine, views, signal }: BatchTools,
): Promise<OpenBatch> {
  const options = signal === undefined ? {} : { signal }
  // What this refuses is refused before anything is open that would have to be closed.
  const timed = openTimed(views, { batch, rows: (view) => pipeline.rows(view), ...options })
  const inputs = new Map<string, PipelineInput>()
  for (const input of job.inputs) {
    const rows = batch.inputs.get(input.name)
    const place = { input: input.name, ...input.place }
    const view =
      rows === undefined
        ? await placed(place, () => openInput(input, lake, options))
        : ({ kind: 'view', ...rows } as const)
    inputs.set(input.name, view)
  }
  const nowMicros = batch.batchMicros
  const pipeline = await openPipeline(job, inputs, engine, { ...options, nowMicros })
  return { ...timed, close: () => pipeline.close() }
}
