import { describe, expect, it } from 'vitest'

import { createMemoryStore } from '../../../../src/io/memory-store.ts'
import {
  createFileStateStore,
  createMemoryStateStore,
} from '../../../../src/jobs/incremental/state-store.ts'
import type { StateStore } from '../../../../src/jobs/incremental/state-store.ts'
import { blankState } from '../../../../src/jobs/state-record.ts'
import type { IncrementalState } from '../../../../src/jobs/state-record.ts'
import { createFaultyStore } from '../../../support/faulty-store.ts'

const JOB = 'public/shop/daily'

function states(run: number): ReadonlyMap<string, IncrementalState> {
  return new Map([
    ['frazil.incremental.x', { ...blankState, run, sourceSnapshotId: 2n ** 62n + 1n }],
  ])
}

describe.each<[string, () => StateStore]>([
  ['in memory', createMemoryStateStore],
  ['in files', () => createFileStateStore(createMemoryStore(), 'memory:/state')],
])('a state store %s', (_, open) => {
  it('keeps what was set last, for each job', async () => {
    const store = open()
    expect(await store.get(JOB)).toBeNull()
    expect(await store.compareAndSet(JOB, null, states(1))).toBe(true)
    const first = await store.get(JOB)
    expect(first).toEqual({ version: 1, states: states(1) })
    expect(await store.compareAndSet(JOB, first, states(2))).toBe(true)
    expect(await store.get(JOB)).toEqual({ version: 2, states: states(2) })
    expect(await store.get('public/shop')).toBeNull()
    expect(await store.get('public=shop=daily')).toBeNull()
  })

  it('lets one of those win that have read the same', async () => {
    const store = open()
    const wins = await Promise.all(
      [1, 2, 3].map((run) => store.compareAndSet(JOB, null, states(run))),
    )
    expect(wins.filter(Boolean)).toHaveLength(1)
    expect(await store.compareAndSet(JOB, null, states(4))).toBe(false)
  })
})

describe('a state store in files', () => {
  it('knows its own write when storage lost the answer', async () => {
    const faulty = createFaultyStore(createMemoryStore())
    const store = createFileStateStore(faulty, 'memory:/state')
    faulty.faults.set(1, 'applies-then-fails')
    expect(await store.compareAndSet(JOB, null, states(1))).toBe(true)
    faulty.faults.set(faulty.requests.length + 1, 'fails')
    await expect(
      store.compareAndSet(JOB, { version: 1, states: states(1) }, states(2)),
    ).rejects.toMatchObject({ kind: 'commit-unknown' })
  })

  it('says which version of the state cannot be read, and guesses nothing', async () => {
    const objects = createMemoryStore()
    const store = createFileStateStore(objects, 'memory:/state')
    await store.compareAndSet(JOB, null, states(1))
    const location = 'memory:/state/public=2f.shop=2f.daily/000000000001.json'
    const bytes = await objects.get(location)
    await objects.put(location, bytes.with(bytes.indexOf(0x78), 0xff), 'overwrite')
    await expect(store.get(JOB)).rejects.toMatchObject({ kind: 'corrupt', context: { location } })
  })
})
