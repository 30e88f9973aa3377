import { describe, expect, it } from 'vitest'

import {
  planRewriteManifests,
  rewriteManifests,
} from '../../../src/maintenance/rewrite-manifests.ts'
import type { ManifestEntry } from '../../../src/metadata/manifest-entry.ts'
import type { ManifestFile } from '../../../src/metadata/manifest-file.ts'
import { readManifest, readManifestList } from '../../../src/table/manifest-io.ts'
import { commitRowDeletes } from '../../support/foreign-commits.ts'
import { anotherHandle, idsOf, newRides } from '../../support/rides.ts'
import type { Rides } from '../../support/rides.ts'

const APART = { 'commit.manifest-merge.enabled': 'false' }

function linesOf(rides: Rides): Promise<readonly ManifestFile[]> {
  const { currentSnapshot } = rides
  return currentSnapshot === null
    ? Promise.resolve([])
    : readManifestList(rides.state, currentSnapshot)
}

/** What the table says of each of its files, by path. */
async function entriesOf(rides: Rides): Promise<ReadonlyMap<string, ManifestEntry>> {
  const lines = await linesOf(rides)
  const entries = (await Promise.all(lines.map((one) => readManifest(rides.state, one)))).flat()
  return new Map(entries.map((entry) => [entry.file.path, entry]))
}

/** What a rewrite must not change. */
function numbersOf(entries: ReadonlyMap<string, ManifestEntry>): unknown {
  return [...entries]
    .map(([path, { snapshotId, dataSequenceNumber, fileSequenceNumber, file }]) => {
      const numbers = [snapshotId, dataSequenceNumber, fileSequenceNumber, file.firstRowId]
      return [path, ...numbers.map(String)].join(' ')
    })
    .sort()
}

/** Appends to three cities in turn, each commit to one. */
async function threeCities(
  formatVersion: 1 | 2 | 3,
  properties: Record<string, string> = {},
): Promise<Rides> {
  const rides = await newRides({
    formatVersion,
    partitionBy: ['city'],
    properties: { ...APART, ...properties },
  })
  for (let id = 1; id <= 9; id += 1) {
    await rides.append([{ id, city: ['Oslo', 'Bergen', 'Tromsø'][id % 3] ?? null }])
  }
  return rides
}

describe.each([1, 2, 3] as const)('rewriting manifests of version %i', (formatVersion) => {
  it('makes one of many, and leaves every file its snapshot, numbers and row ids', async () => {
    const rides = await threeCities(formatVersion)
    const before = await entriesOf(rides)
    const report = await rewriteManifests(rides)
    expect(report).toMatchObject({ attempts: 1, keptManifests: 0, entries: 9 })
    expect(report.removedManifests).toHaveLength(9)
    const lines = await linesOf(rides)
    expect(lines.map(({ path }) => path)).toEqual(report.addedManifests)
    expect(lines).toMatchObject([{ addedFiles: 0, existingFiles: 9, deletedFiles: 0 }])
    const after = await entriesOf(rides)
    expect(numbersOf(after)).toEqual(numbersOf(before))
    expect(new Set([...after.values()].map(({ status }) => status))).toEqual(new Set(['existing']))
    expect(await idsOf(rides)).toEqual([1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n, 9n])
  })

  it('has files of one partition together, so that a filter opens fewer manifests', async () => {
    const rides = await threeCities(formatVersion)
    await rewriteManifests(rides, { targetSizeBytes: 1 })
    const opened = async (): Promise<number> => {
      const { counts } = await rides.scan().where("city = 'Oslo'").plan()
      return counts.manifests - counts.manifestsPruned
    }
    expect(await opened()).toBe(3)
    const [first] = await linesOf(rides)
    await rewriteManifests(rides, { targetSizeBytes: 2 * Number(first?.lengthBytes) })
    expect((await linesOf(rides)).length).toBeLessThan(9)
    expect(await opened()).toBeLessThanOrEqual(2)
  })
})

