/** Every request of a write fails in every way: what the writer is told is true, and the table stays sound. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { IcebergError } from '../../src/base/errors.ts'
import { createFileCatalog } from '../../src/catalog/file-catalog.ts'
import type { Table } from '../../src/client/table.ts'
import { openWarehouse } from '../../src/client/warehouse.ts'
import type { Warehouse } from '../../src/client/warehouse.ts'
import { createMemoryStore } from '../../src/io/memory-store.ts'
import type { ObjectStore } from '../../src/io/object-store.ts'
import { schema, t } from '../../src/types/define.ts'
import type { Row, RowInput } from '../../src/types/row-types.ts'
import type { Commit } from '../../src/write/commit-report.ts'
import { FAULTS, createFaultyStore } from '../support/faulty-store.ts'
import type { Fault, FaultyStore } from '../support/faulty-store.ts'
import { movingEnvironment } from '../support/moving-environment.ts'
import { runs } from '../support/runs.ts'
import { auditSnapshot } from '../support/snapshot-audit.ts'

const Ride = schema({ id: t.long(), city: t.string() })
type Rides = Table<Row<typeof Ride>, RowInput<typeof Ride>>

const TABLE = 'city.rides'
const PROPERTY = 'acme.batch'

/** What is in the table before anything fails. */
const BEFORE = ['1 Bergen', '2 Oslo', '3 Oslo']

/** A write, and what the table holds after it. */
interface Write {
  readonly name: string
  readonly run: (rides: Rides, signal?: AbortSignal) => Promise<Commit>
  readonly after: readonly string[]
}

const writes: readonly Write[] = [
  {
    name: 'append',
    run: (rides, signal) => rides.append([{ id: 9, city: 'Oslo' }], withSignal(signal)),
    after: ['1 Bergen', '2 Oslo', '3 Oslo', '9 Oslo'],
  },
  {
    name: 'overwrite of partitions',
    run: (rides, signal) =>
      rides.overwritePartitions(
        [
          { id: 9, city: 'Oslo' },
          { id: 9, city: 'Tromsø' },
        ],
        withSignal(signal),
      ),
    after: ['1 Bergen', '9 Oslo', '9 Tromsø'],
  },
  {
    name: 'change of a property',
    run: (rides, signal) =>
      rides.transaction((tx) => tx.setProperties({ [PROPERTY]: '9' }), withSignal(signal)),
    after: [...BEFORE, `${PROPERTY} 9`],
  },
]

describe.each(writes)('$name over a store that fails', (write) => {
  it('is told as it was, whichever request fails in whichever way', async () => {
    const { requests, outcome } = await checkWrite(write, [])
    expect(outcome).toBe('committed')
    const outcomes = new Set<Outcome>()
    for (let request = 1; request <= requests; request += 1) {
      for (const fault of FAULTS) {
        outcomes.add((await checkWrite(write, [[request, fault]])).outcome)
      }
    }
    expect(outcomes).toContain('committed')
    expect(outcomes).toContain('unknown')
  })

  it('is always told as it was, when several requests fail', async () => {
    const anyFaults = fc.array(
      fc.tuple(fc.integer({ min: 1, max: 16 }), fc.constantFrom(...FAULTS)),
      { minLength: 2, maxLength: 6 },
    )
    await fc.assert(
      fc.asyncProperty(anyFaults, async (faults) => {
        await checkWrite(write, faults)
      }),
      runs(25),
    )
  })

  it('leaves a sound table when it is aborted, whichever request is under way', async () => {
    const { requests } = await checkWrite(write, [])
    for (let request = 1; request <= requests; request += 1) {
      const place = await openPlace()
      const rides = await place.open(place.faulty)
      const abort = new AbortController()
      const reason = new Error(`stop at ${request}`)
      let made = 0
      place.faulty.beforeRequest = async () => {
        made += 1
        if (made === request) abort.abort(reason)
      }
      const outcome = await write.run(rides, abort.signal).then(
        (): Outcome => 'committed',
        (error: unknown): Outcome => {
          expect(error).toBe(reason)
          return 'failed'
        },
      )
      expect(place.openPuts()).toBe(0)
      await checkTable(place, write, outcome)
    }
  })
})

describe('two writers over a store that fails', () => {
  it('never lose a row that was acknowledged', async () => {
    const anyFaults = fc.array(
      fc.tuple(fc.integer({ min: 1, max: 40 }), fc.constantFrom(...FAULTS)),
      { minLength: 1, maxLength: 4 },
    )
    await fc.assert(
      fc.asyncProperty(anyFaults, async (faults) => {
        const place = await openPlace()
        const left = await place.open(place.faulty)
        const right = await place.open(place.faulty)
        failAt(place, faults)
        const ends = await Promise.allSettled([
          left.append([{ id: 10, city: 'Oslo' }]),
          right.append([{ id: 11, city: 'Oslo' }]),
        ])
        await place.faulty.landLate()
        const rows = await contentOf(await place.open(place.clean))
        for (const [index, end] of ends.entries()) {
          const copies = rows.filter((row) => row === `${10 + index} Oslo`).length
          if (end.status === 'fulfilled') expect(copies).toBe(1)
          else expect(copies).toBeLessThanOrEqual(outcomeOf(end.reason) === 'unknown' ? 1 : 0)
        }
        expect(rows.filter((row) => !/^1[01] /.test(row))).toEqual(BEFORE)
      }),
      runs(40),
    )
  })
})

