/** Removal of orphans: what nothing of a table names and is old enough goes, and never anything else. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { joinLocation } from '../../src/io/location.ts'
import { comparablePath } from '../../src/maintenance/comparable-path.ts'
import { expireSnapshots } from '../../src/maintenance/expire-snapshots.ts'
import { planOrphanRemoval } from '../../src/maintenance/remove-orphans.ts'
import {
  anyBusyStep,
  busyTable,
  filesIn,
  filesReached,
  rowsBySnapshot,
} from '../support/busy-table.ts'
import type { BusyTable } from '../support/busy-table.ts'
import { anyRespelling } from '../support/arbitraries/respelled.ts'
import { createFaultyStore } from '../support/faulty-store.ts'
import { runs } from '../support/runs.ts'
import { collect } from '../support/streams.ts'
import { otherHandle, respellingStore } from '../support/busy-handles.ts'

const HOUR_MS = 3_600_000

/** A file that lies about; `hours` before the search. */
interface Stray {
  readonly name: string
  readonly hours: number
}

/** Nothing names these: names below the table's folder, whose files go when they are old. */
const ORPHAN_NAMES = [
  'data/lost.parquet',
  'data/city=Oslo/lost.parquet',
  'data/00000000-0000-4000-8000-00000000abcd.tmp',
  'metadata/00000000-0000-4000-8000-00000000abcd.tmp',
  'metadata/snap-99-lost.avro',
  'metadata/lost-m0.avro',
  'lost.txt',
]

/** Nor these, and yet they stay. */
const KEPT_NAMES = [
  'data/_SUCCESS',
  'data/.lost.parquet.crc',
  'checkpoints/_spark/offsets/1',
  'metadata/v0.metadata.json',
  'metadata/00000-1f.gz.metadata.json',
]

/** Of tables inside of this one: they stay where there is such a table. */
const INNER_NAMES = [
  'inner/metadata/v1.metadata.json',
  'inner/data/a.parquet',
  'inner2/meta/00001-1f.metadata.json',
  'inner2/meta/a.avro',
]

/** Beside the table. */
const SIBLING_NAMES = ['../rides2/data/a.parquet', '../rides.parquet']

const anyStray: fc.Arbitrary<Stray> = fc.record({
  name: fc.constantFrom(...ORPHAN_NAMES, ...KEPT_NAMES, ...INNER_NAMES, ...SIBLING_NAMES),
  hours: fc.nat(150),
})

const anyHistory = fc.array(anyBusyStep, { minLength: 1, maxLength: 8 })

async function strew(
  { rides, store, environment }: BusyTable,
  strays: readonly Stray[],
): Promise<void> {
  const nowMs = environment.timeMs
  const [, lake = ''] = /^(.*)\/rides$/.exec(rides.metadata.location) ?? []
  for (const { name, hours } of strays) {
    environment.timeMs = nowMs - hours * HOUR_MS
    const path = name.startsWith('../')
      ? `${lake}/${name.slice(3)}`
      : joinLocation(rides.metadata.location, name)
    await store.put(path, new Uint8Array(3), 'overwrite')
  }
  environment.timeMs = nowMs
}

/** By the names of what was strewn, beside what is known of the table itself. */
async function expectedOrphans(
  { rides, store, environment }: BusyTable,
  ageMs: number,
): Promise<readonly string[]> {
  const { metadata, state } = rides
  const reached = await filesReached(state, metadata)
  const listed = await collect(store.list(metadata.location))
  const inner = ['/inner/', '/inner2/meta/'].filter((folder) =>
    listed.some(({ location }) => location.includes(folder) && location.endsWith('.metadata.json')),
  )
  const isKept = (path: string): boolean =>
    /\/metadata\/(v\d+\.metadata\.json|version-hint\.text)$/.test(path) ||
    KEPT_NAMES.some((name) => path.endsWith(`/${name}`)) ||
    inner.some((folder) => path.includes(folder))
  return listed
    .filter(({ modifiedMs }) => modifiedMs < environment.timeMs - ageMs)
    .map(({ location }) => location)
    .filter((path) => !reached.has(path) && !isKept(path))
    .toSorted()
}

