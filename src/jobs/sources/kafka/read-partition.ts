// The records of one partition between two offsets, in their order. The next answer of the broker is asked for while the one
// before is used, and none beyond it: who takes records slowly keeps two answers in memory, and no more.
import { IcebergError, withContext } from '../../../base/errors.ts'
import type { Environment } from '../../../base/environment.ts'
import { committedBatches } from '../../../formats/kafka/committed.ts'
import { unpackRecords } from '../../../formats/kafka/compression.ts'
import { readBatches, readRecords } from '../../../formats/kafka/record-batch.ts'
import type { Record, RecordBatch } from '../../../formats/kafka/record-batch.ts'
import type { Cluster, Topic } from './cluster.ts'
import { CODES } from './failure.ts'
import { lossesSince } from './position.ts'
import type { Loss, PartitionRange } from './position.ts'

/** Records of one batch, in order; at least one. */
export interface RecordBlock {
  readonly partition: number
  readonly batch: RecordBatch
  /** What the places of the records are places in. */
  readonly bytes: Uint8Array
  readonly records: readonly Record[]
}

/** What is read, and how. */
export interface TopicReading {
  readonly cluster: Cluster
  readonly topic: Topic
  readonly environment: Environment
  /** About the bytes of one answer. */
  readonly fetchBytes: number
  /** Told of records that the brokers no longer have: throws, or they are passed over. */
  readonly onLoss: (loss: Loss) => void
}

/** @param signal ends what is under way, also when nobody waits for it */
export async function* readPartition(
  range: PartitionRange,
  reading: TopicReading,
  signal: AbortSignal,
): AsyncGenerator<RecordBlock> {
  const { partition, to } = range
  let coming = fetchFrom(range, reading, signal)
  while (true) {
    const { batches, from, end } = await coming
    if (end < to) {
      coming = fetchFrom({ partition, from: end, to }, reading, signal)
      // It is waited for when its turn comes.
      coming.catch(() => undefined)
    }
    for (const batch of batches) {
      const block = blockOf(batch, { partition, from, to }, reading)
      if (block.records.length > 0) yield block
    }
    if (end >= to) return
  }
}

/** The committed batches of an answer: the first may begin before what was asked for, and before what the log still has. */
interface Fetched {
  readonly batches: readonly RecordBatch[]
  /** The offset that was asked for. */
  readonly from: bigint
  /** The offset after the last record. */
  readonly end: bigint
}

/** Answers without a record, one after the other, where there should be some. */
const MAX_EMPTY_ANSWERS = 50
const EMPTY_WAIT_MS = 100

/** The next records of a range, wherever in it they are. */
async function fetchFrom(
  range: PartitionRange,
  reading: TopicReading,
  signal: AbortSignal,
): Promise<Fetched> {
  const { cluster, topic, environment, fetchBytes: maxBytes } = reading
  const { partition, to } = range
  let offset = range.from
  for (let emptyAnswers = 0; offset < to; emptyAnswers += 1) {
    const request = { topic, partition, offset, maxBytes }
    const answer = await cluster.fetch(request, { signal })
    if (answer.errorCode === CODES.offsetOutOfRange) {
      offset = await passLoss({ partition, from: offset, to }, reading, signal)
      continue
    }
    const batches = placed(range, reading, () => [...readBatches(answer.records, cluster.checksum)])
    const last = batches.at(-1)
    if (last !== undefined) {
      const committed = [...committedBatches(batches, answer.aborted)]
      return { batches: committed, from: offset, end: last.lastOffset + 1n }
    }
    if (emptyAnswers >= MAX_EMPTY_ANSWERS) {
      // All is decided up to there, and there are no records: they have been compacted away.
      if (answer.lastStable >= to) break
      throw new IcebergError('unavailable', 'a broker does not have the records that another had', {
        context: { topic: topic.name, partition, offset, end: answer.lastStable },
      })
    }
    await environment.sleep(EMPTY_WAIT_MS, signal)
  }
  return { batches: [], from: to, end: to }
}

/** Where a partition goes on that does not have an offset. */
async function passLoss(
  { partition, from, to }: PartitionRange,
  { cluster, topic, onLoss }: TopicReading,
  signal: AbortSignal,
): Promise<bigint> {
  const [earliest, latest] = await Promise.all([
    cluster.offsets(topic, 'earliest', { signal }),
    cluster.offsets(topic, 'latest', { signal }),
  ])
  const losses = lossesSince(new Map([[partition, from]]), earliest, latest)
  const loss = losses.find((candidate) => candidate.partition === partition)
  // The offset was there again when the bounds were asked for.
  if (loss === undefined) return from
  if (loss.to < from) {
    onLoss(loss)
    return to
  }
  const goesOn = loss.to < to ? loss.to : to
  onLoss({ partition, from, to: goesOn })
  return goesOn
}

/** The records of a batch that are in a range. */
function blockOf(batch: RecordBatch, range: PartitionRange, reading: TopicReading): RecordBlock {
  return placed(range, reading, () => {
    const bytes = unpackRecords(batch, reading.cluster.unpackers)
    const records = readRecords(batch, bytes)
    const isWhole = batch.firstOffset >= range.from && batch.lastOffset < range.to
    return {
      partition: range.partition,
      batch,
      bytes,
      records: isWhole ? records : records.filter((record) => isIn(range, offsetOf(batch, record))),
    }
  })
}

export function offsetOf(batch: RecordBatch, { offsetDelta }: Record): bigint {
  return batch.firstOffset + BigInt(offsetDelta)
}

function isIn({ from, to }: PartitionRange, offset: bigint): boolean {
  return from <= offset && offset < to
}

/** Faults of stored bytes come with their partition. */
function placed<Result>(
  { partition }: PartitionRange,
  { topic }: TopicReading,
  read: () => Result,
): Result {
  try {
    return read()
  } catch (error) {
    throw withContext(error, { topic: topic.name, partition })
  }
}