/** What the writer may take for true. */
type Outcome = 'committed' | 'failed' | 'unknown'

function outcomeOf(error: unknown): Outcome {
  if (!(error instanceof IcebergError)) throw error
  expect(['conflict', 'commit-unknown', 'unavailable']).toContain(error.kind)
  return error.kind === 'commit-unknown' ? 'unknown' : 'failed'
}

type Faults = readonly (readonly [request: number, fault: Fault])[]

/** Faults of the requests to come, counted from 1. */
function failAt({ faulty, made }: Place, faults: Faults): void {
  for (const [request, fault] of faults) faulty.faults.set(made() + request, fault)
}

/** Runs a write over a store that fails, and compares what was said with what there is to see, also later. */
async function checkWrite(
  write: Write,
  faults: Faults,
): Promise<{ readonly requests: number; readonly outcome: Outcome }> {
  const place = await openPlace()
  const rides = await place.open(place.faulty)
  failAt(place, faults)
  const before = place.made()
  const outcome = await write.run(rides).then((): Outcome => 'committed', outcomeOf)
  const requests = place.made() - before
  expect(place.openPuts()).toBe(0)
  await checkTable(place, write, outcome)
  await place.faulty.landLate()
  await checkTable(place, write, outcome)
  await checkHandle(place, rides)
  return { requests, outcome }
}

async function checkTable(place: Place, { after }: Write, outcome: Outcome): Promise<void> {
  const rides = await place.open(place.clean)
  const content = await contentOf(rides)
  if (outcome === 'committed') expect(content).toEqual(after)
  else if (outcome === 'failed') expect(content).toEqual(BEFORE)
  else expect([after, BEFORE]).toContainEqual(content)
  for (const snapshot of rides.snapshots) await auditSnapshot(rides.state, snapshot)
  expect(place.faulty.requests.filter((request) => request.startsWith('delete'))).toEqual([])
}

/** Whatever became of its last write, a handle can go on. */
async function checkHandle(place: Place, rides: Rides): Promise<void> {
  place.faulty.faults.clear()
  const before = await contentOf(await place.open(place.clean))
  await rides.append([{ id: 99, city: 'Bodø' }])
  expect(await contentOf(rides)).toEqual([...before, '99 Bodø'].sort())
}

/** Rows, and the property if it is set. */
async function contentOf(rides: Rides): Promise<string[]> {
  const property = rides.properties.get(PROPERTY)
  const content = property === undefined ? [] : [`${PROPERTY} ${property}`]
  for await (const { id, city } of rides.scan()) content.push(`${id} ${city}`)
  return content.sort()
}

interface Place {
  readonly clean: ObjectStore
  readonly faulty: FaultyStore
  /** Requests that the faulty store has had. */
  readonly made: () => number
  /** Writes that nobody has ended. */
  readonly openPuts: () => number
  readonly open: (store: ObjectStore) => Promise<Rides>
}

/** A store with a table of two snapshots, and a view of it that fails. */
async function openPlace(): Promise<Place> {
  const clean = createMemoryStore()
  const environment = movingEnvironment()
  const openStore = (store: ObjectStore): Promise<Warehouse> => {
    const catalog = createFileCatalog({ store, environment, warehouse: 'memory:' })
    return openWarehouse('memory:', { store, environment, catalog })
  }
  const made = await (
    await openStore(clean)
  ).createTable(TABLE, { schema: Ride, partitionBy: ['city'] })
  await made.append([
    { id: 1, city: 'Bergen' },
    { id: 2, city: 'Oslo' },
  ])
  await made.append([{ id: 3, city: 'Oslo' }])
  const counted = countPuts(clean)
  const faulty = createFaultyStore(counted.store)
  return {
    clean,
    faulty,
    made: () => faulty.requests.length,
    openPuts: counted.open,
    open: async (store) => (await openStore(store)).loadTable(TABLE, Ride),
  }
}

function countPuts(inner: ObjectStore): {
  readonly store: ObjectStore
  readonly open: () => number
} {
  let open = 0
  const store: ObjectStore = {
    get: (...args) => inner.get(...args),
    head: (...args) => inner.head(...args),
    list: (...args) => inner.list(...args),
    listNames: (...args) => inner.listNames(...args),
    delete: (...args) => inner.delete(...args),
    deleteAll: (...args) => inner.deleteAll(...args),
    async put(...args) {
      open += 1
      try {
        return await inner.put(...args)
      } finally {
        open -= 1
      }
    },
  }
  return { store, open: () => open }
}

function withSignal(signal: AbortSignal | undefined): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal }
}
