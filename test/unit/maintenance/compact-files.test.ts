import { describe, expect, it } from 'vitest'

import type { Catalog } from '../../../src/catalog/catalog.ts'
import { openWarehouse } from '../../../src/client/warehouse.ts'
import { compactFiles, planCompaction } from '../../../src/maintenance/compact-files.ts'
import type { CompactionOptions } from '../../../src/maintenance/compaction-options.ts'
import { expireSnapshots } from '../../../src/maintenance/expire-snapshots.ts'
import type { DataFile } from '../../../src/metadata/data-file.ts'
import { commitRowDeletes } from '../../support/foreign-commits.ts'
import { lineageOf } from '../../support/lineage-rows.ts'
import { RIDES, Ride, anotherHandle, idsOf, newRides, sharedWith } from '../../support/rides.ts'
import type { Rides } from '../../support/rides.ts'
import { auditSnapshot } from '../../support/snapshot-audit.ts'
import { collect } from '../../support/streams.ts'

const TWO: CompactionOptions = { minInputFiles: 2 }

/** A table with three files for each of two cities. */
async function twoCities(table: Parameters<typeof newRides>[0] = {}): Promise<Rides> {
  const rides = await newRides({ partitionBy: ['city'], ...table })
  for (const id of [1, 3, 5]) {
    await rides.append([
      { id, city: 'Oslo', fare: 10 - id },
      { id: id + 1, city: 'Rome', fare: 10 - id },
    ])
  }
  return rides
}

const EQUALITY: Partial<DataFile> = { content: 'equality-deletes', equalityIds: [1] }

/** From now on by a bucket of the id instead of the city. */
async function byBucket(rides: Rides): Promise<void> {
  await rides.transaction((tx) =>
    tx.updateSpec((change) => change.drop('city').add('bucket(2, id)')),
  )
}

const ALL = [1n, 2n, 3n, 4n, 5n, 6n]

async function filesOf(rides: Rides): Promise<readonly DataFile[]> {
  return (await rides.scan().plan()).tasks.map(({ file }) => file)
}

/** Everything that is stored, as locations. */
async function storedIn({ state, metadata }: Rides): Promise<ReadonlySet<string>> {
  const objects = await collect(state.services.store.list(metadata.location))
  return new Set(objects.map(({ location }) => location))
}

/** A handle on the same table that does something else before each commit. */
async function interrupted(
  rides: Rides,
  commitTable: (
    commit: () => ReturnType<Catalog['commitTable']>,
  ) => ReturnType<Catalog['commitTable']>,
): Promise<Rides> {
  const { services } = rides.state
  const { catalog } = services
  const slow: Catalog = {
    ...catalog,
    loadTable: (...given) => catalog.loadTable(...given),
    commitTable: (...given) => commitTable(() => catalog.commitTable(...given)),
  }
  const warehouse = await openWarehouse('memory:', { ...sharedWith(rides), catalog: slow })
  return warehouse.loadTable(RIDES, Ride)
}

/** Does something once, and nothing after that. */
function once(work: () => Promise<unknown>): () => Promise<unknown> {
  let isDone = false
  return async () => {
    if (isDone) return
    isDone = true
    await work()
  }
}

