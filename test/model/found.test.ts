/** What histories of tables have brought to light, as examples. */
import { describe, expect, it } from 'vitest'

import type { UnknownRow } from '../../src/client/row-shapes.ts'
import type { Table } from '../../src/client/table.ts'
import { openWarehouse } from '../../src/client/warehouse.ts'
import { expireSnapshots } from '../../src/maintenance/expire-snapshots.ts'
import type { Schema } from '../../src/types/schema.ts'
import type { Field, Type } from '../../src/types/type.ts'
import { schema, t } from '../../src/types/define.ts'
import { anotherHandle, idsOf, newRides } from '../support/rides.ts'

function schemaOf(columns: Readonly<Record<string, Type>>): Schema {
  const fields = Object.entries(columns).map(([name, type], index): Field => ({
    id: index + 1,
    name,
    required: false,
    type,
  }))
  return { schemaId: 0, fields, identifierFieldIds: [] }
}

interface TwoHandles {
  readonly table: Table<UnknownRow, UnknownRow>
  readonly other: Table<UnknownRow, UnknownRow>
}

/** A new table, twice. */
async function twoHandles(
  columns: Schema,
  partitionBy: readonly string[] = [],
): Promise<TwoHandles> {
  const warehouse = await openWarehouse('memory:', { workers: 0 })
  await warehouse.createTable('a.b', { schema: columns, partitionBy })
  return { table: await warehouse.loadTable('a.b'), other: await warehouse.loadTable('a.b') }
}

/** A moment after all clocks of tests. */
const FAR_MS = 4_102_444_800_000n

const withUnknown = schemaOf({ id: { kind: 'int' }, later: { kind: 'unknown' } })

