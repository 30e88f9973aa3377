import { describe, expect, it } from 'vitest'

import { currentSnapshot, currentSpec } from '../../../src/metadata/table-metadata.ts'
import { t } from '../../../src/types/define.ts'
import { anotherHandle, idsOf, newRides } from '../../support/rides.ts'
import type { Rides } from '../../support/rides.ts'

type Rows = Parameters<Rides['append']>[0]

/** Rows of columns that the compiler does not know of, because the table got them after it was opened. */
function rows(...all: object[]): Rows {
  // The handle's type is that of the columns it was opened with; appending checks each row at run time.
  return all as never
}

describe('a transaction that changes what the table is', () => {
  it('writes the rows that follow a new column with it, and leaves out nothing of those before', async () => {
    const rides = await newRides()
    await rides.append([{ id: 1 }])
    await rides.transaction(async (tx) => {
      tx.updateSchema((change) =>
        change.add('tip', t.decimal(9, 2).optional()).rename('city', 'town').move('tip', 'first'),
      )
      await tx.append(rows({ id: 2, tip: '1.50', town: 'Oslo' }))
    })
    expect(rides.schema.fields.map((field) => field.name).slice(0, 3)).toEqual([
      'tip',
      'id',
      'town',
    ])
    expect(rides.metadata.schemas).toHaveLength(2)
    expect(rides.currentSnapshot?.schemaId).toBe(rides.metadata.currentSchemaId)
    const read = await rides.scan().toArray()
    const sorted = read
      .map((row) =>
        JSON.stringify(row, (_, value) => (typeof value === 'bigint' ? String(value) : value)),
      )
      .sort()
    expect(sorted).toEqual([
      '{"tip":"1.50","id":"2","town":"Oslo","ts":null,"fare":null,"driver":null}',
      '{"tip":null,"id":"1","town":null,"ts":null,"fare":null,"driver":null}',
    ])
  })

  it('leaves rows that were appended before the change in the columns of before', async () => {
    const rides = await newRides()
    await rides.transaction(async (tx) => {
      await tx.append([{ id: 1, city: 'Oslo' }])
      tx.updateSchema((change) => change.drop('city').add('city', t.int().optional()))
    })
    expect(await rides.scan().select('id', 'city').toArray()).toEqual([{ id: 1n, city: null }])
  })

  it('partitions and sorts what follows, and no more', async () => {
    const rides = await newRides({ partitionBy: ['city'] })
    await rides.append([{ id: 1, city: 'Oslo' }])
    await rides.transaction(async (tx) => {
      tx.updateSpec((change) => change.drop('city').add('bucket(4, id) as shard'))
      tx.replaceSortOrder('id desc')
      await tx.append([{ id: 2, city: 'Rome' }])
    })
    expect(currentSpec(rides.metadata).fields.map(({ name }) => name)).toEqual(['shard'])
    expect(rides.sortOrder).toMatchObject({ orderId: 1, fields: [{ direction: 'desc' }] })
    const { tasks } = await rides.scan().plan()
    expect(new Set(tasks.map(({ file }) => file.specId))).toEqual(new Set([0, 1]))
    expect(await idsOf(rides)).toEqual([1n, 2n])
    await rides.transaction((tx) => tx.replaceSortOrder('none'))
    expect(rides.sortOrder.fields).toEqual([])
    await rides.transaction((tx) => tx.updateSpec((change) => change.add('city').drop('shard')))
    expect(currentSpec(rides.metadata).specId).toBe(0)
  })

  it('stands beside commits that change rows alone', async () => {
    const rides = await newRides()
    const rival = await anotherHandle(rides)
    const { attempts } = await rides.transaction(async (tx) => {
      tx.updateSchema((change) => change.add('tip', t.long().optional()))
      await tx.append(rows({ id: 1, tip: 5 }))
      await rival.append([{ id: 2 }])
    })
    expect(attempts).toBe(2)
    expect(await idsOf(rides)).toEqual([1n, 2n])
  })

  it.each<[string, (rival: Rides) => Promise<unknown>]>([
    [
      'columns',
      (rival) =>
        rival.transaction((tx) => tx.updateSchema((change) => change.add('a', t.int().optional()))),
    ],
    [
      'partitions',
      (rival) => rival.transaction((tx) => tx.updateSpec((change) => change.add('city'))),
    ],
    ['the order', (rival) => rival.transaction((tx) => tx.replaceSortOrder('id'))],
  ])('ends as a conflict when another commit changes %s', async (_, change) => {
    const rides = await newRides()
    const rival = await anotherHandle(rides)
    const evolving = rides.transaction(async (tx) => {
      tx.updateSchema((edit) => edit.add('tip', t.long().optional()))
      tx.updateSpec((edit) => edit.add('day(ts)'))
      tx.replaceSortOrder('ts')
      await tx.append([{ id: 1 }])
      await change(rival)
    })
    await expect(evolving).rejects.toMatchObject({
      kind: 'conflict',
      message: 'another commit changed what this one evolves',
    })
    await rides.refresh()
    expect(rides.currentSnapshot).toBeNull()
  })

  it('can be of metadata alone', async () => {
    const rides = await newRides()
    const commit = await rides.transaction((tx) => {
      tx.updateSchema((change) => change.setDoc('id', 'counts up'))
      tx.setProperties({ 'acme.a': '1' })
    })
    expect(commit).toMatchObject({ snapshotId: null, attempts: 1 })
    expect(rides.schema.fields[0]?.doc).toBe('counts up')
    expect(rides.properties.get('acme.a')).toBe('1')
  })

  it('refuses what would leave the table in contradiction, before anything is written', async () => {
    const rides = await newRides({ partitionBy: ['city'] })
    const before = rides.metadataLocation
    const drop = rides.transaction((tx) => tx.updateSchema((change) => change.drop('city')))
    await expect(drop).rejects.toMatchObject({
      kind: 'invalid',
      message: 'columns that partitions or the sort order need are dropped',
    })
    const missing = rides.transaction((tx) => tx.updateSchema((change) => change.drop('cite')))
    await expect(missing).rejects.toMatchObject({ kind: 'invalid', context: { path: 'cite' } })
    const late = rides.transaction((tx) => tx.updateSchema(async () => {}))
    await expect(late).rejects.toMatchObject({ kind: 'invalid' })
    await rides.refresh()
    expect(rides.metadataLocation).toBe(before)
  })

  it('drops a column that the partitions no longer need', async () => {
    const rides = await newRides({ partitionBy: ['city'] })
    await rides.append([{ id: 1, city: 'Oslo' }])
    await rides.transaction((tx) => {
      tx.updateSpec((change) => change.drop('city'))
      tx.updateSchema((change) => change.drop('city'))
    })
    expect(await idsOf(rides)).toEqual([1n])
  })
})

