import { describe, expect, it } from 'vitest'

import { createMemoryStore } from '../../../src/io/memory-store.ts'
import { createMeteredStore } from '../../../src/io/metered-store.ts'
import type { AppendsOptions, RangePoint } from '../../../src/scan/incremental.ts'
import { createFileCatalog } from '../../../src/catalog/file-catalog.ts'
import { openWarehouse } from '../../../src/client/warehouse.ts'
import type { TableEvent } from '../../../src/table/events.ts'
import { t } from '../../../src/types/define.ts'
import { commitRowDeletes, commitUpdates } from '../../support/foreign-commits.ts'
import { commitSnapshot } from '../../support/foreign-snapshots.ts'
import { movingEnvironment } from '../../support/moving-environment.ts'
import { RIDES, Ride, anotherHandle, newRides } from '../../support/rides.ts'
import type { Rides } from '../../support/rides.ts'
import { thrownBy } from '../../support/thrown.ts'

/** Appends of rides 1, 2, 3 and so on, a second apart. */
async function ridesOneByOne(count: number, city = 'Oslo'): Promise<Rides> {
  const environment = movingEnvironment()
  const rides = await newRides({ partitionBy: ['city'] }, { environment })
  for (let id = 1; id <= count; id += 1) {
    environment.timeMs += 1000
    await rides.append([{ id, city }])
  }
  return rides
}

function snapshotAt({ snapshots }: Rides, index: number): { readonly snapshot: bigint } {
  const snapshot = snapshots.at(index)?.snapshotId
  if (snapshot === undefined) throw new Error('the table has that many snapshots')
  return { snapshot }
}

async function idsOf(rides: Rides, options: AppendsOptions): Promise<bigint[]> {
  const rows = await rides.appends(options).select('id').toArray()
  return rows.map(({ id }) => id)
}

