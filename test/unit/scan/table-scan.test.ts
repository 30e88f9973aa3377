import { describe, expect, it } from 'vitest'

import { eq, gt, isNull } from '../../../src/expressions/build.ts'
import { schema, t } from '../../../src/types/define.ts'
import { openWarehouse } from '../../../src/client/warehouse.ts'
import { idsOf, newRides } from '../../support/rides.ts'
import type { Rides } from '../../support/rides.ts'
import { collect } from '../../support/streams.ts'
import { thrownBy } from '../../support/thrown.ts'

async function threeRides(): Promise<Rides> {
  const rides = await newRides({ partitionBy: ['city'] })
  await rides.append([
    { id: 1, city: 'Oslo', fare: 1.5, driver: { name: 'Ada', rating: 5 } },
    { id: 2, city: 'Oslo', fare: 2.5 },
  ])
  await rides.append([{ id: 3, city: 'Bergen', driver: { name: 'Bo' } }])
  return rides
}

describe('a scan', () => {
  it('is described step by step, and no step changes the one before', async () => {
    const rides = await threeRides()
    const all = rides.scan()
    const oslo = all.where(eq('city', 'Oslo'))
    const dear = oslo.where('fare > 2')
    const one = oslo.limit(1)
    expect(await all.count()).toBe(3n)
    expect(await oslo.count()).toBe(2n)
    expect(await dear.toArray()).toMatchObject([{ id: 2n }])
    expect(await one.count()).toBe(1n)
    expect(await all.count()).toBe(3n)
  })

  it('gives the columns in the order in which they are named', async () => {
    const rides = await threeRides()
    const [first] = await rides.scan().where(eq('id', 1n)).select('fare', 'id').toArray()
    expect(Object.entries(first ?? {})).toEqual([
      ['fare', 1.5],
      ['id', 1n],
    ])
  })

  it('gives a struct with what is named of it, null where the struct is', async () => {
    const rides = await threeRides()
    const rows = await rides.scan().select('driver.rating', 'id').toArray()
    expect(rows.sort((left, right) => Number(left.id - right.id))).toEqual([
      { driver: { rating: 5 }, id: 1n },
      { driver: null, id: 2n },
      { driver: { rating: null }, id: 3n },
    ])
  })

  it('filters by columns that it does not give', async () => {
    const rides = await threeRides()
    const rows = await rides.scan().where(isNull('driver.rating')).select('driver.name').toArray()
    expect(rows).toHaveLength(2)
    expect(rows).toEqual(expect.arrayContaining([{ driver: null }, { driver: { name: 'Bo' } }]))
  })

  it('finds a column whose name has a dot before a way into a struct', async () => {
    const warehouse = await openWarehouse('memory:')
    const dotted = await warehouse.createTable('x.dotted', {
      schema: schema({ 'a.b': t.int(), c: t.struct({ 'd.e': t.int() }) }),
    })
    await dotted.append([{ 'a.b': 1, c: { 'd.e': 2 } }])
    expect(await dotted.scan().select('a.b').toArray()).toEqual([{ 'a.b': 1 }])
    expect(await dotted.scan().select('c.d.e').toArray()).toEqual([{ c: { 'd.e': 2 } }])
    expect(
      await dotted
        .scan()
        .selectPaths([['a.b']])
        .toArray(),
    ).toEqual([{ 'a.b': 1 }])
    expect(await dotted.scan().where(gt('a.b', 0)).count()).toBe(1n)
  })

  it('names the nearest column when there is none of a name', async () => {
    const rides = await threeRides()
    const scan = rides.scan().selectPaths([['cty']])
    expect(thrownBy(() => scan.fields)).toMatchObject({
      kind: 'invalid',
      context: { column: 'cty', nearest: 'city' },
    })
    await expect(scan.toArray()).rejects.toMatchObject({ kind: 'invalid' })
    await expect(rides.scan().where('town = 1').count()).rejects.toMatchObject({ kind: 'invalid' })
  })

  it('refuses a text filter that cannot be read at once', async () => {
    const rides = await threeRides()
    expect(thrownBy(() => rides.scan().where('city ='))).toMatchObject({ kind: 'invalid' })
  })

  it('takes one of snapshot, time and ref, once', async () => {
    const rides = await threeRides()
    const [first] = rides.snapshots
    const scan = rides.scan().snapshot(first?.snapshotId ?? 0n)
    expect(await scan.count()).toBe(2n)
    expect(await rides.scan().ref('main').count()).toBe(3n)
    for (const again of [() => scan.snapshot(1n), () => scan.ref('main'), () => scan.asOf(0n)]) {
      expect(thrownBy(again)).toMatchObject({ kind: 'invalid' })
    }
  })

  it('keeps the lowest of several limits, and refuses what is none', async () => {
    const rides = await threeRides()
    expect(await rides.scan().limit(2).limit(5).toArray()).toHaveLength(2)
    expect(await rides.scan().limit(0).toArray()).toEqual([])
    expect(await rides.scan().limit(2).count()).toBe(2n)
    for (const limit of [-1, 1.5, Number.NaN, 2 ** 60]) {
      expect(thrownBy(() => rides.scan().limit(limit))).toMatchObject({ kind: 'invalid' })
    }
  })

  it('reads its own snapshot to the end, whatever is committed meanwhile', async () => {
    const rides = await newRides()
    await rides.append(Array.from({ length: 10 }, (_, id) => ({ id })))
    const seen: bigint[] = []
    for await (const { id } of rides.scan().rows({ batchRows: 2 })) {
      seen.push(id)
      if (seen.length === 3) await rides.overwritePartitions([{ id: 99 }])
    }
    expect(seen).toEqual([0n, 1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n, 9n])
    expect(await idsOf(rides)).toEqual([99n])
  })

  it('reads the version that the handle had when it was described', async () => {
    const rides = await threeRides()
    const before = rides.scan()
    await rides.append([{ id: 4 }])
    expect(await before.count()).toBe(3n)
    expect(await rides.scan().count()).toBe(4n)
  })

  it('gives batches of so many rows at the most, none of them empty', async () => {
    const rides = await newRides()
    await rides.append(Array.from({ length: 10 }, (_, id) => ({ id })))
    const batches = await collect(rides.scan().where('id >= 3').batches({ batchRows: 4 }))
    expect(batches.map((batch) => batch.numRows)).toEqual([1, 4, 2])
  })

  it('gives an Arrow table, objects and lines', async () => {
    const rides = await threeRides()
    const one = rides.scan().where(eq('id', 2n)).select('id', 'fare')
    const table = await one.toArrow()
    expect(table.numRows).toBe(1)
    expect(table.schema.names).toEqual(['id', 'fare'])
    expect((await rides.scan().where('false').toArrow()).schema.names).toHaveLength(5)
    expect(await collect(one)).toEqual([{ id: 2n, fare: 2.5 }])
    expect(await collect(one.ndjson())).toEqual(['{"id":2,"fare":2.5}'])
  })

  it('counts from metadata what partitions, counts and bounds decide, and reads the rest', async () => {
    const rides = await threeRides()
    const { services } = rides.state
    let reads = 0
    const get = services.store.get.bind(services.store)
    services.store.get = (location, ...rest) => {
      if (location.endsWith('.parquet')) reads += 1
      return get(location, ...rest)
    }
    const oslo = rides.scan().where(eq('city', 'Oslo'))
    expect(await oslo.count()).toBe(2n)
    expect(await oslo.where('id <= 2 and fare is not nan').count()).toBe(2n)
    expect(await rides.scan().where(isNull('fare')).count()).toBe(1n)
    expect(reads).toBe(0)
    expect(await oslo.where(gt('fare', 2)).count()).toBe(1n)
    expect(reads).toBeGreaterThan(0)
  })

  it('is empty in a table without snapshots', async () => {
    const rides = await newRides()
    const scan = rides.scan()
    expect(await scan.toArray()).toEqual([])
    expect(await scan.count()).toBe(0n)
    expect(await scan.plan()).toMatchObject({ snapshotId: null, tasks: [], counts: { files: 0 } })
  })

  it('stops with the reason of its signal', async () => {
    const rides = await threeRides()
    const reason = new Error('enough')
    const signal = AbortSignal.abort(reason)
    await expect(rides.scan().toArray({ signal })).rejects.toBe(reason)
    await expect(rides.scan().plan({ signal })).rejects.toBe(reason)
    await expect(rides.scan().where('fare > 2').count({ signal })).rejects.toBe(reason)
  })
})
