// The brokers that have a topic, as far as reading it by offsets needs them. A request that fails in passing is sent again, to
// whoever then leads the partition, for as long as the bound says.
import type { ConnectionOptions } from 'node:tls'

import type { Connection, Consumer } from '@platformatic/kafka'

import { IcebergError, withContext } from '../../../base/errors.ts'
import type { Environment } from '../../../base/environment.ts'
import { backoffMs } from '../../../base/retry.ts'
import type { Unpackers } from '../../../formats/kafka/compression.ts'
import { FETCH_VERSIONS, readFetchAnswer } from '../../../formats/kafka/fetch-answer.ts'
import type { FetchAnswer } from '../../../formats/kafka/fetch-answer.ts'
import type { Checksum } from '../../../formats/kafka/record-batch.ts'
import type { RequestOptions } from '../../../io/object-store.ts'
import { loadClient } from './client-package.ts'
import type { KafkaClient } from './client-package.ts'
import { CODES, failureOf, failureOfCode } from './failure.ts'

/** A topic as it is now. */
export interface Topic {
  readonly name: string
  /** Another one once a topic is made anew under the name. */
  readonly id: string
  /** Partitions are numbered from 0. */
  readonly partitionCount: number
}

/** Offsets by partition. */
export type PartitionOffsets = ReadonlyMap<number, bigint>

export interface FetchRequest {
  readonly topic: Topic
  readonly partition: number
  readonly offset: bigint
  /** About so many; at least one batch. */
  readonly maxBytes: number
}

export interface Cluster {
  /** What records are read with, beside what Node has. */
  readonly checksum: Checksum
  readonly unpackers: Unpackers
  /** @throws IcebergError `not-found` when there is no such topic */
  topic(name: string, options?: RequestOptions): Promise<Topic>
  /** Of each partition: the first offset that is there, or the one after the last whose transaction is decided. */
  offsets(
    topic: Topic,
    which: 'earliest' | 'latest',
    options?: RequestOptions,
  ): Promise<PartitionOffsets>
  /** Records from an offset on, and whatever else its broker says of them; `offsetOutOfRange` is an answer. */
  fetch(request: FetchRequest, options?: RequestOptions): Promise<FetchAnswer>
  close(): Promise<void>
}

/** How a reader says who it is. */
export interface Sasl {
  readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
  readonly username: string
  readonly password: string
}

export interface ClusterOptions {
  readonly brokers: readonly string[]
  readonly clientId: string
  readonly tls: ConnectionOptions | null
  readonly sasl: Sasl | null
  /** How long a request is tried again. */
  readonly retryForMs: number
  readonly requestTimeoutMs: number
}

const BACKOFF = { minMs: 100, maxMs: 2_000 }

const READ_COMMITTED = 1
const TIMES = { earliest: -2n, latest: -1n } as const

/** Records that are asked for are there: a broker has no reason to wait. */
const MAX_WAIT_MS = 500
const NO_SESSION = { id: 0, epoch: -1 } as const
const ANY_EPOCH = -1
const FETCH_KEY = 1

/** @throws IcebergError `unsupported` when the client is not installed */
export async function openCluster(
  options: ClusterOptions,
  environment: Environment,
): Promise<Cluster> {
  return new ClientCluster(await loadClient(), options, environment)
}

class ClientCluster implements Cluster {
  readonly checksum: Checksum
  readonly unpackers: Unpackers
  readonly #client: KafkaClient
  readonly #consumer: Consumer
  readonly #options: ClusterOptions
  readonly #environment: Environment
  #fetchVersion: Promise<FetchVersion> | null = null

  constructor(client: KafkaClient, options: ClusterOptions, environment: Environment) {
    this.#client = client
    this.#options = options
    this.#environment = environment
    this.checksum = checksumOf(client)
    this.unpackers = unpackersOf(client)
    this.#consumer = createConsumer(client, options)
  }

  topic(name: string, options?: RequestOptions): Promise<Topic> {
    return this.#repeated(options, { topic: name }, () => this.#topic(name))
  }