describe('appended rows', () => {
  it('are those after one snapshot up to and with another', async () => {
    const rides = await ridesOneByOne(4)
    const since = snapshotAt(rides, 0)
    expect(await idsOf(rides, { since })).toEqual([4n, 3n, 2n])
    expect(await idsOf(rides, { since, until: snapshotAt(rides, 2) })).toEqual([3n, 2n])
    expect(await idsOf(rides, { since, until: since })).toEqual([])
  })

  it('are those of a time, told by when they were committed', async () => {
    const rides = await ridesOneByOne(3)
    const [first, second] = rides.snapshots.map(({ timestampMs }) => BigInt(timestampMs))
    if (first === undefined || second === undefined) throw new Error('there are three')
    expect(await idsOf(rides, { since: { time: first }, until: { time: second } })).toEqual([2n])
    expect(await idsOf(rides, { since: { time: '2000-01-01T00:00:00Z' } })).toEqual([3n, 2n, 1n])
  })

  it('know what they came with', async () => {
    const rides = await ridesOneByOne(2)
    const last = rides.snapshots[1]
    const rows = await rides
      .appends({ since: snapshotAt(rides, 0) })
      .select('id', '_commit_snapshot_id', '_commit_timestamp')
      .toArray()
    expect(rows).toEqual([
      {
        id: 2n,
        _commit_snapshot_id: last?.snapshotId,
        _commit_timestamp: expect.stringContaining(
          new Date(last?.timestampMs ?? 0).toISOString().slice(0, -1),
        ),
      },
    ])
  })

  it('can be filtered, limited and counted as any rows', async () => {
    const rides = await ridesOneByOne(4)
    const appended = rides.appends({ since: snapshotAt(rides, 0) })
    expect(await appended.where('id > 2').count()).toBe(2n)
    expect(await appended.limit(1).toArray()).toHaveLength(1)
    const { snapshotId, counts } = await appended.where("city = 'Oslo' and id = 3").plan()
    expect(snapshotId).toBe(rides.currentSnapshot?.snapshotId)
    expect(counts).toMatchObject({ manifests: 3, files: 3, filesPrunedByMetrics: 2 })
    expect(thrownBy(() => appended.ref('main')).kind).toBe('invalid')
  })

  it('are read with the schema of now, wherever the range ends', async () => {
    const rides = await ridesOneByOne(2)
    const range = { since: { time: 0n }, until: snapshotAt(rides, 0) }
    await rides.transaction((tx) =>
      tx.updateSchema((change) => change.add('tip', t.double().optional())),
    )
    expect(await rides.appends(range).toArray()).toMatchObject([{ id: 1n, tip: null }])
  })

  it('are found once files were rewritten or manifests merged', async () => {
    const rides = await ridesOneByOne(3)
    const since = snapshotAt(rides, 0)
    const { timestampMs } = rides.snapshots[2] ?? { timestampMs: 0 }
    const rows = [1, 2, 3].map((id) => ({ id, city: 'Oslo' }))
    const compaction = { branch: 'main', operation: 'replace', timestampMs, rows } as const
    await commitSnapshot(rides, {
      ...compaction,
      snapshotId: 77n,
      removes: () => true,
      manifests: 'merged',
    })
    await rides.append([{ id: 4, city: 'Oslo' }])
    expect(await idsOf(rides, { since })).toEqual([3n, 2n, 4n])
    expect(await idsOf(rides, { since: { snapshot: 77n } })).toEqual([4n])
  })

  it('are those of a branch where one is named', async () => {
    const rides = await ridesOneByOne(1)
    const since = snapshotAt(rides, 0)
    const rows = [{ id: 10, city: 'Bergen' }]
    const { timestampMs } = rides.snapshots[0] ?? { timestampMs: 0 }
    await commitSnapshot(rides, {
      snapshotId: 78n,
      branch: 'audit',
      operation: 'append',
      timestampMs,
      rows,
      manifests: 'beside',
    })
    await rides.append([{ id: 2, city: 'Oslo' }])
    expect(await idsOf(rides, { since })).toEqual([2n])
    expect(await idsOf(rides, { since, ref: 'audit' })).toEqual([10n])
    expect(await idsOf(rides, { since, until: { ref: 'audit' } })).toEqual([10n])
    await expect(
      idsOf(rides, { since, until: { snapshot: 78n }, ref: 'main' }),
    ).rejects.toMatchObject({ kind: 'invalid', context: { until: 78n } })
  })

  it('are told of by one event', async () => {
    const events: TableEvent[] = []
    const rides = await newRides({}, { onEvent: (event) => void events.push(event) })
    await rides.append([{ id: 1 }])
    await rides.append([{ id: 2 }])
    events.length = 0
    await idsOf(rides, { since: snapshotAt(rides, 0) })
    expect(events).toMatchObject([{ kind: 'scan-planned', manifests: 1, files: 1, filesRead: 1 }])
  })

  it('take no more requests however long the history before them is', async () => {
    const usageOf = async (before: number): Promise<number> => {
      const store = createMeteredStore(createMemoryStore())
      const environment = movingEnvironment()
      const catalog = createFileCatalog({ store, warehouse: 'memory:', environment })
      const warehouse = await openWarehouse('memory:', { store, catalog, environment })
      const rides = await warehouse.createTable(RIDES, { schema: Ride })
      for (let id = 0; id < before + 3; id += 1) await rides.append([{ id }])
      const fresh = await openWarehouse('memory:', { store, catalog, environment })
      const reader = await fresh.loadTable(RIDES, Ride)
      const { gets } = store.usage()
      expect(await idsOf(reader, { since: snapshotAt(rides, -4) })).toHaveLength(3)
      return store.usage().gets - gets
    }
    expect(await usageOf(20)).toBe(await usageOf(1))
  })
})

