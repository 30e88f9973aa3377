/** Topics as streams: where they begin, what becomes of what is gone, and of brokers that are. */
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'

import { createMemoryStore } from '../../../src/io/memory-store.ts'
import { kafka } from '../../../src/jobs/sources/kafka/kafka.ts'
import type { KafkaOptions } from '../../../src/jobs/sources/kafka/kafka-options.ts'
import { createSourceLog } from '../../../src/jobs/sources/source-log.ts'
import type { BadRecord, OpenStream } from '../../../src/jobs/sources/stream-source.ts'
import { schema, t } from '../../../src/types/define.ts'
import { TestBroker } from '../../support/kafka-topic.ts'
import type { NewMessage } from '../../support/kafka-topic.ts'
import { allRows, openSource, rowsBetween } from '../support/kafka-rows.ts'
import { describeWithServers, kafkaTool, startKafka } from '../support/servers.ts'
import type { Server } from '../support/servers.ts'

const Ride = schema({ id: t.long(), city: t.string().optional() })

const ride = (id: number | bigint, rest: Partial<NewMessage> = {}): NewMessage => ({
  value: `{"id": ${id}, "city": "Oslo"}`,
  ...rest,
})

const rides = (from: number, to: number, rest: Partial<NewMessage> = {}): NewMessage[] =>
  Array.from({ length: to - from }, (_, index) => ride(from + index, rest))