describe('a compaction', () => {
  it('makes one file of the small ones of each partition, and leaves nothing to do', async () => {
    const rides = await twoCities()
    const plan = await planCompaction(rides, TWO)
    expect(plan).toMatchObject({ files: 6, rows: 6n, strategy: 'binpack' })
    expect(plan.describe()).toContain('compact 6 files')
    const report = await plan.run()
    expect(report).toMatchObject({ groups: 2, overtakenGroups: 0, rows: 6n })
    expect(report.snapshotIds).toEqual([rides.currentSnapshot?.snapshotId])
    expect((await filesOf(rides)).map(({ path }) => path)).toEqual(report.addedFiles)
    expect(report.removedFiles).toHaveLength(6)
    expect(await idsOf(rides)).toEqual(ALL)
    expect((await planCompaction(rides, TWO)).groups).toEqual([])
    expect(await compactFiles(rides, TWO)).toMatchObject({ snapshotIds: [], groups: 0 })
  })

  it('does nothing to a table that never was written to', async () => {
    const rides = await newRides()
    const plan = await planCompaction(rides)
    expect(plan).toMatchObject({ snapshotId: null, groups: [], files: 0 })
    expect(plan.describe()).toBe('nothing to compact')
    expect(await plan.run()).toMatchObject({ snapshotIds: [] })
  })

  it('heeds files that may hold matching rows, and no others', async () => {
    const rides = await twoCities()
    const { removedFiles } = await compactFiles(rides, { ...TWO, where: "city = 'Oslo'" })
    expect(removedFiles).toHaveLength(3)
    expect(removedFiles.every((path) => path.includes('city=Oslo'))).toBe(true)
  })

  it('leaves files alone that have row-level deletes, and says so', async () => {
    const rides = await twoCities()
    await commitRowDeletes(rides, ['Oslo'])
    const plan = await planCompaction(rides, TWO)
    expect([...plan.leftAlone]).toEqual([['row-level deletes', 3]])
    expect(plan.describe()).toContain('3 files left alone because they have row-level deletes')
    expect(await plan.run()).toMatchObject({ groups: 1, rows: 3n })
  })

  it('commits bunches of groups where progress is to be kept', async () => {
    const rides = await twoCities()
    const seen: number[] = []
    const report = await compactFiles(rides, {
      ...TWO,
      partialProgress: true,
      onProgress: ({ groups, totalGroups }) => seen.push(groups, totalGroups),
    })
    expect(report.snapshotIds).toHaveLength(2)
    expect(seen).toEqual([1, 2, 2, 2])
    expect(await idsOf(rides)).toEqual(ALL)
  })

  it('claims an order of files only if it is the one of the table', async () => {
    const orders = async (options: CompactionOptions): Promise<readonly unknown[]> => {
      const rides = await twoCities({ sortBy: ['fare'] })
      await compactFiles(rides, { ...TWO, ...options })
      for (const snapshot of rides.snapshots) await auditSnapshot(rides.state, snapshot)
      return [...new Set((await filesOf(rides)).map(({ sortOrderId }) => sortOrderId))]
    }
    expect(await orders({ strategy: 'sort' })).toEqual([1])
    expect(await orders({ sort: 'fare' })).toEqual([1])
    expect(await orders({ sort: 'fare desc' })).toEqual([null])
    expect(await orders({})).toEqual([null])
    expect(await orders({ zorder: 'fare, driver.rating' })).toEqual([null])
  })

  it('keeps the bits of numbers, those of NaN and of minus zero too', async () => {
    const bits = [0x7ff8000000000000n, 0x7ff8000000000abcn, 0xfff8000000000001n, 1n << 63n, 0n, 1n]
    const bitsIn = async (rides: Rides): Promise<readonly bigint[]> => {
      const batches = await collect(rides.scan().select('id', 'fare').batches())
      const found = batches.flatMap((batch) => {
        const [ids, fares] = batch.data.children
        const raw = new BigUint64Array(Float64Array.from(fares?.values as Float64Array).buffer)
        return Array.from(ids?.values as BigInt64Array, (id, row) => [id, raw[row] ?? 0n] as const)
      })
      return found.toSorted(([left], [right]) => (left < right ? -1 : 1)).map(([, value]) => value)
    }
    for (const options of [{}, { sort: 'fare desc' }, { zorder: 'fare' }]) {
      const rides = await newRides()
      for (const [id, value] of bits.entries()) {
        await rides.append([
          { id, fare: new Float64Array(BigUint64Array.of(value).buffer)[0] ?? 0 },
        ])
      }
      const before = await bitsIn(rides)
      await compactFiles(rides, { ...TWO, ...options })
      expect(await bitsIn(rides)).toEqual(before)
      expect(await filesOf(rides)).toHaveLength(1)
    }
  })

  it('refuses to write no group at once, or to commit in no commit', async () => {
    const rides = await twoCities()
    for (const wrong of [0, -1, 1.5, Number.NaN]) {
      for (const options of [
        { maxConcurrentGroups: wrong },
        { partialProgress: { maxCommits: wrong } },
      ]) {
        await expect(planCompaction(rides, options)).rejects.toMatchObject({ kind: 'invalid' })
      }
    }
  })

  it('refuses a strategy that does not go with its options', async () => {
    const rides = await twoCities()
    for (const wrong of [
      { strategy: 'sort' },
      { strategy: 'zorder' },
      { strategy: 'binpack', sort: 'id' },
      { sort: 'id', zorder: 'id' },
      { zorder: 'driver' },
      { strategy: 'heap' as 'sort' },
      { outputSpecId: 7 },
      { compression: 'rar' as 'zstd' },
      { where: 'nowhere = 1' },
    ] as const satisfies readonly CompactionOptions[]) {
      await expect(planCompaction(rides, wrong)).rejects.toMatchObject({ kind: 'invalid' })
    }
  })
})

