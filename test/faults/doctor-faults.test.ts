/** A store that fails is no damaged table. */
import { describe, expect, it } from 'vitest'

import { createMemoryStore } from '../../src/io/memory-store.ts'
import { examine } from '../../src/maintenance/doctor.ts'
import { createFaultyStore } from '../support/faulty-store.ts'
import { newRides } from '../support/rides.ts'

describe('the doctor, at a store that fails', () => {
  it.each([false, true])('always says that it is not available: deep %s', async (deep) => {
    const store = createFaultyStore(createMemoryStore())
    const rides = await newRides({ partitionBy: ['city'] }, { store })
    for (const id of [1n, 2n]) await rides.append([{ id, city: 'Oslo' }])
    const before = store.requests.length
    expect((await examine(rides, { deep })).findings).toEqual([])
    const requests = store.requests.length - before
    expect(requests).toBeGreaterThan(10)
    for (let request = 1; request <= requests; request += 1) {
      const at = store.requests.length + request
      store.faults.set(at, 'fails')
      await expect(examine(rides, { deep }), store.requests[at - 1]).rejects.toMatchObject({
        kind: 'unavailable',
      })
      store.faults.delete(at)
    }
  })

  it('ends with the reason of its signal', async () => {
    const rides = await newRides()
    await rides.append([{ id: 1n }])
    const stop = new AbortController()
    const reason = new Error('enough')
    const examining = examine(rides, {
      signal: stop.signal,
      onProgress: () => stop.abort(reason),
    })
    await expect(examining).resolves.toMatchObject({ isSound: true })
    await expect(examine(rides, { signal: stop.signal })).rejects.toBe(reason)
  })
})
