/**
 * Runners of a stream of a topic are killed at any instant while events keep arriving, and so is the broker: every event is in the
 * table once, by its key. `FRAZIL_STREAM_EVENTS` and `FRAZIL_STREAM_KILLS` say how many there are and how often runners are killed.
 */
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { systemEnvironment } from '../../../src/base/environment.ts'
import { schema, t } from '../../../src/types/define.ts'
import { sizeFromEnvironment } from '../../support/commit-writers.ts'
import { temporaryFolder } from '../../support/folders.ts'
import {
  expectEachOnce,
  killAndFinish,
  newStreamPlace,
  numberedRow,
  rollBackAndFinish,
  rollBackSome,
} from '../../support/jobs/stream-kills.ts'
import type { Arrivals } from '../../support/jobs/stream-kills.ts'
import { TestBroker } from '../../support/kafka-topic.ts'
import type { NewMessage } from '../../support/kafka-topic.ts'
import { startStream } from '../../support/stream-process.ts'
import { describeWithServers, startKafka } from '../support/servers.ts'
import type { Server } from '../support/servers.ts'

const EVENTS = sizeFromEnvironment('FRAZIL_STREAM_EVENTS', 12_000)
const KILLS = sizeFromEnvironment('FRAZIL_STREAM_KILLS', 4)

const PARTITIONS = 4
const EVENTS_OF_A_KILL = Math.ceil(EVENTS / KILLS)
const EVENTS_OF_A_BATCH = Math.ceil(EVENTS_OF_A_KILL / 4)

const CloudEvent = schema({
  id: t.long(),
  source: t.string(),
  type: t.string(),
  time: t.timestamptz(),
  text: t.string(),
})

function messageOf(id: number): NewMessage {
  const event = {
    ...numberedRow(id),
    source: `/cities/${id % 50}`,
    type: 'city.ride.ended',
    time: '2026-02-03T04:05:06.789Z',
  }
  return { key: String(id), value: JSON.stringify(event), partition: id % PARTITIONS }
}

describeWithServers('a stream of a topic', () => {
  describe('whose runners are killed', () => {
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

    it('has every event once while events keep arriving', async () => {
      await killAndFinish(await newArrivals(broker), { kills: KILLS })
    })

    it('has every event once where two runners share a checkpoint', async () => {
      await killAndFinish(await newArrivals(broker), { kills: KILLS, lanes: 2 })
    })

    it('has every event once where its table keeps one snapshot after each batch', async () => {
      await killAndFinish(await newArrivals(broker), { kills: KILLS, lanes: 2, expires: true })
    })

    it('goes on from wherever its table is rolled back to', async () => {
      const arrivals = await newArrivals(broker)
      await killAndFinish(arrivals, {
        kills: KILLS,
        before: async (kill) => {
          if (kill % 4 === 2) await rollBackSome(arrivals.place, 5)
        },
      })
      await rollBackAndFinish(arrivals, 30)
    })
  })

  it('has every event once where its broker is killed and comes back', async () => {
    const data = join(temporaryFolder(), 'broker')
    let server = await startKafka([], { port: 0, data })
    try {
      const broker = new TestBroker(server.url)
      const { place, add } = await newArrivals(broker)
      for (let part = 0; part < KILLS; part += 1) await add(part)
      await broker.close()
      const runner = startStream({ ...place.process, trigger: 'available-now' })
      await runner.did(2)
      process.kill(server.pid, 'SIGKILL')
      await systemEnvironment.sleep(500)
      server = await startKafka([], { port: server.port, data })
      const { batches } = await runner.ended
      expect(batches.length).toBeGreaterThan(2)
      await expectEachOnce(place, KILLS * EVENTS_OF_A_KILL)
    } finally {
      await server.stop()
    }
  })
})

async function newArrivals(broker: TestBroker): Promise<Arrivals> {
  const topic = await broker.createTopic({ partitions: PARTITIONS })
  const brokers = [broker.bootstrap]
  const source = {
    kind: 'topic',
    of: topic,
    brokers,
    maxOffsetsPerTrigger: EVENTS_OF_A_BATCH,
  } as const
  const place = await newStreamPlace(async () => source, { columns: CloudEvent })
  const arrivals: Arrivals = {
    place,
    rows: 0,
    async add() {
      const first = arrivals.rows
      arrivals.rows += EVENTS_OF_A_KILL
      const ids = Array.from({ length: EVENTS_OF_A_KILL }, (_, n) => first + n)
      await broker.produce(topic, ids.map(messageOf))
    },
  }
  return arrivals
}
