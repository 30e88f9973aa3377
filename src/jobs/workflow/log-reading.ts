import { parseJson } from '../../base/json-exact.ts'
import type { Fields } from '../yaml/fields.ts'
import type { LogReading } from './model.ts'
import { LOG_OPTIONS } from './vocabulary.ts'

const FORMATS = ['json', 'avro', 'string', 'binary'] as const
const MESSAGE_COLUMNS = [
  '_kafka_topic',
  '_kafka_partition',
  '_kafka_offset',
  '_kafka_timestamp',
  '_kafka_key',
  '_kafka_headers',
]

/** How a topic is read; null where the file says nothing of one. */
export function readLogReading(input: Fields, options: Fields | null): LogReading | null {
  const schemaRegistryUrl = input.optionalText('schemaRegistryUrl')
  if (schemaRegistryUrl === null && LOG_OPTIONS.every((key) => options?.has(key) !== true)) {
    return null
  }
  return {
    schemaRegistryUrl,
    startingOffsets: options === null ? 'earliest' : readStartingOffsets(options),
    valueFormat: options?.word('valueFormat', FORMATS) ?? null,
    keyFormat: options?.word('keyFormat', ['avro', 'string', 'binary']) ?? null,
    envelope: options?.word('envelope', ['debezium']) ?? null,
    messageColumns: options === null ? [] : readMessageColumns(options),
    maxOffsetsPerTrigger: options?.countOrText('maxOffsetsPerTrigger') ?? null,
    failsOnDataLoss: options?.flagOrText('failOnDataLoss') ?? true,
  }
}

/** A word, or offsets by partition: as a mapping, as its JSON, or as Spark's, which has the topic around them. */
function readStartingOffsets(options: Fields): LogReading['startingOffsets'] {
  const key = 'startingOffsets'
  if (options.isMap(key)) {
    return offsetsOf(options, Object.fromEntries(options.scalarEntries(key)))
  }
  const text = options.scalarText(key)
  if (text?.trimStart().startsWith('{') !== true) {
    return options.word(key, ['earliest', 'latest']) ?? 'earliest'
  }
  return offsetsOf(
    options,
    options.faults.attempt(options.placeOf(key), null, () => parseJson(text)),
  )
}

type JsonObject = Readonly<Record<string, unknown>>

function offsetsOf(options: Fields, json: unknown): LogReading['startingOffsets'] {
  const entries = Object.entries(isObject(json) ? json : {})
  const [, only] = entries[0] ?? []
  if (entries.length === 1 && isObject(only)) return offsetsOf(options, only)
  const isWhole = entries.every(
    ([partition, offset]) => /^\d+$/.test(partition) && isOffset(offset),
  )
  if (isWhole && entries.length > 0) {
    return Object.fromEntries(
      entries.map(([partition, offset]) => [partition, BigInt(String(offset))]),
    )
  }
  options.invalid('startingOffsets', 'must be earliest, latest or offsets by partition: {"0": 12}')
  return 'earliest'
}

function isObject(json: unknown): json is JsonObject {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}

function isOffset(value: unknown): value is string | number | bigint {
  return /^-?\d{1,19}$/.test(String(value))
}

function readMessageColumns(options: Fields): readonly string[] {
  return options.textOrTexts('messageColumns').map(({ text, place }) => {
    if (!MESSAGE_COLUMNS.includes(text)) {
      options.faults.invalid(place, `must be some of ${MESSAGE_COLUMNS.join(', ')}`)
    }
    return text
  })
}