describeWithServers('a topic as a stream', () => {
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

  const open = async (topic: string, options: Partial<KafkaOptions> = {}): Promise<OpenStream> => {
    const stream = await openSource(
      kafka(topic, { brokers: [server.url], schema: Ride, ...options }),
    )
    onTestFinished(() => stream.close())
    return stream
  }

  /** The ids of the next batch, where it ends, and what was found where it does and as it was read. */
  const take = async (
    stream: OpenStream,
    start: Awaited<ReturnType<OpenStream['initialOffset']>>,
    limit: 'limited' | 'all' = 'limited',
  ) => {
    const next = await stream.nextOffset(start, limit)
    const notes = new Set(next?.notes)
    const rows = await rowsBetween(stream, start, next, { onNote: (note) => void notes.add(note) })
    return { ids: rows.map(([id]) => id), end: next?.end ?? start, notes: [...notes] }
  }

  it('takes of all partitions as they are behind, and goes through gaps by their offsets', async () => {
    const topic = await broker.createTopic({ partitions: 3 })
    await broker.produce(topic, [
      ...rides(0, 300, { partition: 0 }),
      ...rides(300, 330, { partition: 2 }),
    ])
    await broker.transact(topic, [
      { end: 'abort', messages: rides(900, 905, { partition: 1 }) },
      { end: 'commit', messages: rides(330, 335, { partition: 1 }) },
    ])
    const stream = await open(topic, { maxOffsetsPerTrigger: 100, fetchBytes: 500 })
    const taken: unknown[] = []
    let position = await stream.initialOffset()
    for (let batch = 0; batch < 20; batch += 1) {
      if ((await stream.nextOffset(position, 'limited')) === null) break
      const { ids, end } = await take(stream, position)
      expect(ids.length).toBeLessThan(103)
      taken.push(...ids)
      position = end
    }
    expect(position['partitions']).toEqual({ '0': '300', '1': '12', '2': '30' })
    expect(taken.toSorted((left, right) => Number(left) - Number(right))).toEqual(
      Array.from({ length: 335 }, (_, id) => BigInt(id)),
    )
  })

  it('begins where it is told to', async () => {
    const topic = await broker.createTopic({ partitions: 2 })
    await broker.produce(topic, [
      ...rides(0, 5, { partition: 0 }),
      ...rides(5, 9, { partition: 1 }),
    ])
    const begin = async (startingOffsets: KafkaOptions['startingOffsets']): Promise<unknown> => {
      const stream = await open(topic, startingOffsets === undefined ? {} : { startingOffsets })
      return (await stream.initialOffset())['partitions']
    }
    expect(await begin(undefined)).toEqual({ '0': '0', '1': '0' })
    expect(await begin('latest')).toEqual({ '0': '5', '1': '4' })
    expect(await begin({ '1': 2 })).toEqual({ '0': '0', '1': '2' })
    await expect(begin({ '1': 5 })).rejects.toMatchObject({ kind: 'invalid' })
  })

  it('has what comes to partitions that it did not know, from their beginning', async () => {
    const topic = await broker.createTopic()
    const stream = await open(topic, { startingOffsets: 'latest' })
    const start = await stream.initialOffset()
    await kafkaTool(
      'org.apache.kafka.tools.TopicCommand',
      ...`--bootstrap-server ${server.url} --alter --topic ${topic} --partitions 3`.split(' '),
    )
    const produced = async (): Promise<unknown> => {
      // A producer asks once how many partitions there are.
      const late = new TestBroker(server.url)
      await late.produce(topic, [ride(1, { partition: 2 })])
      await late.close()
      const end = (await stream.nextOffset(start, 'limited'))?.end
      return end?.['partitions']
    }
    await expect.poll(produced, { timeout: 10_000 }).toHaveProperty('2')
    const { ids, end } = await take(stream, start)
    expect(new Set(ids)).toEqual(new Set([1n]))
    expect(await stream.nextOffset(end, 'limited')).toBe(null)
  })

  it('ends when what comes next is gone, and goes on where that is allowed', async () => {
    const topic = await broker.createTopic()
    await broker.produce(topic, rides(0, 10))
    const strict = await open(topic)
    const start = await strict.initialOffset()
    const { end } = await take(strict, start)
    await broker.deleteBefore(topic, 0, 6n)
    const gone = {
      kind: 'not-found',
      context: { topic, partition: 0, position: 0n, earliest: 6n },
    }
    await expect(strict.nextOffset(start, 'all')).rejects.toMatchObject(gone)
    await expect(rowsBetween(strict, start, { end, notes: [] })).rejects.toMatchObject(gone)

    const lenient = await open(topic, { failOnDataLoss: false })
    const rest = await take(lenient, start)
    expect(rest.ids).toEqual([6n, 7n, 8n, 9n])
    const note = `6 offsets of ${topic}[0] are gone from the brokers and were passed over: [0, 6)`
    expect(rest.notes).toEqual([note])
    // Found out as it is read, it is told of the same batch: there may be no other.
    const late = await open(topic, { failOnDataLoss: false })
    const told: string[] = []
    const onNote = (text: string): void => void told.push(text)
    expect(await rowsBetween(late, start, { end, notes: [] }, { onNote })).toHaveLength(4)
    expect(told).toEqual([note])
    await broker.produce(topic, rides(10, 11))
    expect(await take(late, end)).toMatchObject({ ids: [10n], notes: [] })
    expect(await take(lenient, end)).toMatchObject({ ids: [10n], notes: [] })
  })

  it('does not go on in another topic of the same name', async () => {
    const topic = await broker.createTopic()
    await broker.produce(topic, rides(0, 3))
    const stream = await open(topic)
    const start = await stream.initialOffset()
    await broker.deleteTopic(topic)
    await expect
      .poll(() => broker.createTopic({}, topic).catch(() => null), { timeout: 10_000 })
      .toBe(topic)
    await expect(stream.nextOffset(start, 'limited')).rejects.toMatchObject({
      kind: 'not-found',
      message: expect.stringContaining('made anew'),
    })
  })

  it('passes over messages without a value, or has them where it is asked for their places', async () => {
    const topic = await broker.createTopic()
    await broker.produce(topic, [
      { key: 'a', value: '{"id": 1}', timestampMs: 5n, headers: [['from', 'app']] },
      { key: 'a', value: null, timestampMs: 6n },
    ])
    const stream = await open(topic)
    const start = await stream.initialOffset()
    const { ids, end, notes } = await take(stream, start)
    expect(ids).toEqual([1n])
    expect(notes).toEqual([`1 messages of ${topic} without a value were passed over`])
    const messageColumns = [
      '_kafka_topic',
      '_kafka_partition',
      '_kafka_offset',
      '_kafka_timestamp',
      '_kafka_key',
      '_kafka_headers',
    ] as const
    const wide = await open(topic, {
      schema: schema({ id: t.long().optional() }),
      messageColumns,
      keyFormat: 'string',
    })
    const rows = await rowsBetween(wide, start, { end, notes: [] })
    expect(rows).toEqual([
      [1n, topic, 0, 0n, 5_000n, 'a', [['from', new Uint8Array(Buffer.from('app'))]]],
      [null, topic, 0, 1n, 6_000n, 'a', []],
    ])
  })

  it('says where records are that are no rows', async () => {
    const topic = await broker.createTopic()
    const values = ['{"id": 1}', 'no json', '{"id": 1.5}', '{"city": "Oslo"}', '[1]']
    await broker.produce(topic, [
      ...values.map((value) => ({ value })),
      { value: new Uint8Array([0xff, 0xfe]) },
      ride(9_007_199_254_740_993n),
    ])
    const bad: BadRecord[] = []
    const source = kafka(topic, { brokers: [server.url], schema: Ride })
    const rows = await allRows(source, { onBad: (record) => bad.push(record) })
    expect(rows.map(([id]) => id)).toEqual([1n, 9_007_199_254_740_993n])
    expect(bad.map(({ place, record }) => [place, record])).toEqual([
      ...values.slice(1).map((value, index) => [`${topic}[0]@${index + 1}`, value]),
      [`${topic}[0]@5`, '//4='],
    ])
    await expect(allRows(source)).rejects.toMatchObject({
      kind: 'invalid',
      context: { topic, partition: 0, offset: 1n },
    })
  })

  it('takes columns from its first messages, and remembers them', async () => {
    const topic = await broker.createTopic()
    await broker.produce(topic, [{ value: '{"id": 1, "fare": 1.5}' }, { value: '{"tags": ["x"]}' }])
    const source = kafka(topic, { brokers: [server.url] })
    await expect(openSource(source)).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('set a schema'),
    })
    const log = createSourceLog(createMemoryStore(), 'memory:log')
    const names = async (): Promise<readonly string[]> => {
      const stream = await openSource(source, log)
      await stream.close()
      return stream.schema.fields.map(({ name }) => name)
    }
    expect(await names()).toEqual(['id', 'fare', 'tags'])
    await broker.deleteBefore(topic, 0, 1n)
    expect(await names()).toEqual(['id', 'fare', 'tags'])
  })

  it('has names of its own for topics that are not there, and for brokers that are not', async () => {
    await expect(open('no-such-topic')).rejects.toMatchObject({
      kind: 'not-found',
      context: { topic: 'no-such-topic' },
    })
    const nowhere = kafka('rides', { brokers: ['127.0.0.1:1'], schema: Ride, retryForMs: 300 })
    await expect(openSource(nowhere)).rejects.toMatchObject({ kind: 'unavailable' })
  })
})

