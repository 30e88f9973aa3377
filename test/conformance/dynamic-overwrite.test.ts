/** Dynamic overwrite: partitions that get rows are replaced, all others are left as they are. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { createFileCatalog } from '../../src/catalog/file-catalog.ts'
import type { Table } from '../../src/client/table.ts'
import { openWarehouse } from '../../src/client/warehouse.ts'
import { batchFromValues } from '../../src/formats/arrow/builders.ts'
import { createMemoryStore } from '../../src/io/memory-store.ts'
import { schema, t } from '../../src/types/define.ts'
import type { Row, RowInput } from '../../src/types/row-types.ts'
import type { Isolation } from '../../src/write/conflicts.ts'
import { createFaultyStore } from '../support/faulty-store.ts'
import type { FaultyStore } from '../support/faulty-store.ts'
import { commitRowDeletes, commitUpdates } from '../support/foreign-commits.ts'
import { movingEnvironment } from '../support/moving-environment.ts'
import { sharedWith } from '../support/rides.ts'
import { readRows, rowSet } from '../support/row-sets.ts'
import { runs } from '../support/runs.ts'
import { auditSnapshot } from '../support/snapshot-audit.ts'
import { TABLE, createTable } from '../support/table-model/commands.ts'
import { anyTableLayout } from '../support/table-model/layout.ts'
import { partitionFunction } from '../support/table-model/model.ts'
import type { UnknownTable } from '../support/table-model/model.ts'

const Ride = schema({ id: t.long(), city: t.string().optional(), fare: t.double().optional() })
type Rides = Table<Row<typeof Ride>, RowInput<typeof Ride>>

async function newRides(...partitionBy: ('city' | 'fare' | 'void(city)')[]): Promise<Rides> {
  const warehouse = await openWarehouse('memory:', { environment: movingEnvironment() })
  const terms = partitionBy.map((field) =>
    field === 'void(city)'
      ? { column: ['city'], transform: { kind: 'void' as const }, name: 'city_void' }
      : field,
  )
  return warehouse.createTable(TABLE, { schema: Ride, partitionBy: terms })
}

async function idsOf(rides: Rides): Promise<bigint[]> {
  const rows = await rides.scan().toArray()
  return rows.map(({ id }) => id).sort((left, right) => Number(left - right))
}

async function pathsOf(table: Rides | UnknownTable): Promise<string[]> {
  const { tasks } = await table.scan().plan()
  return tasks.map(({ file }) => file.path).sort()
}

describe('dynamic overwrite', () => {
  it('replaces the partitions that get rows, and leaves the files of all others', async () => {
    const rides = await newRides('city')
    await rides.append([
      { id: 1, city: 'Oslo' },
      { id: 2, city: 'Bergen' },
    ])
    const before = await pathsOf(rides)
    const commit = await rides.overwritePartitions([{ id: 3, city: 'Oslo' }])
    expect(await idsOf(rides)).toEqual([2n, 3n])
    const kept = (await pathsOf(rides)).filter((path) => before.includes(path))
    expect(kept).toEqual(before.filter((path) => path.includes('Bergen')))
    expect(commit).toMatchObject({ addedRows: 1n, removedRows: 1n, changedPartitions: 1 })
    expect(rides.currentSnapshot?.operation).toBe('overwrite')
    expect(rides.currentSnapshot?.summary.get('replace-partitions')).toBe('true')
  })

  it('replaces everything in a table without partitions', async () => {
    const rides = await newRides()
    await rides.append([{ id: 1 }, { id: 2 }])
    await rides.overwritePartitions([{ id: 3 }])
    expect(await idsOf(rides)).toEqual([3n])
  })

  it('replaces everything where the only field is void', async () => {
    const rides = await newRides('void(city)')
    await rides.append([
      { id: 1, city: 'Oslo' },
      { id: 2, city: 'Bergen' },
    ])
    await rides.overwritePartitions([{ id: 3, city: 'Tromsø' }])
    expect(await idsOf(rides)).toEqual([3n])
  })

  it('takes null for a partition of its own', async () => {
    const rides = await newRides('city')
    await rides.append([{ id: 1, city: null }, { id: 2, city: 'null' }, { id: 3 }])
    await rides.overwritePartitions([{ id: 4, city: null }])
    expect(await idsOf(rides)).toEqual([2n, 4n])
    await rides.overwritePartitions([{ id: 5, city: 'null' }])
    expect(await idsOf(rides)).toEqual([4n, 5n])
  })

  it('tells minus zero from zero, and takes all NaN for one partition', async () => {
    const rides = await newRides('fare')
    await rides.append([
      { id: 1, fare: -0 },
      { id: 2, fare: 0 },
      { id: 3, fare: Number.NaN },
      { id: 4, fare: null },
    ])
    await rides.overwritePartitions([{ id: 5, fare: 0 }])
    expect(await idsOf(rides)).toEqual([1n, 3n, 4n, 5n])
    await rides.overwritePartitions([{ id: 6, fare: -Number.NaN }])
    expect(await idsOf(rides)).toEqual([1n, 4n, 5n, 6n])
    await rides.overwritePartitions([{ id: 7, fare: -0 }])
    expect(await idsOf(rides)).toEqual([4n, 5n, 6n, 7n])
  })

  it('tells long strings apart whose folders have one name', async () => {
    const rides = await newRides('city')
    const long = 'å'.repeat(4000)
    await rides.append([
      { id: 1, city: `${long}a` },
      { id: 2, city: `${long}b` },
    ])
    await rides.overwritePartitions([{ id: 3, city: `${long}b` }])
    expect(await idsOf(rides)).toEqual([1n, 3n])
  })

  it('commits nothing without rows', async () => {
    const rides = await newRides('city')
    await rides.append([{ id: 1, city: 'Oslo' }])
    const before = rides.metadataLocation
    const commit = await rides.overwritePartitions([])
    expect(commit).toMatchObject({ snapshotId: null, attempts: 0 })
    expect(rides.metadataLocation).toBe(before)
    await rides.refresh()
    expect(rides.metadataLocation).toBe(before)
  })

  it('refuses a table with row-level deletes by name', async () => {
    const rides = await newRides('city')
    await rides.append([{ id: 1, city: 'Oslo' }])
    await commitRowDeletes(rides, ['Oslo'])
    await expect(rides.overwritePartitions([{ id: 2, city: 'Oslo' }])).rejects.toMatchObject({
      kind: 'unsupported',
      message: expect.stringContaining('row-level deletes cannot be overwritten yet'),
      context: { manifest: expect.stringMatching(/deletes\.avro$/) },
    })
  })

  it('refuses a table that has files of another spec by name', async () => {
    const rides = await newRides('city')
    await rides.append([{ id: 1, city: 'Oslo' }])
    const spec = { specId: 1, fields: [] }
    await commitUpdates(rides, [
      { action: 'add-spec', spec },
      { action: 'set-default-spec', specId: -1 },
    ])
    await expect(rides.overwritePartitions([{ id: 2, city: 'Oslo' }])).rejects.toMatchObject({
      kind: 'unsupported',
      context: { specId: 0, currentSpecId: 1 },
    })
    expect(await idsOf(rides)).toEqual([1n])
    await rides.append([{ id: 2, city: 'Oslo' }])
    expect(await idsOf(rides)).toEqual([1n, 2n])
  })

  it('heeds deletes that another commit made meanwhile, in every isolation but none', async () => {
    for (const isolation of ['serializable', 'snapshot'] as const) {
      const rides = await newRides('city')
      await rides.append([{ id: 1, city: 'Oslo' }])
      const { loaded } = rides.state
      await rides
        .transaction(async (tx) => {
          await tx.overwritePartitions([{ id: 2, city: 'Oslo' }], { isolation })
          const other = await openWarehouse('memory:', sharedWith(rides))
          await commitRowDeletes(await other.loadTable(TABLE), ['Oslo'])
        })
        .then(
          () => expect.unreachable(),
          (error: unknown) => expect(error).toMatchObject({ kind: 'conflict' }),
        )
      expect(loaded.metadata.snapshots).toHaveLength(1)
    }
  })
})

describe('dynamic overwrite of any table', () => {
  const anyCase = anyTableLayout.chain((layout) =>
    fc.record({
      layout: fc.constant(layout),
      before: fc.array(fc.array(fc.constantFrom(...layout.pool), { maxLength: 5 }), {
        maxLength: 3,
      }),
      input: fc.array(fc.constantFrom(...layout.pool), { maxLength: 5 }),
    }),
  )

  it('never touches the rows or the files of a partition that gets no rows', async () => {
    await fc.assert(
      fc.asyncProperty(anyCase, async ({ layout, before, input }) => {
        const { schema: columns } = layout
        const keyOf = partitionFunction(layout)
        const replaced = new Set(input.map(keyOf))
        const warehouse = await openWarehouse('memory:', { environment: movingEnvironment() })
        const table = await createTable({ warehouse }, layout)
        for (const rows of before) await table.append(batchFromValues(columns, rows))
        const pathsBefore = await pathsOf(table)
        const commit = await table.overwritePartitions(batchFromValues(columns, input))
        const kept = before.flat().filter((row) => !replaced.has(keyOf(row)))
        expect(rowSet(columns.fields, await readRows(table.scan()))).toEqual(
          rowSet(columns.fields, [...kept, ...input]),
        )
        const paths = await pathsOf(table)
        const gone = pathsBefore.filter((path) => !paths.includes(path))
        expect(gone).toHaveLength(commit.removedFiles)
        expect(commit.removedRows).toBe(BigInt(before.flat().length - kept.length))
      }),
      runs(40),
    )
  })

  it('always leaves the same table when it is done twice', async () => {
    await fc.assert(
      fc.asyncProperty(anyCase, async ({ layout, before, input }) => {
        const { schema: columns } = layout
        const warehouse = await openWarehouse('memory:', { environment: movingEnvironment() })
        const table = await createTable({ warehouse }, layout)
        for (const rows of before) await table.append(batchFromValues(columns, rows))
        await table.overwritePartitions(batchFromValues(columns, input))
        const once = rowSet(columns.fields, await readRows(table.scan()))
        await table.overwritePartitions(batchFromValues(columns, input))
        expect(rowSet(columns.fields, await readRows(table.scan()))).toEqual(once)
        for (const snapshot of table.snapshots) await auditSnapshot(table.state, snapshot)
      }),
      runs(30),
    )
  })
})

describe('dynamic overwrite beside an append', () => {
  /** Both on one version of a table with a row in Oslo, their requests in the scheduler's order. */
  async function race(
    scheduler: fc.Scheduler,
    cities: { readonly appended: string; readonly overwritten: string },
    isolation: Isolation,
  ): Promise<{ ids: bigint[]; ends: PromiseSettledResult<unknown>[]; overwroteLast: boolean }> {
    const store = createFaultyStore(createMemoryStore())
    const [left, right] = [await openRides(store), await openRides(store)]
    store.beforeRequest = (request) => scheduler.schedule(Promise.resolve(), request)
    const both = Promise.allSettled([
      left.append([{ id: 10, city: cities.appended }]),
      right.overwritePartitions([{ id: 20, city: cities.overwritten }], { isolation }),
    ])
    const ends = await scheduler.waitFor(both)
    store.beforeRequest = () => Promise.resolve()
    await left.refresh()
    for (const snapshot of left.snapshots) await auditSnapshot(left.state, snapshot)
    const overwroteLast = left.currentSnapshot?.operation === 'overwrite'
    return { ids: await idsOf(left), ends, overwroteLast }
  }

  it('never loses a row that was acknowledged, when it is serializable', async () => {
    const cities = { appended: 'Oslo', overwritten: 'Oslo' }
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const { ids, ends } = await race(scheduler, cities, 'serializable')
        const [append, overwrite] = ends
        expect(append?.status).toBe('fulfilled')
        if (overwrite?.status === 'fulfilled') expect(ids).toEqual([10n, 20n])
        else {
          expect(overwrite?.reason).toMatchObject({ kind: 'conflict' })
          expect(ids).toEqual([1n, 10n])
        }
      }),
      runs(40),
    )
  })

  it('always replaces what came before and keeps what came after, when it is not', async () => {
    const cities = { appended: 'Oslo', overwritten: 'Oslo' }
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.constantFrom<Isolation[]>('snapshot', 'none'),
        async (scheduler, isolation) => {
          const { ids, ends, overwroteLast } = await race(scheduler, cities, isolation)
          expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled'])
          expect(ids).toEqual(overwroteLast ? [20n] : [10n, 20n])
        },
      ),
      runs(30),
    )
  })

  it('always commits both where they meet in no partition', async () => {
    const cities = { appended: 'Bergen', overwritten: 'Oslo' }
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const { ids, ends } = await race(scheduler, cities, 'serializable')
        expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled'])
        expect(ids).toEqual([10n, 20n])
      }),
      runs(30),
    )
  })
})

/** A handle on the table of a store, which is made with one row if need be. */
async function openRides(store: FaultyStore): Promise<Rides> {
  const environment = movingEnvironment()
  const catalog = createFileCatalog({ store, environment, warehouse: 'memory:' })
  const warehouse = await openWarehouse('memory:', { store, environment, catalog })
  if (!(await warehouse.tableExists(TABLE))) {
    const rides = await warehouse.createTable(TABLE, { schema: Ride, partitionBy: ['city'] })
    await rides.append([{ id: 1, city: 'Oslo' }])
  }
  return warehouse.loadTable(TABLE, Ride)
}
