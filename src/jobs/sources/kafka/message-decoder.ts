// How the values and keys of messages become values of columns. A decoder is given bytes and says which columns it fills; what it
// cannot read is an `invalid` error, of which the reader says where the message was.
import type { RecordBatch } from 'apache-arrow'

import { IcebergError } from '../../../base/errors.ts'
import { isJsonObject, parseJson, stringifyJson } from '../../../base/json-exact.ts'
import type { JsonFractions } from '../../../base/json-exact.ts'
import { createValueBatchBuilder } from '../../../formats/arrow/builders.ts'
import type { ValueBatchBuilder } from '../../../formats/arrow/builders.ts'
import { BATCH_BYTES, BATCH_ROWS } from '../../../formats/arrow/from-rows.ts'
import { utf8Of } from '../../../formats/kafka/wire-reader.ts'
import { createJsonBatchBuilder } from '../../../formats/text/json-batches.ts'
import type { JsonBatchBuilder } from '../../../formats/text/json-batches.ts'
import { jsonRowReader } from '../../../formats/text/json-row.ts'
import { makeField } from '../../../types/make-field.ts'
import type { Schema } from '../../../types/schema.ts'
import { objectConverter } from '../../../types/text-input.ts'
import type { Field } from '../../../types/type.ts'
import { rowConverter } from '../../../types/value-input.ts'
import type { Value } from '../../../types/value.ts'

/** The values of a row's columns, in their order. */
export type RowValues = readonly (Value | null)[]

/** Part of the bytes of a batch: `[start, end)`, or null where `end` is -1. */
export interface Span {
  readonly bytes: Uint8Array
  readonly start: number
  readonly end: number
}

/** Makes columns of bytes. */
export interface MessageDecoder {
  /** Of the rows; ids are 0. */
  readonly fields: readonly Field[]
  /** Whether null is a value, and not the absence of a row. */
  readonly takesNull: boolean
  /** Whether the one column is all that a message is, and not a part of it. */
  readonly isScalar: boolean
  /** Gets what some messages need to be decoded, if anything: it may have to be asked for. */
  readonly prepare?: (spans: readonly Span[], signal?: AbortSignal) => Promise<void>
  /**
   * The values of a message; null for one that is no row by design.
   *
   * @throws IcebergError `invalid` or `corrupt` for what is no row
   */
  decode(span: Span): RowValues | null
  /** A quicker way to rows than by {@link decode}, where there is one. */
  readonly createBuilder?: () => SpanBuilder
}

/** Makes batches of the rows of messages. */
export interface SpanBuilder {
  /**
   * Adds the row of a message; gives false for one that is no row by design. A message without a value is a row of nulls.
   *
   * @throws IcebergError as {@link MessageDecoder.decode}; nothing is added then
   */
  append(span: Span): boolean
  readonly rowCount: number
  /** Whether the batch should end here. */
  readonly isFull: boolean
  finish(): RecordBatch
}

/** The one column of messages that are not looked into, as Spark names it. */
export const VALUE_COLUMN = 'value'

/** Text, in UTF-8. */
export function textDecoder(name: string = VALUE_COLUMN): MessageDecoder {
  return {
    fields: [makeField({ id: 0, name, required: false, type: { kind: 'string' } })],
    takesNull: true,
    isScalar: true,
    decode: (span) => [span.end < 0 ? null : textOf(span)],
  }
}

/** Bytes as they are. */
export function bytesDecoder(name: string = VALUE_COLUMN): MessageDecoder {
  return {
    fields: [makeField({ id: 0, name, required: false, type: { kind: 'binary' } })],
    takesNull: true,
    isScalar: true,
    decode: ({ bytes, start, end }) => [end < 0 ? null : bytes.subarray(start, end)],
  }
}

/** A JSON object in each message; what has no column is passed over. */
export function jsonDecoder({ fields }: Pick<Schema, 'fields'>): MessageDecoder {
  const read = jsonRowReader({ fields }, JSON_ROWS)
  return {
    fields,
    takesNull: false,
    isScalar: false,
    decode: (span) => read(textOf(span)),
    createBuilder: () => new JsonRows(fields),
  }
}

const JSON_ROWS = { others: 'passed-over', noun: 'the message' } as const

/** Rows straight from the bytes of messages: for JSON by far the most of the work. */
class JsonRows implements SpanBuilder {
  readonly #builder: JsonBatchBuilder
  readonly #nulls: Uint8Array

  constructor(fields: readonly Field[]) {
    this.#builder = createJsonBatchBuilder({ fields }, JSON_ROWS)
    this.#nulls = Buffer.from(stringifyJson(new Map(fields.map(({ name }) => [name, null]))))
  }

  append({ bytes, start, end }: Span): boolean {
    if (end < 0) this.#builder.append(this.#nulls, 0, this.#nulls.length)
    else this.#builder.append(bytes, start, end)
    return true
  }

  get rowCount(): number {
    return this.#builder.rowCount
  }

  get isFull(): boolean {
    return this.#builder.isFull
  }

  finish(): RecordBatch {
    return this.#builder.finish()
  }
}

/** Rows of what a decoder makes of messages. */
export function builderOf(decoder: MessageDecoder): SpanBuilder {
  return decoder.createBuilder?.() ?? new DecodedRows(decoder)
}

class DecodedRows implements SpanBuilder {
  readonly #decoder: MessageDecoder
  readonly #builder: ValueBatchBuilder
  readonly #required: Field | undefined
  readonly #nulls: RowValues

  constructor(decoder: MessageDecoder) {
    const { fields } = decoder
    this.#decoder = decoder
    this.#builder = createValueBatchBuilder({ fields })
    this.#required = fields.find((field) => field.required)
    this.#nulls = fields.map(() => null)
  }

  append(span: Span): boolean {
    const values = this.#valuesOf(span)
    if (values !== null) this.#builder.append(values)
    return values !== null
  }

  get rowCount(): number {
    return this.#builder.rowCount
  }

  get isFull(): boolean {
    return this.#builder.rowCount >= BATCH_ROWS || this.#builder.sizeBytes >= BATCH_BYTES
  }

  finish(): RecordBatch {
    return this.#builder.finish()
  }

  #valuesOf(span: Span): RowValues | null {
    if (span.end >= 0 || this.#decoder.takesNull) return this.#decoder.decode(span)
    if (this.#required === undefined) return this.#nulls
    throw new IcebergError('invalid', 'required value is missing', {
      context: { path: this.#required.name },
    })
  }
}

/** Brings parsed JSON objects to the values of columns. Decimals may be numbers in what was read as `fractionsOf` says. */
export function objectReader(fields: readonly Field[]): (json: unknown) => RowValues {
  const convert = objectConverter(fields, { others: 'passed-over' })
  const toRow = rowConverter(fields)
  return (json) => {
    if (!isJsonObject(json)) throw new IcebergError('invalid', 'the message is no JSON object')
    return toRow(convert(json), () => '')
  }
}

/** @throws IcebergError `invalid` when it is no JSON */
export function jsonOf(span: Span, fractions?: JsonFractions): unknown {
  const text = textOf(span)
  try {
    return parseJson(text, fractions)
  } catch (cause) {
    throw new IcebergError('invalid', 'the message is no JSON', { cause })
  }
}

/** @throws IcebergError `invalid` when it is no UTF-8 */
export function textOf({ bytes, start, end }: Span): string {
  const text = utf8Of(bytes, start, end)
  if (text !== null) return text
  throw new IcebergError('invalid', 'the message is no UTF-8')
}
