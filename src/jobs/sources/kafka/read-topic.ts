// The records of a topic between two positions. Partitions are read at the same time, a few of them, and take turns: a batch of
// each, as their producers made them. So the order is the same whenever they are read, and never depends on which broker is fast.
import { forwardAbort } from '../../../base/forward-abort.ts'
import type { PartitionRange } from './position.ts'
import { readPartition } from './read-partition.ts'
import type { RecordBlock, TopicReading } from './read-partition.ts'

/** Partitions that are read at the same time. */
const PARTITIONS_TOGETHER = 8

export async function* readTopic(
  ranges: readonly PartitionRange[],
  reading: TopicReading,
  signal?: AbortSignal,
): AsyncGenerator<RecordBlock> {
  for (let index = 0; index < ranges.length; index += PARTITIONS_TOGETHER) {
    yield* takingTurns(ranges.slice(index, index + PARTITIONS_TOGETHER), reading, signal)
  }
}

async function* takingTurns(
  ranges: readonly PartitionRange[],
  reading: TopicReading,
  signal?: AbortSignal,
): AsyncGenerator<RecordBlock> {
  const stop = new AbortController()
  const unfollow = forwardAbort(signal, stop)
  let turns = ranges.map((range) => {
    const blocks = readPartition(range, reading, stop.signal)
    return { blocks, coming: ahead(blocks) }
  })
  try {
    while (turns.length > 0) {
      for (const turn of turns) {
        signal?.throwIfAborted()
        const { value, done } = await turn.coming
        if (done === true) {
          turns = turns.filter((other) => other !== turn)
          continue
        }
        turn.coming = ahead(turn.blocks)
        yield value
      }
    }
  } finally {
    unfollow()
    stop.abort()
    await Promise.allSettled(turns.map(({ coming }) => coming))
  }
}

/** The next block, whose fault is thrown when its turn comes. */
function ahead(blocks: AsyncGenerator<RecordBlock>): Promise<IteratorResult<RecordBlock, unknown>> {
  const coming = blocks.next()
  coming.catch(() => undefined)
  return coming
}