describe('a table with a history', () => {
  it.each([1, 2, 3] as const)(
    'is read by everyone after a column that was no more than a void partition is dropped, in version %i',
    async (formatVersion) => {
      const warehouse = await openWarehouse('memory:', { workers: 0 })
      const columns = schemaOf({ id: { kind: 'int' }, fare: { kind: 'double' } })
      const partitionBy = [{ column: ['fare'], transform: { kind: 'void' } }] as const
      const table = await warehouse.createTable('a.b', {
        schema: columns,
        formatVersion,
        partitionBy,
      })
      await table.append([{ id: 1, fare: 1.5 }])
      await table.transaction((tx) => tx.updateSchema((change) => change.drop('fare')))
      await table.append([{ id: 2 }])
      expect(await table.scan().where('id < 3').count()).toBe(2n)
      await table.overwritePartitions([{ id: 3 }])
      expect(await table.scan().toArray()).toEqual([{ id: 3 }])
    },
  )

  it('is written in the order of a column that has no type yet', async () => {
    const warehouse = await openWarehouse('memory:', { workers: 0 })
    const options = { schema: withUnknown, formatVersion: 3, sortBy: ['later', 'id'] } as const
    const table = await warehouse.createTable('a.b', options)
    await table.append([{ id: 2 }, { id: 1 }])
    expect((await table.scan().toArray()).map(({ id }) => id)).toEqual([1, 2])
  })

  it('is not partitioned by a column that has no type yet, when it is made or later', async () => {
    const warehouse = await openWarehouse('memory:', { workers: 0 })
    const options = { schema: withUnknown, formatVersion: 3 } as const
    await expect(
      warehouse.createTable('a.b', { ...options, partitionBy: ['later'] }),
    ).rejects.toMatchObject({ kind: 'unsupported', context: { column: 'later' } })
    const table = await warehouse.createTable('a.b', options)
    await expect(
      table.transaction((tx) => tx.updateSpec((change) => change.add('later'))),
    ).rejects.toMatchObject({ kind: 'unsupported', context: { column: 'later' } })
  })

  it('is read, but not written, while it has a struct whose last field was dropped', async () => {
    const warehouse = await openWarehouse('memory:', { workers: 0 })
    const name = { id: 0, name: 'name', required: false, type: { kind: 'string' } } as const
    const columns = schemaOf({
      id: { kind: 'int' },
      driver: { kind: 'struct', fields: [{ ...name, id: 3 }] },
    })
    const table = await warehouse.createTable('a.b', { schema: columns })
    await table.append([{ id: 1, driver: { name: 'Ada' } }, { id: 2 }])
    await table.transaction((tx) => tx.updateSchema((change) => change.drop('driver.name')))
    await expect(table.append([{ id: 3, driver: {} }])).rejects.toMatchObject({
      kind: 'unsupported',
      context: { field: 'driver' },
    })
    const rows = await table.scan().toArray()
    expect(rows.sort((left, right) => Number(left['id']) - Number(right['id']))).toEqual([
      { id: 1, driver: {} },
      { id: 2, driver: null },
    ])
    const added = t.int().optional()
    await table.transaction((tx) => tx.updateSchema((change) => change.add('driver.age', added)))
    await table.append([{ id: 3, driver: { age: 41 } }])
    expect(await table.scan().where('driver.age = 41').count()).toBe(1n)
  })

  it('keeps the ids of rows that a delete, begun before an upgrade, would have moved without them', async () => {
    const rides = await newRides()
    await rides.append([{ id: 1 }, { id: 2 }])
    const begun = await anotherHandle(rides)
    const other = await anotherHandle(rides)
    await other.transaction((tx) => tx.upgradeFormat(3))
    await other.append([{ id: 3 }])
    const rowIdOfTwo = (): Promise<unknown> =>
      rides.scan().where('id = 2').select('_row_id').toArray()
    await rides.refresh()
    const before = await rowIdOfTwo()
    await begun.deleteWhere('id = 1')
    await rides.refresh()
    expect(await idsOf(rides)).toEqual([2n, 3n])
    expect(await rowIdOfTwo()).toEqual(before)
  })

  it('keeps the partition of rows that are moved while its column is widened', async () => {
    const { table, other } = await twoHandles(schema({ id: t.int(), zone: t.int() }), ['zone'])
    await table.append([
      { id: 1, zone: 7 },
      { id: 2, zone: 7 },
    ])
    await other.refresh()
    await table.transaction(async (tx) => {
      tx.updateSchema((change) => change.widen('zone', t.long()))
      await tx.append([{ id: 3, zone: 2n ** 40n }])
    })
    await other.deleteWhere('id = 1', { isolation: 'none' })
    expect(await other.scan().where('zone = 7').toArray()).toEqual([{ id: 2, zone: 7n }])
    expect(await other.scan().count()).toBe(2n)
  })

  it.each(['fare is not null', 'fare < 3000000000', 'not (fare is null or fare > 3000000000)'])(
    'is not overwritten by "%s", which meant every row, once it does not',
    async (filter) => {
      const { table, other } = await twoHandles(schema({ id: t.int(), fare: t.int() }))
      await table.append([{ id: 1, fare: 5 }])
      await other.refresh()
      await table.transaction(async (tx) => {
        tx.updateSchema((change) => change.makeOptional('fare'))
        await tx.append([{ id: 2 }])
      })
      await expect(other.deleteWhere(filter, { isolation: 'none' })).rejects.toMatchObject({
        kind: 'conflict',
        context: { column: 'fare' },
      })
      await table.refresh()
      expect(await table.scan().count()).toBe(2n)
    },
  )

  it('gets no version of its own from an upgrade that another commit was faster with', async () => {
    const { table, other } = await twoHandles(schema({ id: t.int() }))
    await table.transaction((tx) => tx.upgradeFormat(3))
    const { metadataLocation } = table
    const commit = await other.transaction((tx) => tx.upgradeFormat(3))
    expect(commit).toMatchObject({ snapshotId: null, attempts: 0 })
    expect(other.metadataLocation).toBe(metadataLocation)
    await table.refresh()
    expect(table.metadataLocation).toBe(metadataLocation)
  })

  it('takes rows and gives them up through a handle whose snapshot has expired since', async () => {
    const { table, other } = await twoHandles(schema({ id: t.int(), zone: t.int() }), ['zone'])
    await table.append([{ id: 1, zone: 1 }])
    await other.refresh()
    await table.append([{ id: 2, zone: 2 }])
    await expireSnapshots(table, { olderThan: FAR_MS })
    await other.append([{ id: 3, zone: 3 }])
    await table.overwritePartitions([{ id: 4, zone: 1 }])
    await expireSnapshots(table, { olderThan: FAR_MS })
    await other.deleteWhere('zone = 3', { isolation: 'none' })
    await table.refresh()
    const rows = await table.scan().toArray()
    expect(rows.map(({ id }) => Number(id)).sort((left, right) => left - right)).toEqual([2, 4])
  })
})
