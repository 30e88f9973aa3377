// Records to batches of rows. A record that is no row is an error that says where it is, or goes to whoever takes such.
import type { RecordBatch as ArrowBatch } from 'apache-arrow'

import { IcebergError, withContext } from '../../../base/errors.ts'
import { createValueBatchBuilder } from '../../../formats/arrow/builders.ts'
import type { ValueBatchBuilder } from '../../../formats/arrow/builders.ts'
import { columnsOf, makeBatch } from '../../../formats/arrow/column-data.ts'
import { arrowSchemaOf } from '../../../formats/arrow/schema.ts'
import type { Record } from '../../../formats/kafka/record-batch.ts'
import { utf8Of } from '../../../formats/kafka/wire-reader.ts'
import { checkNewSchema } from '../../../types/schema-check.ts'
import { assignFreshIds } from '../../../types/schema-walk.ts'
import type { Schema } from '../../../types/schema.ts'
import type { BadRecord } from '../stream-source.ts'
import { messageField, messageReader } from './message-columns.ts'
import type { MessageColumn, PlacedRecord } from './message-columns.ts'
import { builderOf } from './message-decoder.ts'
import type { MessageDecoder, Span, SpanBuilder } from './message-decoder.ts'
import { offsetOf } from './read-partition.ts'
import type { RecordBlock } from './read-partition.ts'

/** What the rows of a topic are made of. */
export interface RowLayout {
  readonly topic: string
  readonly value: MessageDecoder
  readonly key: MessageDecoder
  readonly columns: readonly MessageColumn[]
}

/** What is told of a batch that was read. */
export interface RowEvents {
  /** Absent: a record that is no row ends the batch. */
  readonly onBad?: ((record: BadRecord) => void) | undefined
  /** A message without a value, which says no more than that its key is gone. */
  readonly onTombstone: () => unknown
}

/**
 * The columns of a topic's rows: those of the values, and then those that were asked for.
 *
 * @throws IcebergError `invalid` when a column of the values has the name of another
 */
export function schemaOfRows({ value, key, columns }: RowLayout): Schema {
  const fields = [...value.fields, ...columns.map((column) => messageField(column, key))]
  const schema = { schemaId: 0, fields: assignFreshIds(fields), identifierFieldIds: [] }
  checkNewSchema(schema)
  return schema
}

/** The rows of records, in their order. */
export async function* rowsOfBlocks(
  blocks: AsyncIterable<RecordBlock>,
  layout: RowLayout,
  events: RowEvents,
  signal?: AbortSignal,
): AsyncGenerator<ArrowBatch> {
  const rows = new PlacedRows(layout, events)
  for await (const block of blocks) {
    await prepare(block, layout, signal)
    for (const record of block.records) rows.append(block, record)
    if (rows.isFull) yield rows.finish()
  }
  if (rows.rowCount > 0) yield rows.finish()
}

async function prepare(
  { bytes, records }: RecordBlock,
  { value, key, columns }: RowLayout,
  signal?: AbortSignal,
): Promise<void> {
  const valueSpans = (): readonly Span[] =>
    records.map(({ valueStart: start, valueEnd: end }) => ({ bytes, start, end }))
  const keySpans = (): readonly Span[] =>
    records.map(({ keyStart: start, keyEnd: end }) => ({ bytes, start, end }))
  await value.prepare?.(valueSpans(), signal)
  if (columns.includes('_kafka_key')) await key.prepare?.(keySpans(), signal)
}

/** Columns of values and columns of places, side by side. */
class PlacedRows {
  readonly #layout: RowLayout
  readonly #events: RowEvents
  readonly #values: SpanBuilder
  readonly #places: ValueBatchBuilder
  readonly #readers: readonly ReturnType<typeof messageReader>[]
  readonly #schema: ReturnType<typeof arrowSchemaOf>

  constructor(layout: RowLayout, events: RowEvents) {
    const { value, key, columns } = layout
    const fields = columns.map((name) => messageField(name, key))
    this.#layout = layout
    this.#events = events
    this.#values = builderOf(value)
    this.#places = createValueBatchBuilder({ fields })
    this.#readers = columns.map((column) => messageReader(column, key))
    this.#schema = arrowSchemaOf(schemaOfRows(layout))
  }

  append(block: RecordBlock, record: Record): void {
    try {
      this.#append(block, record)
    } catch (error) {
      if (!isOfRecord(error)) throw error
      const placed = this.#placeOf(block, record)
      const { onBad } = this.#events
      if (onBad === undefined) throw withContext(error, contextOf(placed))
      onBad(badRecordOf(error, placed))
    }
  }

  get rowCount(): number {
    return this.#values.rowCount
  }

  get isFull(): boolean {
    return this.#values.isFull
  }

  finish(): ArrowBatch {
    const { rowCount } = this.#values
    const joined = [...columnsOf(this.#values.finish()), ...columnsOf(this.#places.finish())]
    return makeBatch(this.#schema, joined, rowCount)
  }

  #append(block: RecordBlock, record: Record): void {
    const { value, columns } = this.#layout
    const { valueStart: start, valueEnd: end } = record
    const span = { bytes: block.bytes, start, end }
    if (columns.length === 0) {
      if (end < 0 && !value.takesNull) this.#events.onTombstone()
      else this.#values.append(span)
      return
    }
    // Before the values: if one of these is at fault, nothing may have been added.
    const placed = this.#placeOf(block, record)
    const place = this.#readers.map((read) => read(placed))
    if (this.#values.append(span)) this.#places.append(place)
  }

  #placeOf({ partition, batch, bytes }: RecordBlock, record: Record): PlacedRecord {
    return { topic: this.#layout.topic, partition, batch, bytes, record }
  }
}

/** Whether a fault is one of what somebody sent. */
function isOfRecord(error: unknown): error is IcebergError {
  return error instanceof IcebergError && ['invalid', 'corrupt', 'limit'].includes(error.kind)
}

function contextOf({ topic, partition, batch, record }: PlacedRecord): IcebergError['context'] {
  return { topic, partition, offset: offsetOf(batch, record) }
}

function badRecordOf({ message, context }: IcebergError, placed: PlacedRecord): BadRecord {
  const { topic, partition, batch, bytes, record } = placed
  const { path } = context
  return {
    place: `${topic}[${partition}]@${offsetOf(batch, record)}`,
    reason: path === undefined || path === '' ? message : `${message}: ${path}`,
    record: recordText(bytes, record.valueStart, record.valueEnd),
  }
}

function recordText(bytes: Uint8Array, start: number, end: number): string {
  if (end < 0) return ''
  return utf8Of(bytes, start, end) ?? Buffer.from(bytes.subarray(start, end)).toString('base64')
}
