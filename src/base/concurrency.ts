import { setMaxListeners } from 'node:events'

import { assert } from './assert.ts'
import { forwardAbort } from './forward-abort.ts'

/**
 * Maps a source with at most `limit` calls of `map` under way, and gives the results in the order of the source, which is
 * read no faster than results are taken. A result is given once `limit` calls are under way or the source has ended.
 *
 * The first failure of the source or of a call ends the whole: the signal that each call gets is aborted, all calls are
 * waited for, and the failure is thrown. When the consumer stops early the same happens without a throw, and when `signal`
 * aborts its reason is thrown. A source that can block should heed `signal` itself.
 *
 * @param limit at least 1
 */
export async function* mapConcurrent<Item, Result>(
  source: AsyncIterable<Item> | Iterable<Item>,
  limit: number,
  map: (item: Item, signal: AbortSignal) => Promise<Result>,
  signal?: AbortSignal,
): AsyncGenerator<Result, void, undefined> {
  assert(limit >= 1, 'mapConcurrent needs a limit of at least 1')
  const stop = new AbortController()
  // Each call listens at several places, until it ends: that is no leak.
  setMaxListeners(0, stop.signal)
  const unfollow = forwardAbort(signal, stop)
  const calls: Promise<Result>[] = []
  const start = (item: Item): Promise<Result> => {
    const call = (async () => map(item, stop.signal))()
    // The first failure is kept as the reason of the abort. Nobody may be waiting for this call yet.
    call.catch((error: unknown) => stop.abort(error))
    return call
  }
  try {
    signal?.throwIfAborted()
    for await (const item of source) {
      stop.signal.throwIfAborted()
      calls.push(start(item))
      if (calls.length >= limit) yield await takeFirst(calls, stop.signal)
    }
    while (calls.length > 0) yield await takeFirst(calls, stop.signal)
  } finally {
    unfollow()
    stop.abort()
    await Promise.allSettled(calls)
  }
}

/** The items of a generator whose first item somebody has asked for. It ends when they are not taken to their end. */
export async function* resume<Item>(
  first: IteratorResult<Item, unknown> | Promise<IteratorResult<Item, unknown>>,
  rest: AsyncGenerator<Item>,
): AsyncGenerator<Item> {
  try {
    const result = await first
    if (result.done === true) return
    yield result.value
    yield* rest
  } finally {
    await rest.return(undefined)
  }
}

async function takeFirst<Result>(calls: Promise<Result>[], stop: AbortSignal): Promise<Result> {
  await Promise.allSettled(calls.slice(0, 1))
  stop.throwIfAborted()
  const first = calls.shift()
  assert(first !== undefined, 'no call is under way')
  return first
}
