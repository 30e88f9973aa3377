import type { ConnectionOptions } from 'node:tls'

import { IcebergError } from '../../../base/errors.ts'
import { checkChoice, checkOptions } from '../../../base/options.ts'
import type { OptionNames } from '../../../base/options.ts'
import type { Schema } from '../../../types/schema.ts'
import type { ClusterOptions } from './cluster.ts'
import type { MessageColumn } from './message-columns.ts'
import { MESSAGE_COLUMNS } from './message-columns.ts'
import type { StartingOffsets } from './position.ts'

/** What messages are written in. */
export type MessageFormat = (typeof FORMATS)[number]

const FORMATS = ['json', 'avro', 'string', 'binary'] as const

/** A registry of schemas that speaks Confluent's API. */
export interface SchemaRegistryOptions {
  readonly url: string
  readonly username?: string
  readonly password?: string
}

/** What {@link kafka} takes. */
export interface KafkaOptions {
  /** Where to ask first, as `host:port`; at least one. */
  readonly brokers: readonly string[]
  /** What brokers call this reader in their logs; `frazil` when absent. */
  readonly clientId?: string
  /** Encrypts connections. */
  readonly tls?: boolean | ConnectionOptions
  readonly sasl?: {
    readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
    readonly username: string
    readonly password: string
  }
  /** `avro` with a registry and `json` without one when absent. */
  readonly valueFormat?: MessageFormat
  /** How `_kafka_key` is read; `binary` when absent. */
  readonly keyFormat?: MessageFormat
  /**
   * The columns of JSON, or those of Avro that are wanted: by their names, whatever the writer's schema has besides. Absent: for
   * Avro what the registry's newest schema of the topic has when the stream is opened.
   */
  readonly schema?: Schema
  /** The columns of keys that are JSON. */
  readonly keySchema?: Schema
  readonly schemaRegistry?: string | SchemaRegistryOptions
  /**
   * `debezium`: messages are changes of rows of a database. Each becomes a row with the columns that the changed row has, or had
   * if it was deleted, and with `_op` (`c`, `r`, `u` or `d`), `_ts_ms` and `_source_ts_ms`.
   */
  readonly envelope?: 'debezium'
  /** Columns that say where a message was, after those of its value; none when absent. */
  readonly messageColumns?: readonly MessageColumn[]
  /**
   * Where a stream begins that has never run; `earliest` when absent. Offsets are those that are read next, by partition: -2 stands
   * for the earliest, -1 for the latest. A partition that is not named begins at its earliest, as do those that come later.
   */
  readonly startingOffsets?: StartingOffsets
  /** About how many offsets a batch has at the most, over all partitions; no limit when absent. */
  readonly maxOffsetsPerTrigger?: number
  /**
   * Whether a stream ends with an error when the brokers no longer have what comes next; true when absent. Where it goes on, what
   * was passed over is told in the notes of a batch.
   */
  readonly failOnDataLoss?: boolean
  /** About the bytes of one answer of a broker; 1 MiB when absent. */
  readonly fetchBytes?: number
  /** How long brokers that fail, restart or do not answer are asked again, in milliseconds; 60,000 when absent. */
  readonly retryForMs?: number
  /** How long one answer may take, in milliseconds; 30,000 when absent. */
  readonly requestTimeoutMs?: number
}

const NAMES: OptionNames<KafkaOptions> = {
  brokers: 'list',
  clientId: 'text',
  tls: true,
  sasl: true,
  valueFormat: true,
  keyFormat: true,
  schema: true,
  keySchema: true,
  schemaRegistry: true,
  envelope: true,
  messageColumns: 'list',
  startingOffsets: true,
  maxOffsetsPerTrigger: true,
  failOnDataLoss: 'boolean',
  fetchBytes: true,
  retryForMs: true,
  requestTimeoutMs: true,
}

function checkNames(options: KafkaOptions): void {
  checkOptions('kafka', options, NAMES)
  const { valueFormat, keyFormat, envelope, startingOffsets } = options
  if (valueFormat !== undefined) checkChoice('valueFormat', valueFormat, FORMATS)
  if (keyFormat !== undefined) checkChoice('keyFormat', keyFormat, FORMATS)
  if (envelope !== undefined) checkChoice('envelope', envelope, ['debezium'])
  if (typeof startingOffsets === 'string') {
    checkChoice('startingOffsets', startingOffsets, ['earliest', 'latest'])
  }
}

const DEFAULT_CLIENT_ID = 'frazil'
export const DEFAULT_RETRY_MS = 60_000
const DEFAULT_REQUEST_TIMEOUT_MS = 30_000

/** @throws IcebergError `invalid` for options that are no use, or do not go together */
export function checkKafkaOptions(topic: string, options: KafkaOptions): void {
  checkNames(options)
  const fault = faultOf(topic, options)
  if (fault !== null) throw new IcebergError('invalid', fault, { context: { topic } })
}

/** As brokers have it (Kafka documentation: topics). */
const TOPIC = /^[a-zA-Z0-9._-]{1,249}$/

function faultOf(topic: string, options: KafkaOptions): string | null {
  const value = valueFormatOf(options)
  if (!TOPIC.test(topic) || topic === '.' || topic === '..') return 'no topic can have this name'
  if (options.brokers.length === 0) return 'brokers are missing'
  if (needsRegistry(options) && options.schemaRegistry === undefined) {
    return 'Avro needs schemaRegistry'
  }
  if (options.schema !== undefined && isPlain(value)) return 'a schema goes with json or avro alone'
  if (options.envelope !== undefined && isPlain(value)) return 'an envelope is json or avro'
  if (options.keyFormat === 'json' && options.keySchema === undefined) {
    return 'keys of JSON need keySchema'
  }
  if (options.keySchema !== undefined && options.keyFormat !== 'json') {
    return 'keySchema goes with keyFormat json alone'
  }
  const unknown = options.messageColumns?.find((column) => !MESSAGE_COLUMNS.includes(column))
  if (unknown !== undefined) return `messageColumns are some of ${MESSAGE_COLUMNS.join(', ')}`
  if (new Set(options.messageColumns).size !== (options.messageColumns?.length ?? 0)) {
    return 'a column is named twice'
  }
  const counts = [options.maxOffsetsPerTrigger, options.fetchBytes, options.requestTimeoutMs]
  if (counts.some((count) => count !== undefined && !isCount(count))) {
    return 'maxOffsetsPerTrigger, fetchBytes and requestTimeoutMs are whole numbers above zero'
  }
  return null
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0
}

/** How values are read. */
export function valueFormatOf({ valueFormat, schemaRegistry }: KafkaOptions): MessageFormat {
  return valueFormat ?? (schemaRegistry === undefined ? 'json' : 'avro')
}

function needsRegistry(options: KafkaOptions): boolean {
  return valueFormatOf(options) === 'avro' || options.keyFormat === 'avro'
}

function isPlain(format: MessageFormat): boolean {
  return format === 'string' || format === 'binary'
}

export function clusterOptions(options: KafkaOptions): ClusterOptions {
  const { brokers, clientId, tls = false, sasl, retryForMs, requestTimeoutMs } = options
  return {
    brokers,
    clientId: clientId ?? DEFAULT_CLIENT_ID,
    tls: tls === false ? null : tls === true ? {} : tls,
    sasl: sasl ?? null,
    retryForMs: retryForMs ?? DEFAULT_RETRY_MS,
    requestTimeoutMs: requestTimeoutMs ?? DEFAULT_REQUEST_TIMEOUT_MS,
  }
}
