import { describe, expect, it } from 'vitest'

import { openWarehouse } from '../../../src/client/warehouse.ts'
import { createMemoryStore } from '../../../src/io/memory-store.ts'
import type { TableEvent } from '../../../src/table/events.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { RIDES, Ride, anotherHandle, idsOf, newRides } from '../../support/rides.ts'

describe('a table', () => {
  it('shows what it is made of', async () => {
    const rides = await newRides({
      partitionBy: ['city'],
      sortBy: ['ts desc'],
      properties: { 'acme.owner': 'ops' },
    })
    expect(rides.name).toBe(RIDES)
    expect(rides.schema.fields.map(({ name }) => name)).toEqual(Ride.fields.map(({ name }) => name))
    expect(rides.spec.fields.map(({ name }) => name)).toEqual(['city'])
    expect(rides.sortOrder.fields).toHaveLength(1)
    expect(rides.properties.get('acme.owner')).toBe('ops')
    expect(rides.currentSnapshot).toBeNull()
    expect(rides.snapshots).toEqual([])
    await rides.append([{ id: 1 }])
    expect(rides.snapshots).toEqual([rides.currentSnapshot])
  })

  it('sees its own writes at once, and those of others when it is refreshed or written', async () => {
    const rides = await newRides()
    const other = await anotherHandle(rides)
    await rides.append([{ id: 1 }])
    expect(await idsOf(rides)).toEqual([1n])
    expect(await idsOf(other)).toEqual([])
    await other.refresh()
    expect(await idsOf(other)).toEqual([1n])
    await rides.append([{ id: 2 }])
    await other.append([{ id: 3 }])
    expect(await idsOf(other)).toEqual([1n, 2n, 3n])
  })

  it('keeps what it knows when nobody has written meanwhile', async () => {
    const warehouse = await openWarehouse(temporaryFolder())
    const rides = await warehouse.createTable(RIDES, { schema: Ride })
    await rides.append([{ id: 1 }])
    const { metadata } = rides
    await rides.refresh()
    expect(rides.metadata).toBe(metadata)
  })

  it('never goes back to a version that it had, whichever call ends last', async () => {
    const rides = await newRides()
    const old = rides.state.loaded
    await rides.append([{ id: 1 }])
    rides.moveTo(old)
    expect(await idsOf(rides)).toEqual([1n])
    const before = rides.state.loaded
    await rides.transaction((tx) => tx.setProperties({ a: '1' }))
    rides.moveTo(before)
    expect(rides.properties.get('a')).toBe('1')
    await Promise.all([
      rides.append([{ id: 2 }]),
      rides.refresh(),
      rides.append([{ id: 3 }]),
      rides.refresh(),
    ])
    expect(await idsOf(rides)).toEqual([1n, 2n, 3n])
  })

  it('never goes back to a version that its log has forgotten', async () => {
    const warehouse = await openWarehouse(temporaryFolder(), { workers: 0 })
    const properties = { 'write.metadata.previous-versions-max': '1' }
    const rides = await warehouse.createTable(RIDES, { schema: Ride, properties })
    const old = rides.state.loaded
    for (const a of ['1', '2']) await rides.transaction((tx) => tx.setProperties({ a }))
    rides.moveTo(old)
    expect(rides.properties.get('a')).toBe('2')
  })

  it('is not found any more when it was dropped, also when another has its name', async () => {
    const store = createMemoryStore()
    const warehouse = await openWarehouse('memory:', { store })
    const rides = await warehouse.createTable(RIDES, { schema: Ride })
    await rides.append([{ id: 1 }])
    await warehouse.dropTable(RIDES)
    await expect(rides.append([{ id: 2 }])).rejects.toMatchObject({ kind: 'not-found' })
    await expect(rides.refresh()).rejects.toMatchObject({ kind: 'not-found' })
    const heir = await warehouse.createTable(RIDES, { schema: Ride })
    for (const late of [
      () => rides.append([{ id: 2 }]),
      () => rides.overwritePartitions([{ id: 2 }]),
      () => rides.transaction((tx) => tx.setProperties({ a: '1' })),
      () => rides.refresh(),
    ]) {
      await expect(late()).rejects.toMatchObject({ kind: 'not-found' })
    }
    expect(await idsOf(rides)).toEqual([1n])
    expect(await idsOf(heir)).toEqual([])
  })

  it('has nothing of an append that fails, and goes on', async () => {
    const rides = await newRides()
    const bad = [{ id: 1 }, { id: null } as never]
    await expect(rides.append(bad)).rejects.toMatchObject({
      kind: 'invalid',
      context: { path: 'rows[1].id' },
    })
    await rides.append([{ id: 2 }])
    expect(await idsOf(rides)).toEqual([2n])
  })

  it('tells what happens in order', async () => {
    const events: TableEvent[] = []
    const rides = await newRides(
      { partitionBy: ['city'] },
      { onEvent: (event) => void events.push(event) },
    )
    const other = await anotherHandle(rides)
    await other.append([{ id: 1, city: 'Oslo' }])
    events.length = 0
    await rides.append([
      { id: 2, city: 'Oslo' },
      { id: 3, city: 'Bergen' },
    ])
    await rides.scan().toArray()
    expect(events.map(({ kind }) => kind)).toEqual([
      'file-written',
      'file-written',
      'commit-attempted',
      'commit-conflict',
      'commit-attempted',
      'committed',
      'scan-planned',
    ])
    expect(events.at(-2)).toEqual({
      kind: 'committed',
      table: RIDES,
      snapshotId: rides.currentSnapshot?.snapshotId,
      attempts: 2,
    })
  })

  it('holds no more metadata than the table has after many writes', async () => {
    const rides = await newRides({
      properties: { 'write.metadata.previous-versions-max': '3' },
    })
    for (let id = 0; id < 12; id += 1) await rides.append([{ id }])
    expect(rides.metadata.metadataLog).toHaveLength(3)
    expect(await rides.scan().count()).toBe(12n)
  })
})
