/** Putting manifests together changes how files are listed, and nothing that anybody reads. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { toHex } from '../../src/base/bytes.ts'
import type { ManifestEntry } from '../../src/metadata/manifest-entry.ts'
import type { Snapshot } from '../../src/metadata/snapshot.ts'
import { readManifest, readManifestList } from '../../src/table/manifest-io.ts'
import { anotherHandle, idsOf, newRides } from '../support/rides.ts'
import type { Rides } from '../support/rides.ts'
import { runs } from '../support/runs.ts'
import { auditSnapshot } from '../support/snapshot-audit.ts'
import type { FileRows } from '../support/snapshot-audit.ts'

/** What somebody does to a table; `index` is the number of the step, and the id of its rows. */
type Step = (rides: Rides, index: number, city: string) => Promise<unknown>

const STEPS: Record<string, Step> = {
  append: (rides, id, city) => rides.append([{ id, city }]),
  both: (rides, id, city) =>
    rides.transaction(async (tx) => {
      await tx.append([{ id, city }])
      await tx.append([{ id: id + 1000, city: 'Bodø' }])
    }),
  overwrite: (rides, id, city) =>
    rides.overwritePartitions([{ id, city }], { otherSpecs: 'replace' }),
  delete: (rides, _id, city) => rides.deleteWhere(`city = '${city}'`),
  repartition: (rides) =>
    rides.transaction((tx) =>
      tx.updateSpec((change) =>
        rides.spec.fields.some(({ transform }) => transform.kind === 'year')
          ? change.drop('ts_year')
          : change.add('year(ts)'),
      ),
    ),
  upgrade: (rides) =>
    rides.transaction((tx) => tx.upgradeFormat(rides.metadata.formatVersion === 1 ? 2 : 3)),
}

const anyStep = fc.tuple(
  fc.constantFrom(
    'append',
    'append',
    'append',
    'both',
    'overwrite',
    'delete',
    'repartition',
    'upgrade',
  ),
  fc.constantFrom('Oslo', 'Bergen', 'Tromsø'),
)

const anyMerging = fc.record({
  'commit.manifest.min-count-to-merge': fc.constantFrom('1', '2', '3', '4'),
  'commit.manifest.target-size-bytes': fc.constantFrom('1', '12000', '8388608'),
})

const anyVersion = fc.constantFrom(1 as const, 2 as const, 3 as const)

describe('a table whose manifests are put together', () => {
  it('always lists the same files as one whose manifests are not, in every snapshot', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyStep, { minLength: 3, maxLength: 12 }),
        anyMerging,
        anyVersion,
        async (steps, properties, formatVersion) => {
          const partitionBy = ['city'] as const
          const merged = await newRides({ formatVersion, partitionBy, properties })
          const plain = await newRides({
            formatVersion,
            partitionBy,
            properties: { 'commit.manifest-merge.enabled': 'false' },
          })
          for (const [index, [name, city]] of steps.entries()) {
            for (const rides of [merged, plain]) await STEPS[name]?.(rides, index, city)
          }
          expect(await idsOf(merged)).toEqual(await idsOf(plain))
          expect(await filesOf(merged)).toEqual(await filesOf(plain))
          await audit(merged)
        },
      ),
      runs(25),
    )
  })

  it('always keeps the rows of all who append at once', async () => {
    const anyAppends = fc.array(fc.tuple(fc.constantFrom('append', 'both'), fc.nat(2)), {
      minLength: 2,
      maxLength: 10,
    })
    await fc.assert(
      fc.asyncProperty(anyAppends, anyMerging, anyVersion, async (appends, more, formatVersion) => {
        const properties = { ...more, 'commit.retry.num-retries': '20' }
        const rides = await newRides({ formatVersion, properties })
        const handles = [rides, await anotherHandle(rides), await anotherHandle(rides)]
        const queues = handles.map(async (handle, mine) => {
          for (const [index, [name, whose]] of appends.entries()) {
            if (whose === mine) await STEPS[name]?.(handle, index, 'Oslo')
          }
        })
        await Promise.all(queues)
        await rides.refresh()
        const ids = appends.flatMap(([name], id) => (name === 'both' ? [id, id + 1000] : [id]))
        const ascending = ids.toSorted((left, right) => left - right).map(BigInt)
        expect(await idsOf(rides)).toEqual(ascending)
        await audit(rides)
      }),
      runs(30),
    )
  })
})

/** Live files of each snapshot, by what they are and not by what they are called. */
async function filesOf(rides: Rides): Promise<readonly (readonly string[])[]> {
  const places = new Map(rides.snapshots.map(({ snapshotId }, index) => [snapshotId, index]))
  return Promise.all(
    rides.snapshots.map(async (snapshot) => {
      const live = await liveEntries(rides, snapshot)
      return live.map((entry) => fileText(entry, places)).toSorted()
    }),
  )
}

function fileText(
  { snapshotId, dataSequenceNumber, fileSequenceNumber, file }: ManifestEntry,
  places: ReadonlyMap<bigint, number>,
): string {
  const { specId, partition, recordCount, metrics } = file
  const ids = [metrics.lowerBounds, metrics.upperBounds].map((bounds) =>
    toHex(bounds.get(1) ?? Uint8Array.of()),
  )
  const numbers = [dataSequenceNumber, fileSequenceNumber, places.get(snapshotId ?? -1n)]
  return [specId, ...partition, recordCount, ...ids, ...numbers].join(' ')
}

async function liveEntries(rides: Rides, snapshot: Snapshot): Promise<readonly ManifestEntry[]> {
  const lines = await readManifestList(rides.state, snapshot)
  const entries = await Promise.all(lines.map((line) => readManifest(rides.state, line)))
  return entries.flat().filter(({ status }) => status !== 'deleted')
}

/** Expects that every snapshot is sound, and that a file keeps its numbers and its row ids for as long as it lives. */
async function audit(rides: Rides): Promise<void> {
  const read: FileRows = new Map()
  const known = new Map<string, ManifestEntry>()
  for (const snapshot of rides.snapshots) {
    await auditSnapshot(rides.state, snapshot, read)
    const live = await liveEntries(rides, snapshot)
    for (const entry of live) {
      const before = known.get(entry.file.path) ?? entry
      const { snapshotId, dataSequenceNumber, fileSequenceNumber, file } = before
      expect(entry).toMatchObject({ snapshotId, dataSequenceNumber, fileSequenceNumber })
      // A file from before version 3 gets its row ids later, and then for good.
      if (file.firstRowId !== undefined) expect(entry.file.firstRowId).toBe(file.firstRowId)
      known.set(file.path, entry)
    }
    expectDistinctRowIds(live, snapshot)
  }
}

function expectDistinctRowIds(live: readonly ManifestEntry[], snapshot: Snapshot): void {
  if (snapshot.firstRowId === undefined) return
  const byRowId = live
    .map(({ file }) => ({ first: file.firstRowId ?? -1n, count: file.recordCount }))
    .toSorted((left, right) => (left.first < right.first ? -1 : 1))
  let free = 0n
  for (const { first, count } of byRowId) {
    expect(first >= free).toBe(true)
    free = first + count
  }
  expect(free <= snapshot.firstRowId + (snapshot.addedRows ?? 0n)).toBe(true)
}
