// Batches of a stream, one after the other, until there is nothing left to do or somebody stops it.
import { unreachable } from '../../base/assert.ts'
import type { Environment } from '../../base/environment.ts'
import { isKind } from '../../base/errors.ts'
import type { IcebergError } from '../../base/errors.ts'
import { backoffMs } from '../../base/retry.ts'
import { createSourceLog } from '../sources/source-log.ts'
import type { OpenStream, StreamContext, StreamOffset } from '../sources/stream-source.ts'
import { checkApart } from './apart.ts'
import type { BatchReport } from './batch-report.ts'
import { runBatch } from './run-batch.ts'
import type { BatchContext } from './run-batch.ts'
import { checkSourceKinds } from './source-kinds.ts'
import type { Stream } from './stream.ts'
import { waitMs } from './trigger.ts'
import type { Trigger } from './trigger.ts'

export interface StreamRun {
  readonly trigger: Trigger
  readonly environment: Environment
  /** Failures in passing, one after the other, after which the next one ends a stream that runs for ever. */
  readonly retries: number
  /** As sources are told of it. */
  readonly onWarning?: StreamContext['onWarning']
  /** Ends the stream at once; what was begun is begun anew by the next run. */
  readonly signal?: AbortSignal
  /** Ends the stream when the batch that is under way is done. */
  readonly stopping?: AbortSignal
}

/**
 * Runs a stream, and gives each batch when it is done.
 *
 * @throws IcebergError `invalid` when the checkpoint is another stream's, or does not fit the tables or the sources, and where
 *   the stream would read what it writes
 */
export async function* runStream(
  stream: Stream,
  run: StreamRun,
): AsyncGenerator<BatchReport, void, undefined> {
  const { environment, onWarning = () => undefined, signal } = run
  const options = signal === undefined ? {} : { signal }
  await checkApart(stream)
  await stream.checkpoint?.claim(stream.id, options)
  await stream.checkpoint?.sweep(environment.nowMs(), options)
  const finished = (await stream.checkpoint?.lastFinished(options)) ?? null
  await checkSourceKinds(stream, finished, options)
  const sources = new Map<string, OpenStream>()
  try {
    for (const [name, source] of stream.sources) {
      const place = stream.checkpoint?.sourceFolder(name) ?? null
      const log = place === null ? null : createSourceLog(place.store, place.folder)
      sources.set(name, await source.open({ environment, log, onWarning, ...options }))
    }
    const beginnings = new Map<string, StreamOffset>()
    yield* batches(stream, { environment, sources, beginnings, finished, ...options }, run)
  } finally {
    await Promise.all([...sources.values()].map((source) => source.close()))
    await stream.release()
  }
}

async function* batches(
  stream: Stream,
  first: BatchContext,
  run: StreamRun,
): AsyncGenerator<BatchReport, void, undefined> {
  const { trigger } = run
  switch (trigger.kind) {
    case 'once':
      return yield* oneBatch(stream, first)
    case 'available-now':
      for (const source of first.sources.values()) await source.freeze(optionsOf(run))
      return yield* untilNothing(stream, first, run)
    case 'interval':
      return yield* forEver(stream, first, { ...run, everyMs: trigger.everyMs })
    default:
      return unreachable(trigger)
  }
}

/** All that there is; before it the batch that an earlier run began, whose range is fixed. */
async function* oneBatch(
  stream: Stream,
  context: BatchContext,
): AsyncGenerator<BatchReport, void, undefined> {
  for (const source of context.sources.values()) await source.freeze(optionsOf(context))
  for (let left = 2; left > 0; left -= 1) {
    const report = await runBatch(stream, 'all', context)
    if (report === null) return
    yield report
  }
}

async function* untilNothing(
  stream: Stream,
  context: BatchContext,
  run: StreamRun,
): AsyncGenerator<BatchReport, void, undefined> {
  while (!isStopping(run)) {
    const report = await runBatch(stream, 'limited', context)
    if (report === null) return
    yield report
  }
}

interface EndlessRun extends StreamRun {
  readonly everyMs: number
}

async function* forEver(
  stream: Stream,
  context: BatchContext,
  run: EndlessRun,
): AsyncGenerator<BatchReport, void, undefined> {
  const { environment, retries, everyMs } = run
  let failures: readonly string[] = []
  while (!isStopping(run)) {
    const startMs = environment.nowMs()
    const done = await attempted(() => runBatch(stream, 'limited', context))
    if (done.kind === 'failed') {
      if (failures.length >= retries) throw done.error
      failures = [...failures, `attempt ${failures.length + 1} failed: ${done.error.message}`]
      await rest(
        backoffMs(failures.length, RETRY, () => environment.random()),
        run,
      )
      continue
    }
    const { report } = done
    if (report !== null) yield { ...report, warnings: [...failures, ...report.warnings] }
    failures = []
    await rest(waitMs(everyMs, environment.nowMs() - startMs, report !== null), run)
  }
}

type Attempt =
  | { readonly kind: 'done'; readonly report: BatchReport | null }
  | { readonly kind: 'failed'; readonly error: IcebergError }

async function attempted(work: () => Promise<BatchReport | null>): Promise<Attempt> {
  try {
    return { kind: 'done', report: await work() }
  } catch (error) {
    if (!isPassing(error)) throw error
    return { kind: 'failed', error }
  }
}

/** What may be over when it is tried again: every batch begins with what the tables say. */
function isPassing(error: unknown): error is IcebergError {
  return PASSING.some((kind) => isKind(error, kind))
}

const PASSING = ['unavailable', 'conflict', 'commit-unknown'] as const

const RETRY = { minMs: 200, maxMs: 30_000 }

function isStopping({ stopping }: StreamRun): boolean {
  return stopping?.aborted === true
}

/** Waits, but not longer than until somebody stops the stream. */
async function rest(ms: number, { environment, signal, stopping }: StreamRun): Promise<void> {
  if (ms <= 0 || stopping?.aborted === true) {
    signal?.throwIfAborted()
    return
  }
  const waking = new AbortController()
  const wake = (): void => waking.abort()
  signal?.addEventListener('abort', wake, { once: true })
  stopping?.addEventListener('abort', wake, { once: true })
  try {
    await environment.sleep(ms, waking.signal)
  } catch (error) {
    if (!waking.signal.aborted) throw error
  } finally {
    signal?.removeEventListener('abort', wake)
    stopping?.removeEventListener('abort', wake)
  }
  signal?.throwIfAborted()
}

function optionsOf({ signal }: { readonly signal?: AbortSignal }): {
  readonly signal?: AbortSignal
} {
  return signal === undefined ? {} : { signal }
}
