import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { nextTurn } from '../../../../src/base/environment.ts'
import { isKind } from '../../../../src/base/errors.ts'
import { createMemoryStore } from '../../../../src/io/memory-store.ts'
import type { ObjectStore } from '../../../../src/io/object-store.ts'
import { createSourceLog } from '../../../../src/jobs/sources/source-log.ts'
import type { SourceLog } from '../../../../src/jobs/sources/stream-source.ts'
import { FAULTS, createFaultyStore } from '../../../support/faulty-store.ts'
import type { Fault } from '../../../support/faulty-store.ts'
import { runs } from '../../../support/runs.ts'
import { collect, text } from '../../../support/streams.ts'

const FOLDER = 'memory:/checkpoint/sources/files'

describe('a log in a folder', () => {
  it('keeps the first text of an entry, and gives it to whoever comes later', async () => {
    const store = createMemoryStore()
    const log = createSourceLog(store, FOLDER)
    expect(await log.get(1)).toBe(null)
    expect(await log.create(1, 'ours')).toBe('ours')
    expect(await createSourceLog(store, FOLDER).create(1, 'theirs')).toBe('ours')
    expect(await log.get(1)).toBe('ours')
    expect(await log.get(2)).toBe(null)
  })

  it('is read in a few requests, however long it is', async () => {
    const inner = createMemoryStore()
    const log = createSourceLog(inner, FOLDER)
    for (let n = 1; n <= 8_419; n += 1) await log.create(n, `entry ${n}`)
    const counted = createFaultyStore(inner)
    const entries = await collect(createSourceLog(counted, FOLDER).entries(8_419))
    expect(entries).toEqual(Array.from({ length: 8_419 }, (_, index) => `entry ${index + 1}`))
    expect(counted.requests.length).toBeLessThan(45)
    expect(await objectsIn(inner)).toBeLessThan(100)
    expect(await log.get(3)).toBe('entry 3')
    expect(await log.get(8_400)).toBe('entry 8400')
    expect(await log.get(8_420)).toBe(null)
  })

  it('asks nobody for what it has made last', async () => {
    const counted = createFaultyStore(createMemoryStore())
    const log = createSourceLog(counted, FOLDER)
    for (let n = 1; n <= 30; n += 1) await log.create(n, `entry ${n}`)
    const before = counted.requests.length
    expect([await log.get(29), await log.get(30)]).toEqual(['entry 29', 'entry 30'])
    expect(counted.requests.slice(before)).toEqual([])
  })

  it('leaves large entries as they are', async () => {
    const store = createMemoryStore()
    const log = createSourceLog(store, FOLDER, 2)
    const large = 'x'.repeat(5 << 20)
    for (let n = 1; n <= 5; n += 1) await log.create(n, n === 2 ? 'small' : large)
    const names = (await collect(store.list(FOLDER))).map(({ location }) => location)
    expect(names.filter((name) => name.includes('-'))).toEqual([`${FOLDER}/1-2`])
    expect(await collect(log.entries(5))).toEqual([large, 'small', large, large, large])
  })

  it('is not misled by an entry that somebody makes long after it was put together with others', async () => {
    const store = createMemoryStore()
    const log = createSourceLog(store, FOLDER, 2)
    for (let n = 1; n <= 9; n += 1) await log.create(n, `entry ${n}`)
    await store.put(`${FOLDER}/3`, text('late'), 'create')
    expect(await createSourceLog(store, FOLDER, 2).get(3)).toBe('entry 3')
    expect(await createSourceLog(store, FOLDER, 2).create(2, 'late too')).toBe('entry 2')
    for (let n = 10; n <= 20; n += 1) await log.create(n, `entry ${n}`)
    const reread = await collect(createSourceLog(store, FOLDER, 2).entries(20))
    expect(reread).toEqual(Array.from({ length: 20 }, (_, index) => `entry ${index + 1}`))
  })

  it('tells of entries that are gone', async () => {
    const store = createMemoryStore()
    const log = createSourceLog(store, FOLDER)
    for (let n = 1; n <= 3; n += 1) await log.create(n, `entry ${n}`)
    await store.delete(`${FOLDER}/2`)
    await expect(collect(log.entries(3))).rejects.toMatchObject({
      kind: 'not-found',
      context: { entry: 2 },
    })
    await expect(collect(log.entries(4))).rejects.toMatchObject({ kind: 'not-found' })
  })

  it('never says two things of one entry, whatever fails and whoever writes beside', async () => {
    const anyFaults = fc.array(
      fc.tuple(fc.integer({ min: 1, max: 400 }), fc.constantFrom(...FAULTS)),
    )
    const anyPauses = fc.array(fc.nat({ max: 60 }), { minLength: 1, maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(anyFaults, anyPauses, async (faults, pauses) => {
        const inner = createMemoryStore()
        const known = new Map<number, string>()
        const learn = (n: number, entry: string): void => {
          expect(entry).toBe(known.get(n) ?? entry)
          known.set(n, entry)
        }
        await Promise.all(
          [0, 1, 2].map(async (writer) => {
            const store = hesitant(inner, faults, pauses.slice(writer))
            let log = createSourceLog(store, FOLDER, 2)
            for (let n = 1; n <= 20; n += 1) {
              learn(n, await persistently(store, () => log.create(n, `${n} of ${writer}`)))
              const older = Math.max(1, n - 7)
              const again = await persistently(store, () => log.get(older))
              if (again !== null) learn(older, again)
              // As a process that begins anew.
              if (n % 5 === writer) log = createSourceLog(store, FOLDER, 2)
            }
            await store.landLate()
          }),
        )
        const log = createSourceLog(inner, FOLDER, 2)
        expect(await collect(log.entries(20))).toEqual(
          Array.from({ length: 20 }, (_, index) => known.get(index + 1)),
        )
        for (const [n, entry] of known) expect(await log.get(n)).toBe(entry)
      }),
      runs(60),
    )
  })
})

/** A store that fails, and waits before each request while others go on. */
function hesitant(
  inner: ObjectStore,
  faults: readonly (readonly [number, Fault])[],
  pauses: readonly number[],
): ReturnType<typeof createFaultyStore> {
  const store = createFaultyStore(inner, faults)
  store.beforeRequest = async () => {
    const turns = pauses[store.requests.length % Math.max(1, pauses.length)] ?? 0
    for (let turn = 0; turn < turns; turn += 1) {
      await (turn % 16 === 0 ? nextTurn() : Promise.resolve())
    }
  }
  return store
}

/** Asks again until there is an answer; what was on its way lands in between. */
async function persistently<Result>(
  store: ReturnType<typeof createFaultyStore>,
  request: () => Promise<Result>,
): Promise<Result> {
  for (;;) {
    try {
      return await request()
    } catch (error) {
      if (!isKind(error, 'unavailable')) throw error
      await store.landLate()
    }
  }
}

async function objectsIn(store: ObjectStore): Promise<number> {
  return (await collect(store.list(FOLDER))).length
}

// The type that the engine knows it by.
createSourceLog satisfies (store: ObjectStore, folder: string) => SourceLog
