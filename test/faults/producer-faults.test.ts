/** Every request of a producer of batches fails in every way, once; it begins anew, and each of its rows is in the table once. */
import { expect, it } from 'vitest'

import { createMemoryStore } from '../../src/io/memory-store.ts'
import { createFaultyStore, faultsOf } from '../support/faulty-store.ts'
import type { Fault, FaultyStore } from '../support/faulty-store.ts'
import { anotherHandle, idsOf, newRides } from '../support/rides.ts'
import type { Rides } from '../support/rides.ts'

/** Rows of each batch; the third has none. */
const BATCHES = [[1], [2, 3], [], [4]]
const ROWS = BATCHES.flat().map(BigInt)

/** So many times a producer begins anew after one fault, at the most: the second time everything is well. */
const ATTEMPTS = 3

it(
  'writes every row of a producer once, whichever request fails in whichever way',
  { timeout: 120_000 },
  async () => {
    const { requests, first } = await writeWith()
    const all = requests.slice(first)
    expect(all.length).toBeGreaterThan(10)
    let failed = 0
    for (const [index, request] of all.entries()) {
      for (const fault of faultsOf(request)) {
        const { attempts } = await writeWith([first + index + 1, fault])
        if (attempts > 1) failed += 1
      }
    }
    expect(failed).toBeGreaterThan(0)
  },
)

interface Written {
  readonly requests: readonly string[]
  /** How many of them were made before the producer began. */
  readonly first: number
  readonly attempts: number
}

async function writeWith(fault?: readonly [request: number, fault: Fault]): Promise<Written> {
  const store = createFaultyStore(createMemoryStore())
  const rides = await newRides({}, { store, workers: 0 })
  const first = store.requests.length
  if (fault !== undefined) store.faults.set(...fault)
  let attempts = 1
  while (!(await isWritten(rides, store))) {
    attempts += 1
    if (attempts > ATTEMPTS) throw new Error(`it never ends after ${String(fault)}`)
  }
  const requests = [...store.requests]
  store.faults.clear()
  // What was on its way when it was given up lands when everything is done.
  await store.landLate()
  expect(await idsOf(await anotherHandle(rides)), String(fault)).toEqual(ROWS)
  return { requests, first, attempts }
}

/** Whether all batches are in the table, after one more writer has tried. */
async function isWritten(rides: Rides, store: FaultyStore): Promise<boolean> {
  try {
    const handle = await anotherHandle(rides)
    const commitEvery = { rows: 2, ms: Number.POSITIVE_INFINITY }
    const writer = await handle.streamWriter({ producer: 'p', commitEvery })
    for (const [index, ids] of BATCHES.entries()) {
      await writer.write(
        index + 1,
        ids.map((id) => ({ id })),
      )
      if (index % 2 === 0) await writer.flush()
    }
    await writer.close()
    return true
  } catch {
    await store.landLate()
    return false
  }
}
