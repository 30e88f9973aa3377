/**
 * What cannot be done is refused by an error that says what to do, and changes nothing of what is
 * there (a full disk: `sort-on-write.test.ts`).
 */
import { readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { describe, expect, it } from 'vitest'

import { createFileCatalog } from '../../src/catalog/file-catalog.ts'
import type { UnknownRow } from '../../src/client/row-shapes.ts'
import type { Table } from '../../src/client/table.ts'
import { openWarehouse } from '../../src/client/warehouse.ts'
import { createMemoryStore } from '../../src/io/memory-store.ts'
import type { ObjectStore } from '../../src/io/object-store.ts'
import { commitUpdates } from '../support/foreign-commits.ts'
import { movingEnvironment } from '../support/moving-environment.ts'
import { newRides } from '../support/rides.ts'
import type { Rides } from '../support/rides.ts'
import { collect } from '../support/streams.ts'

interface Lab {
  readonly rides: Rides
  /** Of the four snapshots that there were, of which the first has expired, and the third been rolled back. */
  readonly ids: readonly bigint[]
}

async function openLab(store: ObjectStore): Promise<Lab> {
  const rides = await newRides({ partitionBy: ['city'] }, { store })
  const ids: bigint[] = []
  const append = async (id: number): Promise<void> => {
    ids.push((await rides.append([{ id, city: 'Oslo' }])).snapshotId ?? 0n)
  }
  for (const id of [1, 2, 3]) await append(id)
  const [first = 0n, second = 0n] = ids
  await rides.transaction((tx) =>
    tx.updateRefs((refs) => refs.createTag('march').rollbackTo({ snapshot: second })),
  )
  await append(4)
  await commitUpdates(rides, [{ action: 'remove-snapshots', snapshotIds: [first] }])
  return { rides, ids }
}

interface Refusal {
  readonly name: string
  readonly run: (lab: Lab) => Promise<unknown>
  readonly error: (lab: Lab) => object
}

function says(...words: readonly string[]): unknown {
  return expect.stringMatching(new RegExp(words.join('.*'), 's'))
}

function rangeOf({ rides, ids }: Lab, since: number | bigint, until?: number): Promise<bigint> {
  const at = (place: number): bigint => ids[place] ?? 0n
  return rides
    .appends({
      since: { snapshot: typeof since === 'bigint' ? since : at(since) },
      ...(until === undefined ? {} : { until: { snapshot: at(until) } }),
    })
    .count()
}

const refusals: readonly Refusal[] = [
  {
    name: 'a range that starts before what has expired',
    run: ({ rides }) => rides.appends({ since: { time: 0n } }).count(),
    error: ({ ids }) => ({
      kind: 'not-found',
      message: says('have expired', 'read the whole table, or start at the oldest'),
      context: { oldestUsableSnapshotId: ids[0] },
    }),
  },
  {
    name: 'a range that starts at a snapshot that its end does not come from',
    run: (lab) => rangeOf(lab, 2),
    error: ({ ids }) => ({
      kind: 'invalid',
      message: says('start at the last one that is common'),
      context: { commonSnapshotId: ids[1] },
    }),
  },
  {
    name: 'a range that starts after it ends',
    run: (lab) => rangeOf(lab, 3, 1),
    error: () => ({ kind: 'invalid', message: says('starts after it ends: exchange the two') }),
  },
  {
    name: 'a row that does not match what is overwritten',
    run: ({ rides }) =>
      rides.overwrite("city = 'Oslo'", [
        { id: 5, city: 'Oslo' },
        { id: 6, city: 'Bergen' },
      ]),
    error: () => ({
      kind: 'invalid',
      message: says('does not match what is overwritten: append it, or'),
      context: { row: 1 },
    }),
  },
]

describe('a table', () => {
  it.each(refusals)('refuses $name', async ({ run, error }) => {
    const store = createMemoryStore()
    const lab = await openLab(store)
    const before = await bytesOf(store, 'memory:/city/rides/metadata')
    await expect(run(lab)).rejects.toMatchObject(error(lab))
    expect(await bytesOf(store, 'memory:/city/rides/metadata')).toEqual(before)
    await lab.rides.append([{ id: 9, city: 'Oslo' }])
    expect(await lab.rides.scan().count()).toBe(4n)
  })
})

describe('a table with row-level deletes, as Spark wrote it', () => {
  const overwrites: readonly [string, (table: SparkTable) => Promise<unknown>][] = [
    ['of a partition', (table) => table.overwritePartitions([{ id: 9n, city: 'Oslo' }])],
    ['by a condition', (table) => table.overwrite('id = 9', [{ id: 9n, city: 'Oslo' }])],
    ['by none', (table) => table.deleteWhere('id < 100')],
  ]

  it.each(overwrites)('refuses an overwrite %s, and is left as it was', async (_, overwrite) => {
    const { store, table } = await openSparkTable()
    const before = await bytesOf(store, 'memory:/spark_deletes/metadata')
    await expect(overwrite(table)).rejects.toMatchObject({
      kind: 'unsupported',
      message: says('row-level deletes', 'have them compacted'),
      context: { manifest: expect.stringContaining('/metadata/') },
    })
    expect(await bytesOf(store, 'memory:/spark_deletes/metadata')).toEqual(before)
    // Deletes are of the rows that were there when they came, so that new ones are not among them.
    await table.append([{ id: 9n, city: 'Oslo' }])
    expect(table.currentSnapshot?.summary.get('total-delete-files')).toBe(
      table.snapshots.at(-2)?.summary.get('total-delete-files'),
    )
  })
})

async function bytesOf(
  store: ObjectStore,
  prefix: string,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const bytes = new Map<string, Uint8Array>()
  for (const { location } of await collect(store.list(prefix))) {
    bytes.set(location, await store.get(location))
  }
  return bytes
}

type SparkTable = Table<UnknownRow, UnknownRow>

const FIXTURES = fileURLToPath(new URL('../../fixtures/tables/', import.meta.url))
/** Where the tables say that they are. */
const WRITTEN = '/tmp/frazil-fixtures'

async function openSparkTable(): Promise<{
  readonly store: ObjectStore
  readonly table: SparkTable
}> {
  const store = createMemoryStore()
  for (const folder of ['data', 'metadata']) {
    for (const name of readdirSync(`${FIXTURES}spark_deletes/${folder}`)) {
      const bytes = readFileSync(`${FIXTURES}spark_deletes/${folder}/${name}`)
      await store.put(`memory:/spark_deletes/${folder}/${name}`, bytes, 'create')
    }
  }
  const moved = movedStore(store)
  const environment = movingEnvironment()
  const catalog = createFileCatalog({ store: moved, environment, warehouse: '/tmp' })
  const warehouse = await openWarehouse('/tmp', { store: moved, environment, catalog, workers: 0 })
  return { store, table: await warehouse.loadTable('frazil-fixtures.spark_deletes') }
}

/** The store under the names that the tables have for it. */
function movedStore(store: ObjectStore): ObjectStore {
  const inner = (location: string): string =>
    location.replace(/^(file:(\/\/)?)?\/tmp\/frazil-fixtures/, 'memory:')
  const outer = (location: string): string => location.replace('memory:', WRITTEN)
  return {
    put: (location, ...rest) => store.put(inner(location), ...rest),
    get: (location, ...rest) => store.get(inner(location), ...rest),
    head: async (location, options) => ({
      ...(await store.head(inner(location), options)),
      location,
    }),
    delete: (location, options) => store.delete(inner(location), options),
    deleteAll: (locations, options) => store.deleteAll(locations.map(inner), options),
    listNames: (folder, options) => store.listNames(inner(folder), options),
    async *list(prefix, options) {
      for await (const info of store.list(inner(prefix), options)) {
        yield { ...info, location: outer(info.location) }
      }
    },
  }
}