describe('an upgrade of the format', () => {
  it('goes from 1 to 3 with rows on the way, and none is lost', async () => {
    const rides = await newRides({ formatVersion: 1, partitionBy: ['city'] })
    await rides.append([{ id: 1, city: 'Oslo' }])
    await rides.append([{ id: 2, city: 'Rome' }])
    await rides.transaction((tx) => tx.upgradeFormat(2))
    expect(rides.metadata).toMatchObject({ formatVersion: 2, lastSequenceNumber: 0n })
    await rides.overwritePartitions([{ id: 3, city: 'Oslo' }])
    expect(currentSnapshot(rides.metadata)?.sequenceNumber).toBe(1n)
    await rides.transaction(async (tx) => {
      tx.upgradeFormat(3)
      tx.updateSchema((change) => change.add('at', t.timestamptzNs().optional()))
      await tx.append(rows({ id: 4, city: 'Bern', at: '2026-01-31T12:00:00.123456789Z' }))
    })
    expect(await idsOf(rides)).toEqual([2n, 3n, 4n])
    // The two rows from before the upgrade get ids with the first snapshot after it.
    expect(rides.metadata.nextRowId).toBe(3n)
    await rides.overwritePartitions([{ id: 5, city: 'Rome' }])
    expect(await idsOf(rides)).toEqual([3n, 4n, 5n])
  })

  it('is done once, and never taken back', async () => {
    const rides = await newRides({ formatVersion: 2 })
    const rival = await anotherHandle(rides)
    await rides.transaction(async (tx) => {
      tx.upgradeFormat(3)
      await rival.transaction((other) => other.upgradeFormat(3))
      await tx.append([{ id: 1 }])
    })
    expect(rides.metadata.formatVersion).toBe(3)
    for (const version of [1, 2, 4]) {
      const back = rides.transaction((tx) => tx.upgradeFormat(version as never))
      await expect(back).rejects.toMatchObject({ kind: 'invalid' })
    }
  })
})
