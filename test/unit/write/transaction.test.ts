import { describe, expect, it } from 'vitest'

import type { Transaction } from '../../../src/client/transaction.ts'
import { anotherHandle, idsOf, newRides } from '../../support/rides.ts'
import type { Rides } from '../../support/rides.ts'
import { auditSnapshot } from '../../support/snapshot-audit.ts'

type RidesTransaction = Parameters<Parameters<Rides['transaction']>[0]>[0]

describe('a transaction', () => {
  it('makes rows, properties and entries of the summary visible at once', async () => {
    const rides = await newRides()
    const reader = await anotherHandle(rides)
    await rides.transaction(async (tx) => {
      await tx.append([{ id: 1 }])
      tx.setProperties({ 'acme.batch': '1' })
      tx.setSummary({ 'acme.run': '7' })
      await reader.refresh()
      expect(await idsOf(reader)).toEqual([])
    })
    await reader.refresh()
    expect(await idsOf(reader)).toEqual([1n])
    expect(reader.properties.get('acme.batch')).toBe('1')
    expect(reader.currentSnapshot?.summary.get('acme.run')).toBe('7')
  })

  it('commits nothing when there is nothing to commit', async () => {
    const rides = await newRides()
    const before = rides.metadataLocation
    const commit = await rides.transaction(async (tx) => {
      tx.guard(() => expect.unreachable())
      tx.setProperties({})
      tx.setSummary({ a: '1' })
      await tx.append([])
      await tx.overwritePartitions([])
    })
    expect(commit).toMatchObject({ snapshotId: null, attempts: 0, addedRows: 0n })
    await rides.refresh()
    expect(rides.metadataLocation).toBe(before)
  })

  it('commits nothing when its description throws', async () => {
    const rides = await newRides()
    const fault = new Error('changed my mind')
    const described = rides.transaction(async (tx) => {
      await tx.append([{ id: 1 }])
      throw fault
    })
    await expect(described).rejects.toBe(fault)
    await rides.refresh()
    expect(await idsOf(rides)).toEqual([])
  })

  it('refuses a write that nobody waits for, whose rows would be lost', async () => {
    const rides = await newRides()
    let written: Promise<void> | null = null
    const careless = rides.transaction((tx) => {
      written = tx.append([{ id: 1 }])
    })
    await expect(careless).rejects.toMatchObject({
      kind: 'invalid',
      message: 'a write of the transaction was not awaited',
    })
    await expect(written).resolves.toBeUndefined()
    await rides.refresh()
    expect(await idsOf(rides)).toEqual([])
  })

  it('does not let the fault of a write that nobody waits for end the program', async () => {
    const rides = await newRides()
    const careless = rides.transaction((tx) => {
      void tx.append([{ id: 'x' } as never])
    })
    await expect(careless).rejects.toMatchObject({ message: expect.stringContaining('awaited') })
  })

  it('takes nothing after its end', async () => {
    const rides = await newRides()
    let kept: RidesTransaction | null = null
    await rides.transaction((tx) => {
      kept = tx
    })
    // Assigned above: the description has run.
    const ended = kept as unknown as Transaction<object>
    const fault = expect.objectContaining({ kind: 'invalid', message: 'the transaction has ended' })
    await expect(ended.append([{ id: 1 }])).rejects.toEqual(fault)
    await expect(ended.overwritePartitions([{ id: 1 }])).rejects.toEqual(fault)
    expect(() => ended.setProperties({ a: '1' })).toThrow(fault)
    expect(() => ended.setSummary({ a: '1' })).toThrow(fault)
    expect(() => ended.guard(() => true)).toThrow(fault)
  })

  it('makes a snapshot for each change of rows, of which only the last is seen to be current', async () => {
    const rides = await newRides({ partitionBy: ['city'] })
    const reader = await anotherHandle(rides)
    const commit = await rides.transaction(async (tx) => {
      await tx.append([
        { id: 1, city: 'Oslo' },
        { id: 2, city: 'Bergen' },
      ])
      await tx.overwritePartitions([{ id: 3, city: 'Oslo' }])
      await tx.deleteWhere("city = 'Bergen'")
      await tx.append([{ id: 4 }], { source: 'counter' })
      await reader.refresh()
      expect(reader.snapshots).toEqual([])
    })
    expect(await idsOf(rides)).toEqual([3n, 4n])
    const operations = rides.snapshots.map(({ operation }) => operation)
    expect(operations).toEqual(['append', 'overwrite', 'delete', 'append'])
    expect(rides.metadata.snapshotLog.map(({ snapshotId }) => snapshotId)).toEqual([
      rides.currentSnapshot?.snapshotId,
    ])
    expect(commit).toMatchObject({ addedRows: 4n, removedRows: 2n, changedPartitions: 3 })
    expect(commit.snapshotId).toBe(rides.currentSnapshot?.snapshotId)
    expect(rides.currentSnapshot?.summary.get('frazil.source')).toBe('counter')
    for (const snapshot of rides.snapshots) await auditSnapshot(rides.state, snapshot)
  })

  it('does not take its own changes for those of others', async () => {
    const rides = await newRides({ partitionBy: ['city'] })
    await rides.append([{ id: 1, city: 'Oslo' }])
    const other = await anotherHandle(rides)
    await rides.transaction(async (tx) => {
      await tx.append([{ id: 2, city: 'Oslo' }])
      await tx.overwritePartitions([{ id: 3, city: 'Oslo' }])
      await other.append([{ id: 4, city: 'Bergen' }])
    })
    expect(await idsOf(rides)).toEqual([3n, 4n])
  })

  it('finds what others changed behind its own changes', async () => {
    const rides = await newRides({ partitionBy: ['city'] })
    await rides.append([{ id: 1, city: 'Oslo' }])
    const other = await anotherHandle(rides)
    const raced = rides.transaction(async (tx) => {
      await tx.append([{ id: 2, city: 'Oslo' }])
      await tx.overwritePartitions([{ id: 3, city: 'Oslo' }])
      await other.append([{ id: 4, city: 'Oslo' }])
    })
    await expect(raced).rejects.toMatchObject({ kind: 'conflict' })
    await rides.refresh()
    expect(await idsOf(rides)).toEqual([1n, 4n])
  })

  it('refuses a branch by name, and a source that is none', async () => {
    const rides = await newRides()
    await expect(rides.append([{ id: 1 }], { branch: 'audit' })).rejects.toMatchObject({
      kind: 'unsupported',
      context: { branch: 'audit' },
    })
    await rides.append([{ id: 1 }], { branch: 'main' })
    await expect(rides.append([{ id: 1 }], { source: '' })).rejects.toMatchObject({
      kind: 'invalid',
    })
  })

  it('refuses names of counters in its summary', async () => {
    const rides = await newRides()
    const named = rides.transaction(async (tx) => {
      tx.setSummary({ 'added-records': '5' })
      await tx.append([{ id: 1 }])
    })
    await expect(named).rejects.toMatchObject({
      kind: 'invalid',
      context: { name: 'added-records' },
    })
  })
})
