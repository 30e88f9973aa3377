import { describeStreamSource } from '../../support/stream-source-contract.ts'
import { TestBroker } from '../../support/kafka-topic.ts'
import { kafka } from '../../../src/jobs/sources/kafka/kafka.ts'
import { schema, t } from '../../../src/types/define.ts'
import { describeWithServers, startKafka } from '../support/servers.ts'
import type { Server } from '../support/servers.ts'
import { afterAll, beforeAll } from 'vitest'

const Ride = schema({ id: t.long(), name: t.string() })

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

  describeStreamSource('a topic of Kafka', async () => {
    const topic = await broker.createTopic()
    let id = 0
    return {
      source: kafka(topic, {
        brokers: [server.url],
        schema: Ride,
        maxOffsetsPerTrigger: 6,
      }),
      log: null,
      logsBatches: false,
      add: async () => {
        const messages = [1, 2, 3].map(() => {
          id += 1
          return { value: JSON.stringify({ id, name: `ride ${id}` }) }
        })
        await broker.produce(topic, messages)
        return messages.length
      },
      close: () => broker.deleteTopic(topic),
    }
  })
})
