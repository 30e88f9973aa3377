// Consumes the same messages by the client alone, parses each and throws it away.
import { Consumer } from '@platformatic/kafka'

import { TOPIC, broker } from '../kafka.js'
import { reportSide } from '../measure.js'
import { sideSettings } from '../settings.js'

const FETCH_BYTES = 1 << 20
const ANY_EPOCH = -1

const settings = sideSettings()
const parse = settings.variant === 'parsed'
await reportSide(async () => {
  const consumer = new Consumer({
    clientId: 'bench',
    groupId: 'bench',
    bootstrapBrokers: [broker(settings)],
  })
  const { topics } = await consumer.metadata({ topics: [TOPIC] })
  const topic = topics.get(TOPIC)
  const ends = (await consumer.listOffsets({ topics: [TOPIC] })).get(TOPIC) ?? []
  let rows = 0
  const read = async (end: bigint, partition: number): Promise<void> => {
    for (let offset = 0n; offset < end;) {
      const { responses } = await consumer.fetch({
        node: topic?.partitions[partition]?.leader ?? 0,
        maxBytes: FETCH_BYTES,
        maxWaitTime: 500,
        minBytes: 1,
        topics: [
          {
            topicId: topic?.id ?? '',
            partitions: [
              {
                partition,
                fetchOffset: offset,
                partitionMaxBytes: FETCH_BYTES,
                currentLeaderEpoch: ANY_EPOCH,
                lastFetchedEpoch: ANY_EPOCH,
              },
            ],
          },
        ],
      })
      for (const batch of responses[0]?.partitions[0]?.records ?? []) {
        for (const record of batch.records) {
          if (batch.firstOffset + BigInt(record.offsetDelta) < offset) continue
          if (parse) JSON.parse(String(record.value))
          rows += 1
        }
        offset = batch.firstOffset + BigInt(batch.lastOffsetDelta) + 1n
      }
    }
  }
  await Promise.all(ends.map(read))
  await consumer.close()
  return { rows }
})