describe('rewriting manifests', () => {
  it('is told in the summary as other engines tell it', async () => {
    const rides = await threeCities(2)
    await rewriteManifests(rides)
    const { currentSnapshot } = rides
    expect(currentSnapshot?.operation).toBe('replace')
    expect(Object.fromEntries(currentSnapshot?.summary ?? [])).toMatchObject({
      'manifests-created': '1',
      'manifests-kept': '0',
      'manifests-replaced': '9',
      'entries-processed': '9',
      'total-data-files': '9',
      'total-records': '9',
    })
  })

  it('does nothing in a table without rows, or when it was done before', async () => {
    const empty = await newRides()
    expect(await rewriteManifests(empty)).toMatchObject({ snapshotId: null, attempts: 0 })
    const rides = await threeCities(2)
    const { snapshotId } = await rewriteManifests(rides)
    expect(await rewriteManifests(rides)).toEqual({
      snapshotId: null,
      attempts: 0,
      removedManifests: [],
      addedManifests: [],
      keptManifests: 1,
      entries: 0,
    })
    expect(rides.currentSnapshot?.snapshotId).toBe(snapshotId)
  })

  it('says what it would do, and touches nothing', async () => {
    const rides = await threeCities(2)
    const { metadataLocation } = rides
    const plan = await planRewriteManifests(rides)
    expect(plan).toMatchObject({ entries: 9, keptManifests: 0, specId: 0 })
    expect(plan.describe()).toContain('rewrite 9 manifests of partition spec 0')
    for (const { path } of plan.groups.flat()) expect(plan.describe()).toContain(path)
    await rides.refresh()
    expect(rides.metadataLocation).toBe(metadataLocation)
    await plan.run()
    expect((await planRewriteManifests(rides)).describe()).toContain('nothing to rewrite')
  })

  it('tells apart what manifests of a good size have of the same partitions', async () => {
    const rides = await newRides({ partitionBy: ['city'], properties: APART })
    const cities = ['Bergen', 'Bodø', 'Hamar', 'Oslo', 'Tromsø', 'Vadsø']
    for (const turn of [0, 1]) {
      await rides.append(cities.map((city, index) => ({ id: index + 10 * turn, city })))
    }
    const targetSizeBytes = Number((await linesOf(rides))[0]?.lengthBytes)
    const report = await rewriteManifests(rides, { targetSizeBytes })
    expect(report).toMatchObject({ entries: 12, keptManifests: 0 })
    for (const city of cities) {
      const { counts } = await rides.scan().where(`city = '${city}'`).plan()
      expect(counts.manifests - counts.manifestsPruned).toBe(1)
    }
    expect((await planRewriteManifests(rides, { targetSizeBytes })).groups).toEqual([])
  })

  it('drops what only tells of files that are gone', async () => {
    const rides = await threeCities(2)
    await rides.deleteWhere("city = 'Oslo'")
    await rewriteManifests(rides)
    expect(await linesOf(rides)).toMatchObject([{ existingFiles: 6, deletedFiles: 0 }])
  })

  it('takes deletes together apart from data', async () => {
    const rides = await threeCities(2)
    await commitRowDeletes(rides, ['Oslo'])
    const before = await entriesOf(rides)
    await rewriteManifests(rides)
    const lines = await linesOf(rides)
    expect(lines.map(({ content }) => content)).toEqual(['data', 'deletes'])
    expect(numbersOf(await entriesOf(rides))).toEqual(numbersOf(before))
  })

  it('leaves manifests of other specs alone unless they are asked for', async () => {
    const rides = await threeCities(2)
    await rides.transaction((tx) => tx.updateSpec((change) => change.add('bucket(2, id)')))
    for (const id of [10, 11]) await rides.append([{ id, city: 'Oslo' }])
    expect(await rewriteManifests(rides)).toMatchObject({ entries: 2, keptManifests: 9 })
    expect(await rewriteManifests(rides, { specId: 0 })).toMatchObject({
      entries: 9,
      keptManifests: 1,
    })
    await expect(rewriteManifests(rides, { specId: 7 })).rejects.toMatchObject({ kind: 'invalid' })
  })

  it('takes only manifests that are chosen', async () => {
    const rides = await threeCities(2)
    const [, second, third] = await linesOf(rides)
    const chosen = new Set([second?.path, third?.path])
    const report = await rewriteManifests(rides, { where: ({ path }) => chosen.has(path) })
    expect(new Set(report.removedManifests)).toEqual(chosen)
    expect(report.keptManifests).toBe(7)
  })

  it.each([0, -1, 1.5, Number.NaN])('refuses a target of %d bytes', async (targetSizeBytes) => {
    const rides = await newRides()
    await expect(rewriteManifests(rides, { targetSizeBytes })).rejects.toMatchObject({
      kind: 'invalid',
    })
  })

  it('tells how far it is', async () => {
    const rides = await threeCities(2)
    const told: unknown[] = []
    await rewriteManifests(rides, { onProgress: (progress) => told.push(progress) })
    expect(told).toEqual([{ entries: 9, totalEntries: 9 }])
  })
})

describe('commits of others while manifests are rewritten', () => {
  it('that append leave manifests that stay as they are', async () => {
    const rides = await threeCities(3)
    const plan = await planRewriteManifests(rides)
    const other = await anotherHandle(rides)
    await other.append([{ id: 10, city: 'Oslo' }])
    const [appended] = await linesOf(other)
    const before = await entriesOf(other)
    const report = await plan.run()
    expect(report).toMatchObject({ attempts: 2, keptManifests: 1, entries: 9 })
    expect((await linesOf(rides)).map(({ path }) => path)).toEqual([
      appended?.path,
      ...report.addedManifests,
    ])
    expect(numbersOf(await entriesOf(rides))).toEqual(numbersOf(before))
  })

  it('that replace what was planned have it planned anew', async () => {
    const rides = await threeCities(3)
    const plan = await planRewriteManifests(rides)
    const other = await anotherHandle(rides)
    await other.deleteWhere("city = 'Oslo'")
    expect(await plan.run()).toMatchObject({ entries: 6 })
    expect(await idsOf(rides)).toEqual([1n, 2n, 4n, 5n, 7n, 8n])
  })

  it('that do the same leave nothing to do', async () => {
    const rides = await threeCities(2)
    const plan = await planRewriteManifests(rides)
    await rewriteManifests(await anotherHandle(rides))
    expect(await plan.run()).toMatchObject({ snapshotId: null, entries: 0 })
    expect(rides.snapshots).toHaveLength(10)
  })

  it('that move the table to version 3 have row ids given once', async () => {
    const rides = await threeCities(2)
    const plan = await planRewriteManifests(rides)
    const other = await anotherHandle(rides)
    await other.transaction((tx) => tx.upgradeFormat(3))
    await plan.run()
    const rows = await rides.scan().select('id', '_row_id').toArray()
    expect(new Set(rows.map((row) => row._row_id)).size).toBe(9)
    await rewriteManifests(rides, { targetSizeBytes: 1 })
    const again = await rides.scan().select('id', '_row_id').toArray()
    expect(new Set(again.map(({ id, _row_id }) => `${id} ${_row_id}`))).toEqual(
      new Set(rows.map(({ id, _row_id }) => `${id} ${_row_id}`)),
    )
  })
})
