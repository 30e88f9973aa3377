// Which columns the rows of a topic have, and what makes them of its messages.
import { unreachable } from '../../../base/assert.ts'
import { IcebergError } from '../../../base/errors.ts'
import type { Schema } from '../../../types/schema.ts'
import type { Field } from '../../../types/type.ts'
import type { SourceLog } from '../stream-source.ts'
import { avroDecoder, declaredColumns, latestColumns } from './avro-decoder.ts'
import {
  debeziumAvroDecoder,
  debeziumColumns,
  debeziumJsonDecoder,
  rowOfJsonChange,
} from './debezium.ts'
import { DEFAULT_RETRY_MS, valueFormatOf } from './kafka-options.ts'
import type { KafkaOptions } from './kafka-options.ts'
import { bytesDecoder, jsonDecoder, textDecoder } from './message-decoder.ts'
import type { MessageDecoder } from './message-decoder.ts'
import type { RowLayout } from './message-rows.ts'
import type { TopicReading } from './read-partition.ts'
import { rememberedSchema, sampledSchema } from './sampled-schema.ts'
import { createSchemaRegistry } from './schema-registry.ts'
import type { SchemaRegistry } from './schema-registry.ts'

export interface LayoutRequest {
  readonly reading: TopicReading
  readonly options: KafkaOptions
  /** What remembers columns that only the messages tell of; null where nothing does. */
  readonly log: SourceLog | null
  /** Whether the topic is read once and never again, so that nothing needs to be remembered. */
  readonly isReadOnce: boolean
  readonly signal?: AbortSignal
}

/** @throws IcebergError `invalid` when nobody knows the columns, and nothing could remember what the messages tell of them */
export async function openLayout(request: LayoutRequest): Promise<RowLayout> {
  const { reading, options } = request
  const { schemaRegistry, retryForMs = DEFAULT_RETRY_MS } = options
  const registry =
    schemaRegistry === undefined
      ? null
      : createSchemaRegistry(schemaRegistry, { environment: reading.environment, retryForMs })
  return {
    topic: reading.topic.name,
    value: await valueDecoder(request, registry),
    key: await keyDecoder(request, registry),
    columns: options.messageColumns ?? [],
  }
}

async function valueDecoder(
  request: LayoutRequest,
  registry: SchemaRegistry | null,
): Promise<MessageDecoder> {
  const { options } = request
  const format = valueFormatOf(options)
  const isChange = options.envelope === 'debezium'
  switch (format) {
    case 'string':
      return textDecoder()
    case 'binary':
      return bytesDecoder()
    case 'json': {
      const { fields } = await jsonSchema(request)
      return isChange ? debeziumJsonDecoder(fields) : jsonDecoder({ fields })
    }
    case 'avro':
      return isChange
        ? avroChangeDecoder(request, neededRegistry(registry))
        : avroValueDecoder(request, neededRegistry(registry))
    default:
      return unreachable(format)
  }
}

async function avroValueDecoder(
  { reading, options, signal }: LayoutRequest,
  registry: SchemaRegistry,
): Promise<MessageDecoder> {
  const declared = options.schema?.fields
  const columns =
    declared === undefined
      ? await latestColumns(registry, valueSubject(reading), signal)
      : declaredColumns(declared)
  return avroDecoder(registry, columns)
}

async function avroChangeDecoder(
  { reading, options, signal }: LayoutRequest,
  registry: SchemaRegistry,
): Promise<MessageDecoder> {
  const declared: readonly Field[] | null = options.schema?.fields ?? null
  const latest =
    declared === null ? await latestColumns(registry, valueSubject(reading), signal) : null
  return debeziumAvroDecoder(avroDecoder(registry, debeziumColumns(latest, declared)))
}

async function jsonSchema(request: LayoutRequest): Promise<Schema> {
  const { reading, options, log, isReadOnce, signal } = request
  if (options.schema !== undefined) return options.schema
  const partOf = options.envelope === 'debezium' ? rowOfJsonChange : undefined
  const sample = (): Promise<Schema> => sampledSchema(reading, signal, partOf)
  if (log !== null) return rememberedSchema(log, sample, signal)
  if (isReadOnce) return sample()
  throw new IcebergError(
    'invalid',
    'JSON does not say its types: set a schema, or give the stream a checkpoint folder to remember one',
    { context: { topic: reading.topic.name } },
  )
}

async function keyDecoder(
  { reading, options, signal }: LayoutRequest,
  registry: SchemaRegistry | null,
): Promise<MessageDecoder> {
  const { keyFormat = 'binary', keySchema } = options
  switch (keyFormat) {
    case 'binary':
      return bytesDecoder()
    case 'string':
      return textDecoder()
    case 'json':
      return jsonDecoder(keySchema ?? { fields: [] })
    case 'avro': {
      const needed = neededRegistry(registry)
      return avroDecoder(needed, await latestColumns(needed, `${reading.topic.name}-key`, signal))
    }
    default:
      return unreachable(keyFormat)
  }
}

/** The name that most producers register the schemas of a topic's values under. */
function valueSubject({ topic }: TopicReading): string {
  return `${topic.name}-value`
}

function neededRegistry(registry: SchemaRegistry | null): SchemaRegistry {
  if (registry !== null) return registry
  throw new IcebergError('invalid', 'Avro needs schemaRegistry')
}
