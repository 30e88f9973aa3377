// What is known of a message beside its value, as columns on request.
import { unreachable } from '../../../base/assert.ts'
import { IcebergError } from '../../../base/errors.ts'
import { timestampMsOf } from '../../../formats/kafka/record-batch.ts'
import type { Record, RecordBatch } from '../../../formats/kafka/record-batch.ts'
import { utf8Of } from '../../../formats/kafka/wire-reader.ts'
import { makeField } from '../../../types/make-field.ts'
import type { Field, Type } from '../../../types/type.ts'
import type { Value } from '../../../types/value.ts'
import type { MessageDecoder } from './message-decoder.ts'

export const MESSAGE_COLUMNS = [
  '_kafka_topic',
  '_kafka_partition',
  '_kafka_offset',
  '_kafka_timestamp',
  '_kafka_key',
  '_kafka_headers',
] as const

/** A column that says where a message was. */
export type MessageColumn = (typeof MESSAGE_COLUMNS)[number]

/** A message, where it is. */
export interface PlacedRecord {
  readonly topic: string
  readonly partition: number
  readonly batch: RecordBatch
  readonly bytes: Uint8Array
  readonly record: Record
}

/** The field of a column; its id is 0. */
export function messageField(column: MessageColumn, key: MessageDecoder): Field {
  const typed = (required: boolean, type: Type): Field =>
    makeField({ id: 0, name: column, required, type })
  switch (column) {
    case '_kafka_topic':
      return typed(true, { kind: 'string' })
    case '_kafka_partition':
      return typed(true, { kind: 'int' })
    case '_kafka_offset':
      return typed(true, { kind: 'long' })
    case '_kafka_timestamp':
      return typed(false, { kind: 'timestamptz' })
    case '_kafka_key':
      return typed(false, keyType(key))
    case '_kafka_headers':
      return typed(true, HEADERS)
    default:
      return unreachable(column)
  }
}

const HEADERS: Type = {
  kind: 'list',
  elementId: 0,
  elementRequired: true,
  element: {
    kind: 'struct',
    fields: [
      { id: 0, name: 'key', required: true, type: { kind: 'string' } },
      { id: 0, name: 'value', required: false, type: { kind: 'binary' } },
    ],
  },
}

/** Keys of one part are that part, others a struct. */
function keyType({ fields, isScalar }: MessageDecoder): Type {
  const [only] = fields
  return isScalar && only !== undefined ? only.type : { kind: 'struct', fields }
}

/** Reads the value of a column. */
export function messageReader(
  column: MessageColumn,
  key: MessageDecoder,
): (placed: PlacedRecord) => Value | null {
  switch (column) {
    case '_kafka_topic':
      return ({ topic }) => topic
    case '_kafka_partition':
      return ({ partition }) => partition
    case '_kafka_offset':
      return ({ batch, record }) => batch.firstOffset + BigInt(record.offsetDelta)
    case '_kafka_timestamp':
      return timestampMicros
    case '_kafka_key':
      return (placed) => keyOf(placed, key)
    case '_kafka_headers':
      return headersOf
    default:
      return unreachable(column)
  }
}

/** What producers that know no time send in its place. */
const NO_TIMESTAMP = -1n
const MICROS_PER_MS = 1_000n

function timestampMicros({ batch, record, bytes }: PlacedRecord): bigint | null {
  const ms = timestampMsOf(batch, record, bytes)
  return ms === NO_TIMESTAMP ? null : ms * MICROS_PER_MS
}

function keyOf({ bytes, record }: PlacedRecord, key: MessageDecoder): Value | null {
  if (record.keyEnd < 0) return null
  const values = key.decode({ bytes, start: record.keyStart, end: record.keyEnd })
  if (values === null) return null
  return key.isScalar ? (values[0] ?? null) : values
}

function headersOf({ bytes, record }: PlacedRecord): Value {
  return record.headers.map(({ nameStart, nameEnd, valueStart, valueEnd }) => {
    const name = utf8Of(bytes, nameStart, nameEnd)
    if (name === null) throw new IcebergError('invalid', 'the name of a header is no UTF-8')
    return [name, valueEnd < 0 ? null : bytes.subarray(valueStart, valueEnd)]
  })
}
