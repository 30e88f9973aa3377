/** Messages whose schemas a registry has: as they change from one producer to the next, and as Debezium writes them. */
import { afterAll, beforeAll, expect, it } from 'vitest'

import { kafka } from '../../../src/jobs/sources/kafka/kafka.ts'
import type { KafkaOptions } from '../../../src/jobs/sources/kafka/kafka-options.ts'
import type { BadRecord } from '../../../src/jobs/sources/stream-source.ts'
import { schema, t } from '../../../src/types/define.ts'
import { formatType } from '../../../src/types/type.ts'
import { confluentEncoder, registerSchema } from '../../support/confluent-messages.ts'
import { TestBroker } from '../../support/kafka-topic.ts'
import { allRows, openSource } from '../support/kafka-rows.ts'
import { describeWithServers, startKafka, startRegistry } from '../support/servers.ts'
import type { Server } from '../support/servers.ts'

type Json = Readonly<Record<string, unknown>>

const record = (name: string, ...fields: readonly Json[]): Json => ({
  type: 'record',
  name,
  namespace: 'city',
  fields,
})
const field = (name: string, type: unknown, rest: Json = {}): Json => ({ name, type, ...rest })
const optional = (name: string, type: unknown): Json =>
  field(name, ['null', type], { default: null })

const MICROS = { type: 'long', logicalType: 'timestamp-micros' }
const FARE = { type: 'bytes', logicalType: 'decimal', precision: 10, scale: 2 }

