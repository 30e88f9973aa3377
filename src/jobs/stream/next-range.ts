// How far the next batch of a stream reads.
import { microsFromMs } from '../../base/civil-time.ts'
import type { Environment } from '../../base/environment.ts'
import type { BatchRange, FixedRange } from './batch-range.ts'
import { endOf, startOf } from './batch-start.ts'
import type { StartContext } from './batch-start.ts'
import type { Offsets } from './offsets.ts'
import type { StreamPosition } from './position.ts'
import type { Stream } from './stream.ts'
import { epochAfter } from './stream-state.ts'

interface Asked extends StartContext {
  /** Whether sources give no more at once than they were told to. */
  readonly limit: 'limited' | 'all'
  readonly environment: Environment
}

/** How far the next batch reads; null when there is nothing new. */
export async function nextRange(
  stream: Stream,
  position: StreamPosition,
  asked: Asked,
): Promise<BatchRange | null> {
  const { offsets: start, begun } = await startOf(stream, position, asked)
  const found = await foundRange(stream, position, { start, asked })
  return found === null
    ? null
    : { ...found, start, begun, end: endOf(start, found.end, asked.sources) }
}

/** What a table that is ahead has read, what an interrupted attempt was going to, or what there is by now. */
async function foundRange(
  { checkpoint }: Stream,
  { state, recorded }: StreamPosition,
  { start, asked }: { readonly start: Offsets; readonly asked: Asked },
): Promise<FixedRange | null> {
  if (recorded !== null) {
    const { offsets, batchMicros } = recorded
    return { start, end: offsets, batchMicros, notes: [] }
  }
  const { options } = asked
  const epoch = epochAfter(state)
  const fixed = (await checkpoint?.findRange(epoch, start, options)) ?? null
  if (fixed !== null) return fixed
  const range = await newRange(start, asked)
  return range === null || checkpoint === null ? range : checkpoint.fixRange(epoch, range, options)
}

async function newRange(
  start: Offsets,
  { limit, sources, environment, options }: Asked,
): Promise<FixedRange | null> {
  const end = new Map(start)
  const notes: string[] = []
  let isNew = false
  for (const [name, source] of sources) {
    const next = await source.nextOffset(start.get(name) ?? {}, limit, options)
    if (next === null) continue
    isNew = true
    end.set(name, next.end)
    notes.push(...next.notes)
  }
  if (!isNew) return null
  return { start, end, batchMicros: microsFromMs(environment.nowMs()), notes }
}
