// Starts a broker and produces the messages that the sides read.
import { Admin, Producer } from '@platformatic/kafka'

import { PARTITIONS, TOPIC, rideMessage, startBroker } from '../kafka.js'
import { reportSide } from '../measure.js'
import { sideSettings } from '../settings.js'

const SEND_MESSAGES = 5_000

const settings = sideSettings()
await reportSide(async () => {
  const bootstrapBrokers = [await startBroker(settings)]
  const admin = new Admin({ clientId: 'bench', bootstrapBrokers })
  await admin.createTopics({ topics: [TOPIC], partitions: PARTITIONS })
  await admin.close()
  const producer = new Producer({ clientId: 'bench', bootstrapBrokers, retries: 20 })
  for (let first = 0; first < settings.messages; first += SEND_MESSAGES) {
    const ids = Array.from({ length: SEND_MESSAGES }, (_, index) => first + index)
    const messages = ids
      .filter((id) => id < settings.messages)
      .map((id) => ({
        topic: TOPIC,
        partition: id % PARTITIONS,
        value: Buffer.from(rideMessage(id)),
      }))
    await producer.send({ messages, acks: 1 })
  }
  await producer.close()
  return { messages: settings.messages }
})
