import type { RecordBatch as ArrowBatch } from 'apache-arrow'

import type { RequestOptions } from '../../../io/object-store.ts'
import type { Schema } from '../../../types/schema.ts'
import type {
  NextOffset,
  OffsetRange,
  OpenStream,
  ReadOptions,
  StreamAmount,
  StreamOffset,
  StreamSource,
} from '../stream-source.ts'
import type { PartitionOffsets, Topic } from './cluster.ts'
import { checkKafkaOptions } from './kafka-options.ts'
import type { KafkaOptions } from './kafka-options.ts'
import { rowsOfBlocks, schemaOfRows } from './message-rows.ts'
import { boundsOf, describeTombstones, openTopic, passOver, readingOf } from './open-topic.ts'
import type { OpenTopic } from './open-topic.ts'
import {
  checkSameTopic,
  furthest,
  limitedEnd,
  lossesSince,
  positionFromOffset,
  positionToOffset,
  rangesBetween,
  startOffsets,
  withoutLosses,
} from './position.ts'
import { readTopic } from './read-topic.ts'

/**
 * The messages of a topic of Kafka, for a stream to read: each once, by its offset, and in the order of its partition. Only
 * what is committed is read. Takes the package `@platformatic/kafka`.
 *
 * Messages without a value say that their key is gone. Where values are JSON or Avro they are passed over and counted, unless
 * columns are asked for that say where a message was: then they are rows without values.
 *
 * @throws IcebergError `invalid` for options that do not go together
 */
export function kafka(topic: string, options: KafkaOptions): StreamSource {
  checkKafkaOptions(topic, options)
  return {
    description: `topic ${topic}`,
    origin: { kind: 'topic' },
    open: async (context) =>
      new TopicStream(await openTopic(topic, options, { ...context, isReadOnce: false })),
  }
}

class TopicStream implements OpenStream {
  readonly schema: Schema
  readonly #opened: OpenTopic
  /** Where everything ends once the stream is frozen. */
  #frozen: PartitionOffsets | null = null

  constructor(opened: OpenTopic) {
    this.#opened = opened
    this.schema = schemaOfRows(opened.layout)
  }

  async initialOffset(request?: RequestOptions): Promise<StreamOffset> {
    const topic = await this.#currentTopic(request)
    const { earliest, latest } = await boundsOf(this.#opened, topic, request)
    const starting = this.#opened.options.startingOffsets ?? 'earliest'
    return positionToOffset({
      topic: topic.name,
      id: topic.id,
      offsets: startOffsets(topic, starting, earliest, latest),
    })
  }

  async nextOffset(
    start: StreamOffset,
    limit: 'limited' | 'all',
    request?: RequestOptions,
  ): Promise<NextOffset | null> {
    const position = positionFromOffset(start, this.#opened.topic.name)
    const topic = await this.#currentTopic(request)
    checkSameTopic(position, topic)
    const { earliest, latest } = await boundsOf(this.#opened, topic, request)
    const losses = lossesSince(position.offsets, earliest, latest)
    const notes = passOver(this.#opened, losses)
    const from = withoutLosses(position.offsets, losses)
    const ends = this.#frozen ?? latest
    if (losses.length === 0 && rangesBetween(from, ends).length === 0) return null
    const { maxOffsetsPerTrigger = Number.MAX_SAFE_INTEGER } = this.#opened.options
    const most = limit === 'all' ? Number.MAX_SAFE_INTEGER : maxOffsetsPerTrigger
    const offsets = furthest(from, limitedEnd(from, ends, most))
    return {
      end: positionToOffset({ topic: topic.name, id: topic.id, offsets }),
      notes,
    }
  }

  async amount(range: OffsetRange): Promise<StreamAmount> {
    const { name } = this.#opened.topic
    const start = positionFromOffset(range.start, name)
    const end = positionFromOffset(range.end, name)
    const ranges = rangesBetween(start.offsets, end.offsets)
    return { count: ranges.reduce((sum, { from, to }) => sum + (to - from), 0n), unit: 'offset' }
  }

  async freeze(request?: RequestOptions): Promise<void> {
    const topic = await this.#currentTopic(request)
    this.#frozen = await this.#opened.cluster.offsets(topic, 'latest', request)
  }

  async *read(range: OffsetRange, options: ReadOptions = {}): AsyncGenerator<ArrowBatch> {
    const { signal, onBad, onNote } = options
    signal?.throwIfAborted()
    const { layout, topic } = this.#opened
    const start = positionFromOffset(range.start, topic.name)
    const end = positionFromOffset(range.end, topic.name)
    for (const position of [start, end]) checkSameTopic(position, topic)
    let tombstones = 0
    const reading = readingOf(this.#opened, (loss) => {
      for (const note of passOver(this.#opened, [loss])) onNote?.(note)
    })
    const blocks = readTopic(rangesBetween(start.offsets, end.offsets), reading, signal)
    yield* rowsOfBlocks(blocks, layout, { onBad, onTombstone: () => (tombstones += 1) }, signal)
    if (tombstones > 0) onNote?.(describeTombstones(topic, tombstones))
  }

  close(): Promise<void> {
    return this.#opened.cluster.close()
  }

  #currentTopic(request?: RequestOptions): Promise<Topic> {
    return this.#opened.cluster.topic(this.#opened.topic.name, request)
  }
}
