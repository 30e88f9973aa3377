// Positions in a topic: for each partition the offset that is read next. What is decided here is decided of numbers alone.
import { IcebergError } from '../../../base/errors.ts'
import type { StreamOffset } from '../stream-source.ts'
import type { PartitionOffsets, Topic } from './cluster.ts'

/** Where reading goes on. A partition that is not named is one that the topic did not have then: it is read from 0 on. */
export interface TopicPosition {
  readonly topic: string
  readonly id: string
  readonly offsets: PartitionOffsets
}

/** Offsets are texts of digits: they stay whole whoever reads the JSON. */
export function positionToOffset({ topic, id, offsets }: TopicPosition): StreamOffset {
  const entries = [...offsets].toSorted(([left], [right]) => left - right)
  return {
    topic,
    id,
    partitions: Object.fromEntries(entries.map(([partition, offset]) => [partition, `${offset}`])),
  }
}

/** @throws IcebergError `invalid` for what is no position in a topic, or one in another topic */
export function positionFromOffset(offset: StreamOffset, topic: string): TopicPosition {
  const { topic: name, id, partitions } = offset
  const offsets = offsetsFromJson(partitions)
  if (typeof name !== 'string' || typeof id !== 'string' || offsets === null) {
    throw new IcebergError('invalid', 'the position is none in a topic', { context: { topic } })
  }
  if (name !== topic) {
    throw new IcebergError('invalid', 'the position is one in another topic', {
      context: { topic, position: name },
    })
  }
  return { topic, id, offsets }
}

/** `{"0": "12"}`; null for anything else. */
function offsetsFromJson(json: unknown): PartitionOffsets | null {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return null
  const offsets = new Map<number, bigint>()
  for (const [partition, offset] of Object.entries(json)) {
    if (!/^\d{1,9}$/.test(partition) || typeof offset !== 'string' || !/^\d{1,19}$/.test(offset)) {
      return null
    }
    offsets.set(Number(partition), BigInt(offset))
  }
  return offsets
}

/** @throws IcebergError `not-found` when the topic is not the one that the position is in */
export function checkSameTopic(position: TopicPosition, topic: Topic): void {
  if (position.id === topic.id) return
  throw new IcebergError(
    'not-found',
    'the topic was deleted and made anew: what the position stands in is gone, begin anew without it',
    { context: { topic: topic.name, id: topic.id, position: position.id } },
  )
}

/** Records between a position and what a partition still has. */
export interface Loss {
  readonly partition: number
  /** `[from, to)` are gone; `to` below `from`: the partition ends before the position. */
  readonly from: bigint
  readonly to: bigint
}

/** What partitions no longer have of what comes after a position. */
export function lossesSince(
  position: PartitionOffsets,
  earliest: PartitionOffsets,
  latest: PartitionOffsets,
): readonly Loss[] {
  return [...latest].flatMap(([partition, end]): readonly Loss[] => {
    const from = position.get(partition) ?? 0n
    const start = earliest.get(partition) ?? 0n
    if (from < start) return [{ partition, from, to: start }]
    return from > end ? [{ partition, from, to: end }] : []
  })
}

/** Offsets with those of losses behind them. */
export function withoutLosses(
  position: PartitionOffsets,
  losses: readonly Loss[],
): PartitionOffsets {
  return new Map([...position, ...losses.map(({ partition, to }) => [partition, to] as const)])
}

/** @throws IcebergError `not-found` that names what is gone */
export function lossError(topic: string, [first, ...others]: readonly [Loss, ...Loss[]]): Error {
  const { partition, from, to } = first
  const message =
    from < to
      ? 'the brokers no longer have records that come next: failOnDataLoss false goes on without them'
      : 'a partition ends before what was read of it: failOnDataLoss false goes on from its end'
  return new IcebergError('not-found', message, {
    context: {
      topic,
      partition,
      position: from,
      [from < to ? 'earliest' : 'end']: to,
      ...(others.length === 0 ? {} : { morePartitions: others.length }),
    },
  })
}

/** What a user is told of records that were passed over. */
export function describeLoss(topic: string, { partition, from, to }: Loss): string {
  return from < to
    ? `${to - from} offsets of ${topic}[${partition}] are gone from the brokers and were passed over: [${from}, ${to})`
    : `${topic}[${partition}] ends at ${to}, before the position ${from}: reading goes on at its end`
}

/** Offsets that are read one after another in one partition: `[from, to)`. */
export interface PartitionRange {
  readonly partition: number
  readonly from: bigint
  readonly to: bigint
}

/** What lies between two positions, by partition; nothing of those that end where they begin, or before. */
export function rangesBetween(
  start: PartitionOffsets,
  end: PartitionOffsets,
): readonly PartitionRange[] {
  return [...end]
    .toSorted(([left], [right]) => left - right)
    .map(([partition, to]) => ({ partition, from: start.get(partition) ?? 0n, to }))
    .filter(({ from, to }) => from < to)
}

/**
 * The end of a batch of about `limit` offsets: partitions get of it as they are behind, and each that is behind at all gets
 * at least one, so that none ever waits for another. No more than `limit` and one for each partition.
 */
export function limitedEnd(
  start: PartitionOffsets,
  latest: PartitionOffsets,
  limit: number,
): PartitionOffsets {
  const ranges = rangesBetween(start, latest)
  const backlog = ranges.reduce((sum, { from, to }) => sum + (to - from), 0n)
  const most = BigInt(limit)
  if (backlog <= most) return latest
  const ends = ranges.map(({ partition, from, to }) => {
    const share = ((to - from) * most) / backlog
    return [partition, from + (share > 0n ? share : 1n)] as const
  })
  return new Map([...latest, ...ends])
}

/** Where each partition is furthest: a position never goes back, also where an end that was frozen lies behind it. */
export function furthest(from: PartitionOffsets, to: PartitionOffsets): PartitionOffsets {
  const ends = [...to].filter(([partition, end]) => end > (from.get(partition) ?? 0n))
  return new Map([...from, ...ends])
}

/** Where a stream begins, as users say it. */
export type StartingOffsets = 'earliest' | 'latest' | Readonly<Record<string, number | bigint>>

/** The numbers that Spark has for the two words. */
const EARLIEST = -2n
const LATEST = -1n

/**
 * The offsets at which a stream begins; a partition that is not named begins at its earliest.
 *
 * @throws IcebergError `invalid` for a partition that is not there, and for an offset that it does not have
 */
export function startOffsets(
  topic: Topic,
  starting: StartingOffsets,
  earliest: PartitionOffsets,
  latest: PartitionOffsets,
): PartitionOffsets {
  if (starting === 'earliest') return earliest
  if (starting === 'latest') return latest
  const chosen = Object.entries(starting).map(([name, given]) => {
    const partition = Number(name)
    const context = { topic: topic.name, partition: name, offset: given }
    const first = earliest.get(partition)
    const end = latest.get(partition)
    if (!/^\d{1,9}$/.test(name) || first === undefined || end === undefined) {
      throw new IcebergError('invalid', 'startingOffsets names a partition that is not there', {
        context,
      })
    }
    const offset = BigInt(given)
    if (offset === EARLIEST || offset === LATEST) {
      return [partition, offset === EARLIEST ? first : end] as const
    }
    if (offset < first || offset > end) {
      throw new IcebergError('invalid', 'startingOffsets names an offset that is not there', {
        context: { ...context, earliest: first, end },
      })
    }
    return [partition, offset] as const
  })
  return new Map([...earliest, ...chosen])
}