describeWithServers('messages of a schema registry', () => {
  let server: Server
  let registry: Server
  let broker: TestBroker

  beforeAll(async () => {
    ;[server, registry] = await Promise.all([startKafka(), startRegistry()])
    broker = new TestBroker(server.url)
  })

  afterAll(async () => {
    await broker.close()
    await Promise.all([server.stop(), registry.stop()])
  })

  const source = (topic: string, options: Partial<KafkaOptions> = {}): ReturnType<typeof kafka> =>
    kafka(topic, { brokers: [server.url], schemaRegistry: registry.url, ...options })

  /** Registers a schema, and gives what encodes messages by it. */
  const register = async (subject: string, json: unknown): Promise<(value: unknown) => Buffer> =>
    confluentEncoder(await registerSchema(registry.url, subject, json), json)

  it('have the columns of the newest schema, and all that producers wrote by older ones', async () => {
    const topic = await broker.createTopic()
    const first = await register(
      `${topic}-value`,
      record('Ride', field('id', 'long'), field('gone', 'string', { default: '' })),
    )
    const second = await register(
      `${topic}-value`,
      record(
        'Ride',
        field('id', 'long'),
        field('city', 'string', { default: 'Oslo' }),
        optional('at', MICROS),
        optional('fare', FARE),
      ),
    )
    const id = 9_007_199_254_740_993n
    const at = 1_769_900_000_123_457n
    await broker.produce(topic, [
      { value: first({ id, gone: 'x' }) },
      { value: second({ id: 2n, city: 'Bergen', at, fare: Buffer.from([0xff, 0x38]) }) },
      { value: first({ id: 3n, gone: '' }) },
    ])
    const stream = await openSource(source(topic))
    await stream.close()
    expect(stream.schema.fields.map(({ name, type }) => `${name} ${formatType(type)}`)).toEqual([
      'id long',
      'city string',
      'at timestamptz',
      'fare decimal(10, 2)',
    ])
    expect(await allRows(source(topic))).toEqual([
      [id, 'Oslo', null, null],
      [2n, 'Bergen', at, -200n],
      [3n, 'Oslo', null, null],
    ])
    const chosen = schema({ at: t.timestamptz().optional(), id: t.long() })
    expect(await allRows(source(topic, { schema: chosen }))).toEqual([
      [null, id],
      [at, 2n],
      [null, 3n],
    ])
  })

  it('are no rows where they name no schema, or one that does not fit', async () => {
    const topic = await broker.createTopic()
    const encode = await register(`${topic}-value`, record('Ride', field('id', 'long')))
    const other = await register(`${topic}-other`, record('Ride', field('id', 'string')))
    const unknown = confluentEncoder(999_999, 'string')
    const good = encode({ id: 1n })
    await broker.produce(topic, [
      { value: good },
      { value: '{"id": 1}' },
      { value: unknown('x') },
      { value: other({ id: 'x' }) },
      { value: good.subarray(0, 5) },
    ])
    const bad: BadRecord[] = []
    const rows = await allRows(source(topic), { onBad: (one) => bad.push(one) })
    expect(rows).toEqual([[1n]])
    expect(bad.map(({ place, reason }) => [place.slice(topic.length), reason])).toEqual([
      ['[0]@1', 'the message names no schema of a registry'],
      ['[0]@2', 'the registry has no schema of this number'],
      ['[0]@3', 'the column cannot hold what the schema of a message has: id'],
      ['[0]@4', 'Avro data ends early'],
    ])
  })

  it('may have keys in Avro, and schemas that are made of others', async () => {
    const topic = await broker.createTopic()
    const place = record('Place', field('name', 'string'))
    await registerSchema(registry.url, 'city.Place', place)
    const ride = record('Ride', field('from', 'city.Place'), field('to', 'city.Place'))
    const references = [{ name: 'city.Place', subject: 'city.Place', version: 1 }]
    const id = await registerSchema(registry.url, `${topic}-value`, ride, references)
    const whole = record('Ride', field('from', place), field('to', 'city.Place'))
    const encode = confluentEncoder(id, whole)
    const key = await register(`${topic}-key`, 'string')
    await broker.produce(topic, [
      { key: key('a key'), value: encode({ from: { name: 'Oslo' }, to: { name: 'Bergen' } }) },
    ])
    const options = { keyFormat: 'avro', messageColumns: ['_kafka_key'] } as const
    expect(await allRows(source(topic, options))).toEqual([[['Oslo'], ['Bergen'], 'a key']])
  })

  it('are changes of rows where Debezium wrote them', async () => {
    const topic = await broker.createTopic()
    const row = record('Value', field('id', 'long'), optional('city', 'string'))
    const envelope = record(
      'Envelope',
      field('before', ['null', row], { default: null }),
      field('after', ['null', 'city.Value'], { default: null }),
      field('source', record('Source', field('db', 'string'), field('ts_ms', 'long'))),
      field('op', 'string'),
      optional('ts_ms', 'long'),
    )
    const encode = await register(`${topic}-value`, envelope)
    const origin = { db: 'rides', ts_ms: 5n }
    const change = (op: string, before: unknown, after: unknown): Buffer =>
      encode({ before, after, op, source: origin, ts_ms: 7n })
    const oslo = { id: 1n, city: 'Oslo' }
    const bergen = { id: 1n, city: 'Bergen' }
    await broker.produce(topic, [
      { key: '1', value: change('c', null, oslo) },
      { key: '1', value: change('u', oslo, bergen) },
      { key: '1', value: change('d', bergen, null) },
      { key: '1', value: null },
    ])
    const rows = [
      [1n, 'Oslo', 'c', 7n, 5n],
      [1n, 'Bergen', 'u', 7n, 5n],
      [1n, 'Bergen', 'd', 7n, 5n],
    ]
    expect(await allRows(source(topic, { envelope: 'debezium' }))).toEqual(rows)
    const cities = schema({ city: t.string() })
    expect(await allRows(source(topic, { envelope: 'debezium', schema: cities }))).toEqual(
      rows.map(([, ...rest]) => rest),
    )
  })

  it('say so where the registry is not there, or has nothing of the topic', async () => {
    const topic = await broker.createTopic()
    await expect(openSource(source(topic))).rejects.toMatchObject({
      kind: 'invalid',
      context: { subject: `${topic}-value` },
    })
    const nowhere = source(topic, { schemaRegistry: 'http://127.0.0.1:1', retryForMs: 300 })
    await expect(openSource(nowhere)).rejects.toMatchObject({
      kind: 'unavailable',
      message: 'the schema registry cannot be reached',
    })
    const another = source(topic, { schemaRegistry: `${registry.url}/elsewhere` })
    await expect(openSource(another)).rejects.toMatchObject({ kind: 'invalid' })
  })
})
