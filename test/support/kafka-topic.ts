/** Topics for tests: made on a broker that runs, filled, and deleted. */
import { Admin, Producer } from '@platformatic/kafka'
import type { CompressionAlgorithmValue, MessageToProduce } from '@platformatic/kafka'

/** A message to produce. Texts are UTF-8; what is absent is null. */
export interface NewMessage {
  readonly key?: string | Uint8Array | null
  readonly value?: string | Uint8Array | null
  readonly partition?: number
  readonly timestampMs?: bigint
  readonly headers?: readonly (readonly [string, string | Uint8Array])[]
}

export interface NewTopicOptions {
  /** 1 when absent. */
  readonly partitions?: number
  /** Such as `{ 'cleanup.policy': 'compact' }`. */
  readonly configs?: Readonly<Record<string, string>>
}

export interface NewTransaction {
  readonly messages: readonly NewMessage[]
  readonly end: 'commit' | 'abort'
}

/** Messages of one request: more took no less time. */
const SEND_MESSAGES = 5_000

/** What tests ask of a broker. */
export class TestBroker {
  readonly bootstrap: string
  readonly #admin: Admin
  readonly #producer: Producer
  #topics = 0
  #producers = 0

  /** @param bootstrap `host:port`, such as the `url` of what `startKafka` gives */
  constructor(bootstrap: string) {
    this.bootstrap = bootstrap
    this.#admin = new Admin({ clientId: 'test-admin', bootstrapBrokers: [bootstrap] })
    this.#producer = new Producer({ clientId: 'test-producer', bootstrapBrokers: [bootstrap] })
  }

  /** A topic of a name that no other has, unless one is given. */
  async createTopic(
    { partitions = 1, configs = {} }: NewTopicOptions = {},
    name = `topic-${process.pid}-${(this.#topics += 1)}`,
  ): Promise<string> {
    const given = Object.entries(configs).map(([key, value]) => ({ name: key, value }))
    await this.#admin.createTopics({ topics: [name], partitions, configs: given })
    await this.#appeared(name, partitions)
    return name
  }

  /**
   * A topic that was just made is not known at once to all who ask, and its partitions have their leaders one after the other:
   * a request to one that has none is sent again whole, with what the other partitions took of it already.
   */
  async #appeared(name: string, partitions: number): Promise<void> {
    const latest = -1n
    for (let attempt = 0; attempt < 100; attempt += 1) {
      try {
        for (const client of [this.#admin, this.#producer]) {
          await client.metadata({ topics: [name], forceUpdate: true })
        }
        const indexes = Array.from({ length: partitions }, (_, partitionIndex) => partitionIndex)
        await this.#admin.listOffsets({
          topics: [
            {
              name,
              partitions: indexes.map((partitionIndex) => ({ partitionIndex, timestamp: latest })),
            },
          ],
        })
        return
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    }
    throw new Error(`${name} does not appear`)
  }

  deleteTopic(name: string): Promise<void> {
    return this.#admin.deleteTopics({ topics: [name] })
  }

  /** Deletes what comes before an offset, as retention does in time. */
  async deleteBefore(name: string, partition: number, offset: bigint): Promise<void> {
    await this.#admin.deleteRecords({
      topics: [{ name, partitions: [{ partition, offset }] }],
    })
  }

  /** Produces in the order of the messages, which is that of their offsets in each partition. */
  async produce(
    topic: string,
    messages: Iterable<NewMessage>,
    compression: CompressionAlgorithmValue = 'none',
  ): Promise<void> {
    let chunk: NewMessage[] = []
    for (const message of messages) {
      chunk.push(message)
      if (chunk.length === SEND_MESSAGES) {
        await this.#send(topic, chunk, compression)
        chunk = []
      }
    }
    if (chunk.length > 0) await this.#send(topic, chunk, compression)
  }

  /** Produces in transactions, one after the other, all of one producer. */
  async transact(topic: string, transactions: readonly NewTransaction[]): Promise<void> {
    const producer = new Producer({
      clientId: 'test-transactions',
      bootstrapBrokers: [this.bootstrap],
      transactionalId: `transactions-${process.pid}-${(this.#producers += 1)}`,
      idempotent: true,
      retries: 50,
      retryDelay: 50,
    })
    try {
      for (const { messages, end } of transactions) {
        const transaction = await producer.beginTransaction()
        await transaction.send({ messages: messages.map((message) => encoded(topic, message)) })
        await (end === 'commit' ? transaction.commit() : transaction.abort())
      }
    } finally {
      await producer.close()
    }
  }

  async close(): Promise<void> {
    await this.#producer.close()
    await this.#admin.close()
  }

  async #send(
    topic: string,
    messages: readonly NewMessage[],
    compression: CompressionAlgorithmValue,
  ): Promise<void> {
    const acknowledgedByAll = -1
    await this.#producer.send({
      messages: messages.map((message) => encoded(topic, message)),
      compression,
      acks: acknowledgedByAll,
    })
  }
}

function encoded(
  topic: string,
  { key, value, partition, timestampMs, headers }: NewMessage,
): MessageToProduce {
  return {
    topic,
    ...(key === undefined || key === null ? {} : { key: Buffer.from(key) }),
    ...(value === undefined || value === null ? {} : { value: Buffer.from(value) }),
    ...(partition === undefined ? {} : { partition }),
    ...(timestampMs === undefined ? {} : { timestamp: timestampMs }),
    ...(headers === undefined
      ? {}
      : {
          headers: new Map(headers.map(([name, text]) => [Buffer.from(name), Buffer.from(text)])),
        }),
  }
}