describe('a range with commits that are no appends', () => {
  /** Ride 1, then 2 in place of it, then 3. */
  async function overwrittenRides(): Promise<Rides> {
    const rides = await ridesOneByOne(1)
    await rides.overwritePartitions([{ id: 2, city: 'Oslo' }])
    await rides.append([{ id: 3, city: 'Oslo' }])
    return rides
  }

  const since: RangePoint = { time: 0n }

  it('is refused by the first snapshot that removed rows, unless it is said what that means', async () => {
    const rides = await overwrittenRides()
    await expect(idsOf(rides, { since })).rejects.toMatchObject({
      kind: 'invalid',
      context: { ...snapshotIdAt(rides, 1), operation: 'overwrite' },
    })
    expect(await idsOf(rides, { since, overwriteSnapshots: 'skip' })).toEqual([1n, 3n])
    expect(await idsOf(rides, { since, overwriteSnapshots: 'added' })).toEqual([1n, 3n, 2n])
    expect(await idsOf(rides, { since: snapshotAt(rides, 1) })).toEqual([3n])
  })

  it('tells deletes and overwrites apart', async () => {
    const rides = await ridesOneByOne(2)
    await commitSnapshot(rides, {
      snapshotId: 79n,
      branch: 'main',
      operation: 'delete',
      timestampMs: rides.metadata.lastUpdatedMs,
      rows: [],
      removes: () => true,
      manifests: 'merged',
    })
    await expect(idsOf(rides, { since, overwriteSnapshots: 'skip' })).rejects.toMatchObject({
      kind: 'invalid',
      context: { snapshotId: 79n, operation: 'delete' },
    })
    expect(await idsOf(rides, { since, deleteSnapshots: 'skip' })).toEqual([2n, 1n])
    expect(await rides.scan().count()).toBe(0n)
  })

  it('gives rows as they were appended, whatever row-level deletes came later', async () => {
    const rides = await ridesOneByOne(1)
    await commitRowDeletes(rides, ['Oslo'])
    await rides.append([{ id: 2, city: 'Oslo' }])
    await expect(rides.scan().toArray()).rejects.toMatchObject({ kind: 'unsupported' })
    expect(await idsOf(rides, { since, overwriteSnapshots: 'skip' })).toEqual([1n, 2n])
    await expect(idsOf(rides, { since, overwriteSnapshots: 'added' })).rejects.toMatchObject({
      kind: 'unsupported',
    })
  })
})

describe('a range that cannot be read', () => {
  it('is refused at once when it is none', async () => {
    const rides = await ridesOneByOne(1)
    const faults: unknown[] = [
      {},
      { since: {} },
      { since: { snapshot: 1 } },
      { since: { snapshot: 1n, time: 0n } },
      { since: { time: new Date(0) } },
      { since: { time: 'yesterday' } },
      { since: { time: 0n }, until: { ref: 1 } },
      { since: { time: 0n }, overwriteSnapshots: 'ignore' },
    ]
    for (const fault of faults) {
      expect(thrownBy(() => rides.appends(fault as AppendsOptions)).kind).toBe('invalid')
    }
  })

  it('says when it is read that snapshots or refs are missing', async () => {
    const rides = await ridesOneByOne(2)
    const missing = { kind: 'not-found' }
    const since = snapshotAt(rides, 0)
    await expect(idsOf(rides, { since: { snapshot: 5n } })).rejects.toMatchObject(missing)
    await expect(idsOf(rides, { since, until: { snapshot: 5n } })).rejects.toMatchObject(missing)
    await expect(idsOf(rides, { since, ref: 'audit' })).rejects.toMatchObject(missing)
    await expect(idsOf(rides, { since: { ref: 'audit' } })).rejects.toMatchObject(missing)
    const empty = await newRides()
    await expect(idsOf(empty, { since: { ref: 'main' } })).rejects.toMatchObject(missing)
    expect(await idsOf(empty, { since: { time: 0n } })).toEqual([])
  })

  it('names the oldest start that is left when its own has expired', async () => {
    const rides = await ridesOneByOne(3)
    const [first, second] = [snapshotAt(rides, 0).snapshot, snapshotAt(rides, 1).snapshot]
    await commitUpdates(rides, [{ action: 'remove-snapshots', snapshotIds: [first, second] }])
    const reader = await anotherHandle(rides)
    const error = await idsOf(reader, { since: { snapshot: first } }).catch(
      (fault: unknown) => fault,
    )
    expect(error).toMatchObject({
      kind: 'not-found',
      context: { since: first, oldestUsableSnapshotId: second },
    })
    expect(await idsOf(reader, { since: { snapshot: second } })).toEqual([3n])
  })
})

function snapshotIdAt(rides: Rides, index: number): { readonly snapshotId: bigint } {
  return { snapshotId: snapshotAt(rides, index).snapshot }
}
