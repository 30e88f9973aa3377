/** What a reader of topics must know that its client does not: each against a broker, as records come from it. */
import { closeSync, openSync, readFileSync, readdirSync, writeSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, beforeAll, expect, it } from 'vitest'

import { kafka } from '../../../src/jobs/sources/kafka/kafka.ts'
import type { KafkaOptions } from '../../../src/jobs/sources/kafka/kafka-options.ts'
import { TestBroker } from '../../support/kafka-topic.ts'
import type { NewMessage } from '../../support/kafka-topic.ts'
import { allRows } from '../support/kafka-rows.ts'
import { describeWithServers, kafkaTool, startKafka } from '../support/servers.ts'
import type { Server } from '../support/servers.ts'

describeWithServers('what brokers send', () => {
  let server: Server
  let broker: TestBroker

  beforeAll(async () => {
    server = await startKafka()
    broker = new TestBroker(server.url)
  })

  afterAll(async () => {
    await broker.close()
    await server.stop()
  })

  const rowsOf = (
    topic: string,
    options: Partial<KafkaOptions> = {},
  ): Promise<readonly (readonly unknown[])[]> =>
    allRows(kafka(topic, { brokers: [server.url], valueFormat: 'string', ...options }))

  const texts = (...values: readonly string[]): NewMessage[] => values.map((value) => ({ value }))

  it.each([40, 300, 1 << 20])(
    'has no records of aborted transactions, in answers of %i bytes',
    async (fetchBytes) => {
      const topic = await broker.createTopic()
      await broker.produce(topic, texts('plain'))
      const ends = ['abort', 'commit', 'abort', 'commit', 'abort'] as const
      await broker.transact(
        topic,
        ends.map((end, index) => ({ end, messages: texts(`${end} ${index}`, `${end} too`) })),
      )
      await broker.produce(topic, texts('last'))
      const rows = await rowsOf(topic, { fetchBytes })
      expect(rows.flat()).toEqual([
        'plain',
        'commit 1',
        'commit too',
        'commit 3',
        'commit too',
        'last',
      ])
    },
  )

  it.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'])(
    'reads what producers of Java pack as %s',
    async (compression) => {
      const topic = await broker.createTopic()
      await kafkaTool(
        'org.apache.kafka.tools.ProducerPerformance',
        '--topic',
        topic,
        '--num-records=3000',
        '--throughput=-1',
        '--payload-monotonic',
        '--bootstrap-server',
        server.url,
        '--command-property',
        `compression.type=${compression}`,
        'linger.ms=50',
      )
      const rows = await rowsOf(topic)
      expect(rows.flat()).toEqual(Array.from({ length: 3_000 }, (_, index) => String(index)))
    },
  )

  it('has the time at which the broker took a record, where the topic keeps that', async () => {
    const configs = { 'message.timestamp.type': 'LogAppendTime' }
    const messageColumns = ['_kafka_timestamp'] as const
    const sentMs = 86_400_000n
    const [taken, created] = await Promise.all([
      broker.createTopic({ configs }),
      broker.createTopic(),
    ])
    for (const topic of [taken, created]) {
      await broker.produce(topic, [{ value: 'x', timestampMs: sentMs }])
    }
    expect(await rowsOf(created, { messageColumns })).toEqual([['x', sentMs * 1_000n]])
    const [[, micros] = []] = await rowsOf(taken, { messageColumns })
    expect(Number(micros) / 1_000).toBeGreaterThan(Date.now() - 600_000)
  })

  it('finds bytes that changed on the disk of a broker', async () => {
    const topic = await broker.createTopic()
    await broker.produce(topic, texts('a text that is damaged'))
    expect(await rowsOf(topic)).toEqual([['a text that is damaged']])
    damage(join(server.data, `${topic}-0`), 'damaged', 'mended!')
    await expect(rowsOf(topic)).rejects.toMatchObject({
      kind: 'corrupt',
      message: 'a batch of records does not have its checksum',
      context: { topic, partition: 0, offset: 0n },
    })
  })
})

/** Writes other bytes over a text in the log of a partition. */
function damage(folder: string, text: string, other: string): void {
  const name = readdirSync(folder).find((entry) => entry.endsWith('.log'))
  const path = join(folder, name ?? '')
  const at = readFileSync(path).indexOf(text)
  expect(at).toBeGreaterThan(0)
  const file = openSync(path, 'r+')
  writeSync(file, other, at)
  closeSync(file)
}
