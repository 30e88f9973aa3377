import { isAbsolute, relative, resolve } from 'node:path'

import { describe, expect, it } from 'vitest'

import { openWarehouse } from '../../../src/client/warehouse.ts'
import { schema, t } from '../../../src/types/define.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { RIDES, Ride, idsOf } from '../../support/rides.ts'

describe.each([
  ['in memory', () => 'memory:'],
  ['in a folder', temporaryFolder],
])('a warehouse %s', (_, locate) => {
  it('makes, lists, opens and forgets tables', async () => {
    const warehouse = await openWarehouse(locate())
    expect(await warehouse.tableExists(RIDES)).toBe(false)
    const made = await warehouse.createTable(RIDES, { schema: Ride })
    await warehouse.createTable('city.cabs', { schema: Ride })
    await made.append([{ id: 1 }])
    expect(await warehouse.tableExists(RIDES)).toBe(true)
    expect(await warehouse.listTables('city')).toEqual(['city.cabs', RIDES])
    expect(await idsOf(await warehouse.loadTable(RIDES, Ride))).toEqual([1n])
    const untyped = await warehouse.loadTable(RIDES)
    expect(
      await untyped
        .scan()
        .selectPaths([['id']])
        .toArray(),
    ).toEqual([{ id: 1n }])
    await warehouse.dropTable(RIDES)
    expect(await warehouse.tableExists(RIDES)).toBe(false)
    expect(await warehouse.listTables('city')).toEqual(['city.cabs'])
    await expect(warehouse.loadTable(RIDES)).rejects.toMatchObject({ kind: 'not-found' })
  })

  it('is not looked at for who has aborted', async () => {
    const warehouse = await openWarehouse(locate())
    const rides = await warehouse.createTable(RIDES, { schema: Ride })
    const reason = new Error('enough')
    const aborted = { signal: AbortSignal.abort(reason) }
    for (const look of [
      () => warehouse.loadTable(RIDES, undefined, aborted),
      () => warehouse.loadTable(RIDES, Ride, aborted),
      () => warehouse.tableExists(RIDES, aborted),
      () => warehouse.listTables('city', aborted),
      () => rides.refresh(aborted),
    ]) {
      await expect(look()).rejects.toBe(reason)
    }
  })

  it('makes a table of one name once', async () => {
    const warehouse = await openWarehouse(locate())
    await warehouse.createTable(RIDES, { schema: Ride })
    await expect(warehouse.createTable(RIDES, { schema: Ride })).rejects.toMatchObject({
      kind: 'conflict',
    })
  })

  it('opens a table as a program’s schema says, in the forms that it asks for', async () => {
    const warehouse = await openWarehouse(locate())
    const made = await warehouse.createTable(RIDES, { schema: Ride })
    await made.append([{ id: 7, ts: '2026-01-31T12:00:00Z' }])
    const Other = schema({
      ts: t.timestamptz({ as: 'date' }).optional(),
      id: t.long({ as: 'number' }),
    })
    const rides = await warehouse.loadTable(RIDES, Other)
    expect(await rides.scan().select('id', 'ts').toArray()).toEqual([
      { id: 7, ts: new Date('2026-01-31T12:00:00Z') },
    ])
    const Wrong = schema({ id: t.string() })
    await expect(warehouse.loadTable(RIDES, Wrong)).rejects.toMatchObject({ kind: 'invalid' })
  })

  it('says which file is newest', async () => {
    const warehouse = await openWarehouse(locate())
    const rides = await warehouse.createTable(RIDES, { schema: Ride })
    await rides.append([{ id: 1 }])
    expect(await warehouse.publishLatest(RIDES)).toBe(rides.metadataLocation)
  })
})

describe('a warehouse', () => {
  it('names files in full, so that they are found from any folder', async () => {
    const folder = temporaryFolder()
    const warehouse = await openWarehouse(relative(resolve('.'), folder))
    const rides = await warehouse.createTable(RIDES, { schema: Ride })
    expect(isAbsolute(rides.metadata.location)).toBe(true)
    expect(rides.metadata.location.startsWith(folder)).toBe(true)
  })

  it('shares nothing with another one in memory', async () => {
    const [one, other] = [await openWarehouse('memory:'), await openWarehouse('memory:')]
    await one.createTable(RIDES, { schema: Ride })
    expect(await other.tableExists(RIDES)).toBe(false)
  })
})