  offsets(
    topic: Topic,
    which: 'earliest' | 'latest',
    options?: RequestOptions,
  ): Promise<PartitionOffsets> {
    return this.#repeated(options, { topic: topic.name }, async () => {
      const found = await this.#consumer.listOffsets({
        topics: [topic.name],
        timestamp: TIMES[which],
        isolationLevel: READ_COMMITTED,
      })
      return new Map(found.get(topic.name)?.entries())
    })
  }

  fetch(request: FetchRequest, options?: RequestOptions): Promise<FetchAnswer> {
    const { topic, partition } = request
    return this.#repeated(options, { topic: topic.name, partition }, async () => {
      const answer = await this.#fetch(request)
      const { errorCode } = answer
      if (errorCode === CODES.none || errorCode === CODES.offsetOutOfRange) return answer
      const failure = failureOfCode(errorCode)
      // Another broker may lead the partition now.
      this.#consumer.clearMetadata()
      if (failure.isPassing) throw new PassingFailure(errorCode)
      throw new IcebergError(failure.kind, failure.message)
    })
  }

  async close(): Promise<void> {
    // What is under way fails, and is nobody's any more.
    await this.#consumer.close().catch(() => undefined)
  }

  async #topic(name: string): Promise<Topic> {
    const { topics } = await this.#consumer.metadata({ topics: [name], forceUpdate: true })
    const found = topics.get(name)
    if (found === undefined) {
      throw new IcebergError('not-found', 'there is no such topic')
    }
    return { name, id: found.id, partitionCount: found.partitionsCount }
  }

  async #fetch({ topic, partition, offset, maxBytes }: FetchRequest): Promise<FetchAnswer> {
    this.#fetchVersion ??= this.#findFetchVersion().catch((error: unknown) => {
      this.#fetchVersion = null
      throw error
    })
    const { version, createRequest } = await this.#fetchVersion
    const connection = await this.#leader(topic.name, partition)
    const asked = {
      partition,
      fetchOffset: offset,
      partitionMaxBytes: maxBytes,
      currentLeaderEpoch: ANY_EPOCH,
      lastFetchedEpoch: ANY_EPOCH,
    }
    const bytes = await exchange(connection, version, () =>
      createRequest(
        MAX_WAIT_MS,
        1,
        maxBytes,
        READ_COMMITTED,
        NO_SESSION.id,
        NO_SESSION.epoch,
        [{ topicId: topic.id, partitions: [asked] }],
        [],
        '',
      ),
    )
    return readFetchAnswer(bytes)
  }

  async #leader(topic: string, partition: number): Promise<Connection> {
    const { topics, brokers } = await this.#consumer.metadata({ topics: [topic] })
    const leader = topics.get(topic)?.partitions[partition]?.leader
    const broker = leader === undefined ? undefined : brokers.get(leader)
    if (broker !== undefined) return this.#consumer.connections.get(broker)
    this.#consumer.clearMetadata()
    throw new PassingFailure(LEADER_NOT_AVAILABLE)
  }

  async #findFetchVersion(): Promise<FetchVersion> {
    const fetching = (await this.#consumer.listApis()).find(({ apiKey }) => apiKey === FETCH_KEY)
    const known = fetchVersions(this.#client).toReversed()
    const found = known.find(
      ({ version }) =>
        fetching !== undefined && fetching.minVersion <= version && version <= fetching.maxVersion,
    )
    if (found !== undefined) return found
    throw new IcebergError('unsupported', 'the brokers are older than Kafka 3.1')
  }

  async #repeated<Result>(
    options: RequestOptions | undefined,
    context: Readonly<Record<string, string | number>>,
    operation: () => Promise<Result>,
  ): Promise<Result> {
    const signal = options?.signal
    const untilMs = this.#environment.nowMs() + this.#options.retryForMs
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await abandoned(operation(), signal)
      } catch (error) {
        signal?.throwIfAborted()
        const failure = failureOf(error)
        const waitMs = backoffMs(attempt, BACKOFF, () => this.#environment.random())
        if (!failure.isPassing || this.#environment.nowMs() + waitMs > untilMs) {
          if (error instanceof IcebergError) throw withContext(error, context)
          throw new IcebergError(failure.kind, failure.message, {
            context: { ...context, brokers: this.#options.brokers.join(', ') },
            cause: error,
          })
        }
        this.#consumer.clearMetadata()
        await this.#environment.sleep(waitMs, signal)
      }
    }
  }
}

const LEADER_NOT_AVAILABLE = 5

/** An answer with an error code that passes. */
class PassingFailure extends Error {
  readonly apiCode: number

  constructor(apiCode: number) {
    super(`error code ${apiCode}`)
    this.apiCode = apiCode
  }
}

type FetchVersion = {
  readonly version: number
  readonly createRequest: KafkaClient['fetchV17']['createRequest']
}

/** From the oldest on. */
function fetchVersions({
  fetchV13,
  fetchV14,
  fetchV15,
  fetchV16,
  fetchV17,
}: KafkaClient): readonly FetchVersion[] {
  return [fetchV13, fetchV14, fetchV15, fetchV16, fetchV17].map(({ createRequest }, index) => ({
    version: FETCH_VERSIONS.oldest + index,
    createRequest,
  }))
}

/** Bytes that are no buffer of the client's own it would copy first: as much memory as the records take, for the collector to go after. */
function checksumOf({ crc32c, Reader }: KafkaClient): Checksum {
  return (bytes) => crc32c(Reader.from(bytes).buffer)
}

function unpackersOf({ compressionsAlgorithms }: KafkaClient): Unpackers {
  return {
    snappy: (packed) => compressionsAlgorithms.snappy.decompressSync(packed),
    lz4: (packed) => compressionsAlgorithms.lz4.decompressSync(packed),
  }
}

function createConsumer(client: KafkaClient, options: ClusterOptions): Consumer {
  const { brokers, clientId, tls, sasl, requestTimeoutMs } = options
  const consumer = new client.Consumer({
    clientId,
    bootstrapBrokers: [...brokers],
    // Demanded, and never used: no group is joined.
    groupId: clientId,
    // Repeated here, where it can be ended and bounded by time.
    retries: 0,
    requestTimeout: requestTimeoutMs,
    ...(tls === null || tls === undefined ? {} : { tls }),
    ...(sasl === null || sasl === undefined ? {} : { sasl }),
  })
  // A second error of one connection would find nobody who listens, which ends the process.
  consumer.connections.on('connecting', ({ connection }) => connection.on('error', () => undefined))
  return consumer
}

/** Sends a request for records, and gives the bytes of the answer. */
function exchange(
  connection: Connection,
  version: number,
  createRequest: () => ReturnType<FetchVersion['createRequest']>,
): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    connection.send<Uint8Array>(
      FETCH_KEY,
      version,
      createRequest,
      (_correlationId, _key, _version, reader) => reader.buffer.buffer,
      true,
      true,
      (error, bytes) => {
        if (error === null && bytes !== undefined) resolve(bytes)
        else {
          // After an answer that came too late the client finds no later one on the same connection.
          void connection.close().catch(() => undefined)
          reject(error ?? new Error('an answer without bytes'))
        }
      },
    )
  })
}

/** The same, or the reason of the abort as soon as there is one: the client's requests cannot be taken back. */
function abandoned<Result>(work: Promise<Result>, signal?: AbortSignal): Promise<Result> {
  if (signal === undefined) return work
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
