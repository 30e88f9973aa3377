/** Manifests are rewritten and files imported while others commit, their requests in any order. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { createFileCatalog } from '../../src/catalog/file-catalog.ts'
import type { Table } from '../../src/client/table.ts'
import { openWarehouse } from '../../src/client/warehouse.ts'
import { createMemoryStore } from '../../src/io/memory-store.ts'
import { addFiles } from '../../src/maintenance/import-files.ts'
import { rewriteManifests } from '../../src/maintenance/rewrite-manifests.ts'
import { schema, t } from '../../src/types/define.ts'
import { formatNameMapping, nameMappingOf } from '../../src/types/name-mapping.ts'
import type { Row, RowInput } from '../../src/types/row-types.ts'
import { createFaultyStore } from '../support/faulty-store.ts'
import type { FaultyStore } from '../support/faulty-store.ts'
import { foreignParquet } from '../support/foreign-parquet.ts'
import { movingEnvironment } from '../support/moving-environment.ts'
import { runs } from '../support/runs.ts'
import { auditSnapshot } from '../support/snapshot-audit.ts'

const Ride = schema({ id: t.long(), city: t.string().optional() })
type Rides = Table<Row<typeof Ride>, RowInput<typeof Ride>>

const TABLE = 'city.rides'
const LAKE = 'memory:/lake/a.parquet'

/** A handle on the table of a store, which is made with four commits if need be. */
async function openRides(store: FaultyStore): Promise<Rides> {
  const environment = movingEnvironment()
  const catalog = createFileCatalog({ store, environment, warehouse: 'memory:' })
  const warehouse = await openWarehouse('memory:', { store, environment, catalog, workers: 0 })
  if (!(await warehouse.tableExists(TABLE))) {
    const rides = await warehouse.createTable(TABLE, {
      schema: Ride,
      formatVersion: 3,
      partitionBy: ['city'],
      properties: {
        'commit.manifest-merge.enabled': 'false',
        // Who sets it first would be all that the other one notices.
        'schema.name-mapping.default': formatNameMapping(nameMappingOf(Ride)),
      },
    })
    for (const id of [1, 2, 3, 4]) await rides.append([{ id, city: id % 2 ? 'Oslo' : 'Bergen' }])
    const file = foreignParquet(Ride, [[9n, 'Oslo']])
    await store.put(LAKE, file, 'create')
  }
  return warehouse.loadTable(TABLE, Ride)
}

interface Race {
  readonly ends: readonly PromiseSettledResult<unknown>[]
  readonly ids: readonly bigint[]
}

/** Two on one version of a table, their requests in the scheduler's order; every snapshot is sound afterwards. */
async function race(
  scheduler: fc.Scheduler,
  both: readonly [(left: Rides) => Promise<unknown>, (right: Rides) => Promise<unknown>],
): Promise<Race> {
  const store = createFaultyStore(createMemoryStore())
  const [left, right] = [await openRides(store), await openRides(store)]
  store.beforeRequest = (request) => scheduler.schedule(Promise.resolve(), request)
  const ends = await scheduler.waitFor(Promise.allSettled([both[0](left), both[1](right)]))
  store.beforeRequest = () => Promise.resolve()
  await left.refresh()
  for (const snapshot of left.snapshots) await auditSnapshot(left.state, snapshot)
  const rows = await left.scan().select('id', '_row_id').toArray()
  expect(new Set(rows.map((row) => row._row_id)).size).toBe(rows.length)
  return { ends, ids: rows.map(({ id }) => id).sort((one, other) => Number(one - other)) }
}

describe('manifests that are rewritten beside a writer', () => {
  const WRITERS = [
    { ids: [1n, 2n, 3n, 4n, 5n], write: (rides: Rides) => rides.append([{ id: 5, city: 'Oslo' }]) },
    { ids: [2n, 4n], write: (rides: Rides) => rides.deleteWhere("city = 'Oslo'") },
    {
      ids: [2n, 4n, 5n],
      write: (rides: Rides) => rides.overwritePartitions([{ id: 5, city: 'Oslo' }]),
    },
    { ids: [1n, 2n, 3n, 4n], write: (rides: Rides) => rewriteManifests(rides) },
  ]

  it('never cost it anything, nor it them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.constantFrom(...WRITERS),
        async (scheduler, { ids, write }) => {
          const found = await race(scheduler, [write, (rides) => rewriteManifests(rides)])
          expect(found.ends.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled'])
          expect(found.ids).toEqual(ids)
        },
      ),
      runs(40),
    )
  })
})

describe('a file that two import at once', () => {
  it('is always in the table once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const add = (rides: Rides): Promise<unknown> => addFiles(rides, LAKE)
        const { ends, ids } = await race(scheduler, [add, add])
        expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
        expect(ids).toEqual([1n, 2n, 3n, 4n, 9n])
      }),
      runs(30),
    )
  })
})