describe('removal of orphans', () => {
  it('always takes what nothing names and is old enough, and never anything else', async () => {
    const anyStrays = fc.array(anyStray, { maxLength: 10 })
    await fc.assert(
      fc.asyncProperty(anyHistory, anyStrays, fc.nat(120), async (steps, strays, waited) => {
        const busy = await busyTable(steps)
        const { rides, store, environment } = busy
        // What an expiry leaves that cannot remove a single file.
        const failing = createFaultyStore(store)
        failing.deleteAll = async () => Promise.reject(new Error('crash'))
        const crashing = await otherHandle(busy, failing)
        await expireSnapshots(crashing, { olderThan: '10 hours' }).catch(() => undefined)
        await rides.refresh()
        environment.timeMs += waited * HOUR_MS
        await strew(busy, strays)
        const rows = await rowsBySnapshot(rides)
        const listed = await filesIn(store, 'memory:/lake')
        const expected = await expectedOrphans(busy, 48 * HOUR_MS)

        const plan = await planOrphanRemoval(rides, { olderThan: '48 hours' })
        expect(plan.files.map(({ path }) => path).toSorted()).toEqual(expected)
        expect(await filesIn(store, 'memory:/lake')).toEqual(listed)
        const report = await plan.run()

        expect(report.files).toEqual(plan.files)
        const left = await filesIn(store, 'memory:/lake')
        expect([...listed].filter((path) => !left.has(path)).toSorted()).toEqual(expected)
        expect([...left].every((path) => listed.has(path))).toBe(true)
        expect(await rowsBySnapshot(await otherHandle(busy, store))).toEqual(rows)
        expect((await planOrphanRemoval(rides, { olderThan: '48 hours' })).files).toEqual([])
      }),
      runs(20),
    )
  })

  it('never takes a file for an orphan because it is spelled otherwise', async () => {
    await fc.assert(
      fc.asyncProperty(anyHistory, anyRespelling, async (steps, respell) => {
        const busy = await busyTable(steps)
        await expireSnapshots(busy.rides, { olderThan: '0 days' })
        busy.environment.timeMs += 100 * 24 * HOUR_MS
        const spelled = await otherHandle(busy, respellingStore(busy.store, respell))
        const named = await filesReached(busy.rides.state, busy.rides.metadata)
        const live = new Set([...named].map(comparablePath))
        const { files } = await planOrphanRemoval(spelled)
        expect(files.filter(({ path }) => live.has(comparablePath(path)))).toEqual([])
        // Nor does anything else come or go by it.
        const plain = await planOrphanRemoval(busy.rides)
        expect(files.map(({ path }) => comparablePath(path))).toEqual(
          plain.files.map(({ path }) => comparablePath(path)),
        )
      }),
      runs(15),
    )
  })

  it('never takes what is committed while it looks', async () => {
    await fc.assert(
      fc.asyncProperty(anyHistory, fc.nat(30), async (steps, at) => {
        const busy = await busyTable(steps)
        const { rides, store, environment } = busy
        const writer = await otherHandle(busy, store)
        const watched = createFaultyStore(store)
        const table = await otherHandle(busy, watched)
        await strew(busy, [{ name: 'data/lost.parquet', hours: 100 }])
        const first = watched.requests.length
        let isWriting = false
        watched.beforeRequest = async () => {
          if (watched.requests.length !== first + at || isWriting) return
          isWriting = true
          // To a clock that is far behind, whatever is written now is old.
          environment.timeMs -= 1_000 * HOUR_MS
          await writer.append([{ id: 77, city: 'Oslo' }])
          environment.timeMs += 1_000 * HOUR_MS
        }
        const plan = await planOrphanRemoval(table)
        await rides.refresh()
        const named = await filesReached(rides.state, rides.metadata)
        expect(plan.files.filter(({ path }) => named.has(path))).toEqual([])
        await plan.run()
        await rides.refresh()
        await rowsBySnapshot(await otherHandle(busy, store))
        const now = await filesIn(store, rides.metadata.location)
        for (const path of await filesReached(rides.state, rides.metadata)) {
          expect(now.has(path)).toBe(true)
        }
      }),
      runs(25),
    )
  })
})
