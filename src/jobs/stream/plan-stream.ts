// What a stream would do: all that a run looks at before its first batch, and nothing of what it writes.
import type { Environment } from '../../base/environment.ts'
import type { RequestOptions } from '../../io/object-store.ts'
import type { OutputReport, PlannedSource, StreamPlan } from '../report.ts'
import type { JobOutput } from '../sinks/target.ts'
import { plannedLog } from '../sources/planned-log.ts'
import { createSourceLog } from '../sources/source-log.ts'
import type {
  OpenStream,
  StreamContext,
  StreamOffset,
  StreamSource,
} from '../sources/stream-source.ts'
import { checkApart } from './apart.ts'
import { beginningOf } from './batch-start.ts'
import { findPosition } from './position.ts'
import type { StreamPosition } from './position.ts'
import { checkSourceKinds } from './source-kinds.ts'
import type { Stream } from './stream.ts'
import { epochAfter } from './stream-state.ts'

export interface PlanRun extends RequestOptions {
  readonly environment: Environment
  readonly onWarning?: StreamContext['onWarning']
}

/** @throws IcebergError as a run does before its first batch */
export async function planStream(stream: Stream, run: PlanRun): Promise<StreamPlan> {
  const { checkpoint, outputs } = stream
  const options = run.signal === undefined ? {} : { signal: run.signal }
  await checkApart(stream)
  await checkpoint?.checkOwner(stream.id, options)
  const finished = (await checkpoint?.lastFinished(options)) ?? null
  await checkSourceKinds(stream, finished, options)
  const position = await findPosition(stream, finished)
  const sources: PlannedSource[] = []
  try {
    for (const [name, source] of stream.sources) {
      sources.push(await plannedSource({ name, source, checkpoint, position }, run))
    }
  } finally {
    await stream.release()
  }
  return { epoch: epochAfter(position.state), sources, outputs: outputs.map(plannedOutput) }
}

interface Asked extends Pick<Stream, 'checkpoint'> {
  readonly name: string
  readonly source: StreamSource
  readonly position: StreamPosition
}

async function plannedSource(
  { name, source, checkpoint, position }: Asked,
  { environment, onWarning = () => undefined, signal }: PlanRun,
): Promise<PlannedSource> {
  const options = signal === undefined ? {} : { signal }
  const place = checkpoint?.sourceFolder(name) ?? null
  const log = place === null ? null : plannedLog(createSourceLog(place.store, place.folder))
  const opened = await source.open({ environment, log, onWarning, ...options })
  try {
    const start =
      position.state?.offsets.get(name) ??
      position.recorded?.begun.get(name) ??
      (await beginningOf({ name, source: opened, checkpoint, options }))
    const { description } = source
    return { name, description, start, ...(await whatIsNew(opened, start, options)) }
  } finally {
    await opened.close()
  }
}

async function whatIsNew(
  source: OpenStream,
  start: StreamOffset,
  options: RequestOptions,
): Promise<Pick<PlannedSource, 'end' | 'amount'>> {
  const next = await source.nextOffset(start, 'all', options)
  if (next === null) return { end: null, amount: null }
  const { end } = next
  return { end, amount: (await source.amount?.({ start, end }, options)) ?? null }
}

function plannedOutput(output: JobOutput): OutputReport {
  if (output.kind === 'other') return output.planned
  const { view, target } = output
  return { kind: 'table', name: view, target, commit: null, plan: null }
}
