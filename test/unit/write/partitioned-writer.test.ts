import { describe, expect, it } from 'vitest'

import { batchFromValues } from '../../../src/formats/arrow/builders.ts'
import { createMemoryStore } from '../../../src/io/memory-store.ts'
import type { ObjectStore } from '../../../src/io/object-store.ts'
import { writePartitioned } from '../../../src/write/partitioned-writer.ts'
import { createWriteContext } from '../../../src/write/write-context.ts'
import { Ride, newRides } from '../../support/rides.ts'
import { streamOf } from '../../support/streams.ts'

/** Rows of as many cities, round after round. */
function rounds(count: number, cities: number): ReturnType<typeof batchFromValues>[] {
  return Array.from({ length: count }, (_, round) =>
    batchFromValues(
      Ride,
      Array.from({ length: cities }, (_row, city) => [
        BigInt(round * cities + city),
        `city ${city}`,
        null,
        null,
        null,
      ]),
    ),
  )
}

describe('a partitioned writer', () => {
  it('writes one file a partition, whatever the order of the rows', async () => {
    const rides = await newRides({ partitionBy: ['city'] })
    const context = createWriteContext(rides.state)
    const files = await writePartitioned(context, streamOf(rounds(10, 20)))
    expect(files).toHaveLength(20)
    expect(files.every(({ recordCount }) => recordCount === 10n)).toBe(true)
    expect(new Set(files.map(({ partition }) => partition[0])).size).toBe(20)
  })

  it('keeps all rows of more partitions than it has writers', async () => {
    const store = createMemoryStore()
    let open = 0
    let most = 0
    const counting: ObjectStore = Object.assign(Object.create(store) as ObjectStore, {
      async put(...args: Parameters<ObjectStore['put']>): Promise<number> {
        open += 1
        most = Math.max(most, open)
        try {
          return await store.put(...args)
        } finally {
          open -= 1
        }
      },
    })
    const rides = await newRides({ partitionBy: ['city'] }, { store: counting })
    const context = createWriteContext(rides.state)
    const files = await writePartitioned(context, streamOf(rounds(3, 50)))
    const rows = new Map<unknown, bigint>()
    for (const { partition, recordCount } of files) {
      rows.set(partition[0], (rows.get(partition[0]) ?? 0n) + recordCount)
    }
    expect(rows.size).toBe(50)
    expect([...rows.values()].every((count) => count === 3n)).toBe(true)
    expect(most).toBeLessThanOrEqual(33)
    expect(open).toBe(0)
  })

  it('ends the row group of the writer that holds the most when all hold much', async () => {
    const rides = await newRides({ partitionBy: ['city'] })
    const context = createWriteContext(rides.state)
    const large = 'x'.repeat(1 << 16)
    async function* batches(): AsyncGenerator<ReturnType<typeof batchFromValues>> {
      for (let row = 0; row < 40; row += 1) {
        const name = `${row % 2} ${large}`
        yield batchFromValues(Ride, [[BigInt(row), `${row % 4}`, null, null, [name, null]]])
      }
    }
    const files = await writePartitioned(context, batches(), 1 << 20)
    expect(files.map(({ recordCount }) => recordCount)).toEqual([10n, 10n, 10n, 10n])
    expect(files.some(({ splitOffsets }) => (splitOffsets?.length ?? 0) > 1)).toBe(true)
  })

  it('passes on the fault of its source', async () => {
    const store = createMemoryStore()
    const rides = await newRides({ partitionBy: ['city'] }, { store })
    async function* batches(): AsyncGenerator<ReturnType<typeof batchFromValues>> {
      yield* rounds(1, 5)
      throw new Error('source is gone')
    }
    const context = createWriteContext(rides.state)
    await expect(writePartitioned(context, batches())).rejects.toThrow('source is gone')
  })
})