describe('a broker that is killed', () => {
  describeWithServers('while a topic is read', () => {
    it('is waited for', async () => {
      const data = mkdtempSync(join(tmpdir(), 'frazil-kafka-'))
      onTestFinished(() => rmSync(data, { recursive: true, force: true }))
      const place = { port: await freePort(), data }
      const server = await startKafka([], place)
      const broker = new TestBroker(server.url)
      const topic = await broker.createTopic({ partitions: 2 })
      await broker.produce(topic, rides(0, 5_000))
      await broker.close()
      const stream = await openSource(
        kafka(topic, { brokers: [server.url], schema: Ride, fetchBytes: 10_000 }),
      )
      const start = await stream.initialOffset()
      const next = await stream.nextOffset(start, 'all')
      const reading = stream.read({ start, end: next?.end ?? start })
      process.kill(server.pid, 'SIGKILL')
      const restarted = ended(server.pid).then(() => startKafka([], place))
      const ids = new Set<unknown>()
      let rows = 0
      for await (const batch of reading) {
        rows += batch.numRows
        for (let row = 0; row < batch.numRows; row += 1) ids.add(batch.getChild('id')?.get(row))
      }
      expect(rows).toBe(5_000)
      expect(ids.size).toBe(5_000)
      await stream.close()
      await (await restarted).stop()
    })
  })
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' ? (address?.port ?? 0) : 0
}

async function ended(pid: number): Promise<void> {
  const isThere = (): boolean => {
    try {
      return process.kill(pid, 0)
    } catch {
      return false
    }
  }
  await expect.poll(isThere, { timeout: 10_000 }).toBe(false)
}