describe('a compaction beside other commits', () => {
  it('keeps what they append, and compacts it the next time', async () => {
    const rides = await twoCities()
    const plan = await planCompaction(rides, TWO)
    const rival = await anotherHandle(rides)
    await rival.append([{ id: 7, city: 'Oslo' }])
    expect(await plan.run()).toMatchObject({ groups: 2, overtakenGroups: 0 })
    expect(await idsOf(rides)).toEqual([...ALL, 7n])
    expect((await planCompaction(rides, TWO)).files).toBe(2)
  })

  it('plans the partition anew whose file they took away, and no other', async () => {
    const rides = await twoCities()
    const plan = await planCompaction(rides, TWO)
    const rival = await anotherHandle(rides)
    await rival.deleteWhere('id = 1')
    const report = await plan.run()
    expect(report).toMatchObject({ groups: 2, overtakenGroups: 0, rows: 5n })
    expect(report.snapshotIds).toHaveLength(2)
    expect(await idsOf(rides)).toEqual(ALL.slice(1))
    const stored = await storedIn(rides)
    for (const { path } of await filesOf(rides)) expect(stored.has(path)).toBe(true)
  })

  it('leaves rows in the spec that they are deleted in meanwhile, where it would move them to the current one', async () => {
    const rides = await twoCities()
    await byBucket(rides)
    const plan = await planCompaction(rides, TWO)
    const rival = await anotherHandle(rides)
    await commitRowDeletes(rival, ['Oslo'], { ...EQUALITY, specId: 0 })
    expect(await plan.run()).toMatchObject({ groups: 1, overtakenGroups: 0, rows: 3n })
    const { leftAlone } = await planCompaction(rides, TWO)
    expect([...leftAlone]).toEqual([['row-level deletes', 3]])
  })

  it('leaves rows in the spec that they are deleted in meanwhile, where it would move them to another', async () => {
    const rides = await twoCities()
    await byBucket(rides)
    await rides.append([{ id: 7, city: 'Oslo' }])
    const [{ partition } = { partition: [] }] = (await filesOf(rides)).filter(
      ({ specId }) => specId === 1,
    )
    const toCities: CompactionOptions = { rewriteAll: true, outputSpecId: 0 }
    const plan = await planCompaction(rides, toCities)
    const rival = await anotherHandle(rides)
    await commitRowDeletes(rival, partition, EQUALITY)
    expect(await plan.run()).toMatchObject({ groups: 2, overtakenGroups: 0, rows: 6n })
    const { leftAlone } = await planCompaction(rides, toCities)
    expect([...leftAlone]).toEqual([['row-level deletes', 1]])
  })

  it('never moves rows below equality deletes that were not of them', async () => {
    const rides = await twoCities()
    await byBucket(rides)
    const plan = await planCompaction(rides, { ...TWO, where: "city = 'Oslo'" })
    const rival = await anotherHandle(rides)
    for (const bucket of [0, 1]) await commitRowDeletes(rival, [bucket], EQUALITY)
    expect(await plan.run()).toMatchObject({ groups: 1, overtakenGroups: 0, rows: 3n })
    const { leftAlone } = await planCompaction(rides, { rewriteAll: true })
    expect([...leftAlone]).toEqual([])
  })

  it('leaves no outputs of a group that is overtaken between its writing and its commit', async () => {
    const rides = await twoCities()
    const before = await storedIn(rides)
    const rival = await anotherHandle(rides)
    const rivalDeletes = once(() => rival.overwritePartitions([{ id: 9, city: 'Oslo' }]))
    const slow = await interrupted(rides, async (commit) => {
      await rivalDeletes()
      return commit()
    })
    const report = await compactFiles(slow, TWO)
    expect(report).toMatchObject({ groups: 1, overtakenGroups: 0 })
    expect(await idsOf(slow)).toEqual([2n, 4n, 6n, 9n])
    const live = new Set((await filesOf(slow)).map(({ path }) => path))
    const data = [...(await storedIn(slow))].filter((path) => path.endsWith('.parquet'))
    const unneeded = data.filter((path) => !live.has(path) && !before.has(path))
    expect(unneeded).toEqual([])
  })

  it('gives a group up that they overtake every time, and fails when that is all there is', async () => {
    const rides = await twoCities()
    const rival = await anotherHandle(rides)
    let next = 10
    const slow = await interrupted(rides, async (commit) => {
      await rival.refresh()
      await rival.deleteWhere("city = 'Oslo'")
      for (const id of [next, next + 1]) await rival.append([{ id, city: 'Oslo' }])
      next += 2
      return commit()
    })
    await expect(compactFiles(slow, { ...TWO, where: "city = 'Oslo'" })).rejects.toMatchObject({
      kind: 'conflict',
      context: { groups: 1 },
    })
    expect(await idsOf(slow)).toHaveLength(5)
  })

  it('is done once when two do it at once', async () => {
    const rides = await twoCities()
    const plans = [await planCompaction(rides, TWO)]
    const rival = await anotherHandle(rides)
    plans.push(await planCompaction(rival, TWO))
    const reports = await Promise.all(plans.map((plan) => plan.run()))
    const groups = reports.map((report) => report.groups)
    expect(groups.reduce((sum, count) => sum + count)).toBe(2)
    await rides.refresh()
    expect(await idsOf(rides)).toEqual(ALL)
    const live = (await filesOf(rides)).map(({ path }) => path)
    const added = reports.flatMap(({ addedFiles }) => addedFiles)
    expect(live.toSorted()).toEqual(added.toSorted())
    const stored = await storedIn(rides)
    for (const path of live) expect(stored.has(path)).toBe(true)
  })

  it('goes on where the snapshots expire that its files came with', async () => {
    const rides = await twoCities()
    const plan = await planCompaction(rides, TWO)
    const rival = await anotherHandle(rides)
    const { snapshotIds } = await expireSnapshots(rival, {
      olderThan: BigInt(rival.metadata.lastUpdatedMs + 1),
      retainLast: 1,
    })
    expect(snapshotIds).toHaveLength(2)
    expect(await plan.run()).toMatchObject({ groups: 2, overtakenGroups: 0 })
    expect(await idsOf(rides)).toEqual(ALL)
  })

  it('keeps what rows are known by', async () => {
    const rides = await twoCities({ formatVersion: 3 })
    const before = await lineageOf(rides)
    const rival = await anotherHandle(rides)
    const plan = await planCompaction(rides, TWO)
    await rival.append([{ id: 7, city: 'Oslo' }])
    const appended = (await lineageOf(rival)).at(-1)
    await plan.run()
    expect(await lineageOf(rides)).toEqual([...before, appended])
  })

  it('never deletes outputs when nobody knows what became of the commit', async () => {
    const rides = await twoCities()
    const slow = await interrupted(rides, async (commit) => {
      await commit()
      return { kind: 'unknown', cause: new Error('no answer') }
    })
    const report = await compactFiles(slow, TWO)
    expect(report.groups).toBe(2)
    const lost = await interrupted(await twoCities(), async () => ({
      kind: 'unknown',
      cause: new Error('no answer'),
    }))
    const before = await storedIn(lost)
    await expect(compactFiles(lost, TWO)).rejects.toMatchObject({ kind: 'commit-unknown' })
    const left = [...(await storedIn(lost))].filter((path) => !before.has(path))
    expect(left.filter((path) => path.endsWith('.parquet'))).toHaveLength(2)
    expect(await idsOf(rides)).toEqual(ALL)
  })

  it('deletes outputs when others win every attempt to commit', async () => {
    const rides = await twoCities()
    const slow = await interrupted(rides, async () => ({ kind: 'conflict', reason: 'others' }))
    const before = await storedIn(slow)
    await expect(compactFiles(slow, TWO)).rejects.toMatchObject({ kind: 'conflict' })
    const left = [...(await storedIn(slow))].filter((path) => !before.has(path))
    expect(left.filter((path) => path.endsWith('.parquet'))).toEqual([])
  })

  it('ends when it is aborted, with the table as it was and nothing written left', async () => {
    const rides = await twoCities()
    const before = await storedIn(rides)
    const stop = new AbortController()
    const plan = await planCompaction(rides, { ...TWO, maxConcurrentGroups: 1 })
    const run = plan.run({
      signal: stop.signal,
      onProgress: () => stop.abort(new Error('enough')),
    })
    await expect(run).rejects.toThrow('enough')
    expect(await storedIn(rides)).toEqual(before)
    expect(await idsOf(rides)).toEqual(ALL)
  })

  it('rewrites what it can where progress is kept, and tells what it could not', async () => {
    const rides = await twoCities()
    const [first] = (await filesOf(rides)).filter(({ path }) => path.includes('city=Oslo'))
    await rides.state.services.store.put(first?.path ?? '', new Uint8Array(9), 'overwrite')
    const whole = compactFiles(rides, TWO)
    await expect(whole).rejects.toMatchObject({ kind: 'corrupt' })
    const report = await compactFiles(rides, { ...TWO, partialProgress: true })
    expect(report).toMatchObject({ groups: 1, rows: 3n })
    expect(report.failures).toMatchObject([{ error: { kind: 'corrupt' } }])
    expect(report.failures[0]?.files).toContain(first?.path)
    const again = compactFiles(rides, { ...TWO, partialProgress: true })
    await expect(again).rejects.toMatchObject({ kind: 'corrupt' })
  })

  it('refuses files that have other rows than the table says', async () => {
    const rides = await twoCities()
    const plan = await planCompaction(rides, { ...TWO, where: "city = 'Oslo'" })
    const [first] = plan.groups[0]?.inputs ?? []
    const { store } = rides.state.services
    const before = await storedIn(rides)
    await rides.append([7, 8].map((id) => ({ id, city: 'Oslo' })))
    const longer = (await filesOf(rides)).find(({ recordCount }) => recordCount === 2n)
    await store.put(first?.file.path ?? '', await store.get(longer?.path ?? ''), 'overwrite')
    await expect(plan.run()).rejects.toMatchObject({ kind: 'corrupt' })
    const data = [...(await storedIn(rides))].filter((path) => path.endsWith('.parquet'))
    expect(data.filter((path) => !before.has(path))).toEqual([longer?.path])
  })
})
