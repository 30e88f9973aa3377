import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { openRandomAccess, readRanges } from '../../../../src/formats/parquet/random-access.ts'
import type { RandomAccess } from '../../../../src/formats/parquet/random-access.ts'
import { createMemoryStore } from '../../../../src/io/memory-store.ts'
import { createMeteredStore } from '../../../../src/io/metered-store.ts'
import { runs } from '../../../support/runs.ts'

const location = 'memory:a'

async function storeOf(bytes: Uint8Array): Promise<ReturnType<typeof createMeteredStore>> {
  const store = createMemoryStore()
  await store.put(location, bytes, 'create')
  return createMeteredStore(store)
}

describe('random access to an object', () => {
  it('keeps what was read up to the end', async () => {
    const store = await storeOf(Uint8Array.of(1, 2, 3, 4, 5))
    const file = openRandomAccess(store, location, 5)
    expect([...(await file.read(2, 5))]).toEqual([3, 4, 5])
    const before = store.usage()
    expect([...(await file.read(3, 5))]).toEqual([4, 5])
    expect([...(await file.read(2, 4))]).toEqual([3, 4])
    expect(store.usage()).toEqual(before)
    expect([...(await file.read(1, 4))]).toEqual([2, 3, 4])
    expect(store.usage()).not.toEqual(before)
  })

  it('reads a small object whole, with one request', async () => {
    const bytes = Uint8Array.of(1, 2, 3, 4, 5)
    for (const [wholeBytes, requests] of [
      [5, 1],
      [4, 2],
    ] as const) {
      const store = await storeOf(bytes)
      const file = openRandomAccess(store, location, 5, { wholeBytes })
      expect([...(await file.read(4, 5))]).toEqual([5])
      expect([...(await file.read(0, 2))]).toEqual([1, 2])
      expect(store.usage().gets).toBe(requests)
    }
  })

  it('refuses an object that is shorter than the metadata says', async () => {
    const file = openRandomAccess(await storeOf(Uint8Array.of(1, 2, 3)), location, 5)
    await expect(file.read(0, 5)).rejects.toMatchObject({
      kind: 'corrupt',
      context: { path: location },
    })
  })

  it('reads ranges that are close with one request, and those that are far with their own', async () => {
    const reads: [number, number][] = []
    const file: RandomAccess = {
      sizeBytes: 1_000_000,
      read: async (start, end) => {
        reads.push([start, end])
        return new Uint8Array(end - start)
      },
    }
    const ranges = [
      { start: 4, end: 10 },
      { start: 10, end: 20 },
      { start: 60_000, end: 60_010 },
      { start: 200_000, end: 200_001 },
    ]
    const found = await readRanges(file, ranges)
    expect(reads).toEqual([
      [4, 60_010],
      [200_000, 200_001],
    ])
    expect(found.map(({ length }) => length)).toEqual([6, 10, 10, 1])
  })

  it('always gives the bytes of each range', async () => {
    const bytes = Uint8Array.from({ length: 300_000 }, (_, index) => (index * 7919) >> 5)
    const file = openRandomAccess(await storeOf(bytes), location, bytes.length)
    const anyRanges = fc.uniqueArray(fc.nat(bytes.length), { maxLength: 20 }).map((places) => {
      const sorted = places.toSorted((left, right) => left - right)
      return sorted.flatMap((start, index) =>
        index % 2 === 0 ? [{ start, end: sorted[index + 1] ?? bytes.length }] : [],
      )
    })
    await fc.assert(
      fc.asyncProperty(anyRanges, async (ranges) => {
        const found = await readRanges(file, ranges)
        expect(found.length).toBe(ranges.length)
        ranges.forEach(({ start, end }, index) => {
          expect(Buffer.compare(found[index] ?? bytes, bytes.subarray(start, end))).toBe(0)
        })
      }),
      runs(50),
    )
  })
})
