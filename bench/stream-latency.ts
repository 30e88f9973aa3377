// How long a message of Kafka takes until its row can be read: from when its producer is told that the broker has it to when the
// commit of its batch has landed, batches beginning every second. The topic is on a broker of this run; its producer is in this
// process, and sends so many messages a second, evenly.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { Admin, Producer } from '@platformatic/kafka'
import { openWarehouse } from 'frazil'
import { kafka, streamJob } from 'frazil/jobs'

import { PARTITIONS, RideMessage, TOPIC, rideMessage, startBroker, stopBroker } from './kafka.js'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    rate: { type: 'string', default: '1000' },
    every: { type: 'string', default: '1000' },
  },
})
const rate = Number(values.rate)
const total = rate * Number(values.seconds)
/** Sends a second. */
const SENDS = 20

const folder = await mkdtemp(join(tmpdir(), 'frazil-latency-'))
try {
  await measure()
} finally {
  await stopBroker({ folder })
  await rm(folder, { recursive: true, force: true })
}

async function measure(): Promise<void> {
  const broker = await startBroker({ folder } as Parameters<typeof startBroker>[0])
  const admin = new Admin({ clientId: 'bench', bootstrapBrokers: [broker] })
  await admin.createTopics({ topics: [TOPIC], partitions: PARTITIONS })
  await admin.close()
  const warehouse = await openWarehouse(join(folder, 'warehouse'))
  const target = await warehouse.createTable('bench.rides', { schema: RideMessage })
  const stream = streamJob({
    id: 'latency',
    source: kafka(TOPIC, { brokers: [broker], schema: RideMessage }),
    target,
    trigger: { everyMs: Number(values.every) },
  })
  const ends = new Map<string, number>()
  const sentMs: number[][] = Array.from({ length: PARTITIONS }, () => [])
  const stopping = new AbortController()
  const produced = produce(broker, sentMs)
  const delays: number[] = []
  let rows = 0
  for await (const { sources } of stream.run({ stopping: stopping.signal })) {
    const nowMs = performance.now()
    const partitions = sources[0]?.end['partitions'] as Readonly<Record<string, string>>
    for (const [partition, end] of Object.entries(partitions)) {
      const sent = sentMs[Number(partition)] ?? []
      for (let offset = ends.get(partition) ?? 0; offset < Number(end); offset += 1) {
        delays.push(nowMs - (sent[offset] ?? nowMs))
        rows += 1
      }
      ends.set(partition, Number(end))
    }
    if (rows >= total) stopping.abort()
  }
  await produced
  delays.sort((one, other) => one - other)
  const at = (share: number): string =>
    String(Math.round(delays[Math.floor(delays.length * share)] ?? 0))
  console.log(
    `${rows} messages, ${values.rate} a second, a batch every ${values.every} ms: ` +
      `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, at the most ${at(0.999999)} ms from produced to committed`,
  )
}

/** When the broker had each message, by partition and offset. */
async function produce(broker: string, sentMs: number[][]): Promise<void> {
  const producer = new Producer({ clientId: 'bench', bootstrapBrokers: [broker], retries: 20 })
  const startMs = performance.now()
  const perSend = rate / SENDS
  for (let first = 0; first < total; first += perSend) {
    const messages = Array.from({ length: perSend }, (_, index) => {
      const id = first + index
      return { topic: TOPIC, partition: id % PARTITIONS, value: Buffer.from(rideMessage(id)) }
    })
    await producer.send({ messages, acks: 1 })
    const nowMs = performance.now()
    for (const { partition } of messages) sentMs[partition]?.push(nowMs)
    const dueMs = startMs + ((first + perSend) / rate) * 1000
    if (dueMs > nowMs) await new Promise((resolve) => setTimeout(resolve, dueMs - nowMs))
  }
  await producer.close()
}
