import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { createMemoryStore } from '../../../src/io/memory-store.ts'
import type { DataFile } from '../../../src/metadata/data-file.ts'
import type { ManifestEntry } from '../../../src/metadata/manifest-entry.ts'
import type { ManifestFile } from '../../../src/metadata/manifest-file.ts'
import { currentSpec } from '../../../src/metadata/table-metadata.ts'
import { readManifest, readManifestList } from '../../../src/table/manifest-io.ts'
import { noMetrics } from '../../../src/types/metrics.ts'
import { writeManifest } from '../../../src/write/manifest-writer.ts'
import { createManifestMerger } from '../../../src/write/merge-manifests.ts'
import { createWriteContext } from '../../../src/write/write-context.ts'
import { createFaultyStore } from '../../support/faulty-store.ts'
import { commitRowDeletes } from '../../support/foreign-commits.ts'
import { anotherHandle, idsOf, newRides } from '../../support/rides.ts'
import type { Rides } from '../../support/rides.ts'
import { runs } from '../../support/runs.ts'

const NEW = { status: 'added', dataSequenceNumber: null, fileSequenceNumber: null } as const

/** The snapshot that is being made. */
const SLOT = { snapshotId: 9n, sequenceNumber: 9n, parent: null, committedId: null } as const

const EAGER = { 'commit.manifest.min-count-to-merge': '2' }

function linesOf(rides: Rides): Promise<readonly ManifestFile[]> {
  const { currentSnapshot } = rides
  return currentSnapshot === null
    ? Promise.resolve([])
    : readManifestList(rides.state, currentSnapshot)
}

async function entriesOf(rides: Rides): Promise<readonly ManifestEntry[]> {
  const lines = await linesOf(rides)
  return (await Promise.all(lines.map((line) => readManifest(rides.state, line)))).flat()
}

/** What the newest snapshot tells of manifests: created, kept, replaced. */
function toldOf({ currentSnapshot }: Rides): readonly (string | undefined)[] {
  return ['created', 'kept', 'replaced'].map((name) =>
    currentSnapshot?.summary.get(`manifests-${name}`),
  )
}

describe('manifests that are put together', () => {
  it('are few, however many commits there were', async () => {
    const properties = { 'commit.manifest.min-count-to-merge': '4' }
    const rides = await newRides({ properties })
    const counts: number[] = []
    for (let id = 1; id <= 10; id += 1) {
      await rides.append([{ id }])
      counts.push((await linesOf(rides)).length)
    }
    expect(counts).toEqual([1, 2, 3, 1, 2, 3, 1, 2, 3, 1])
    expect(await idsOf(rides)).toHaveLength(10)
  })

  it('are a hundred at a time unless the table says otherwise, and none where it says no', async () => {
    const rides = await newRides()
    const apart = await newRides({
      properties: { ...EAGER, 'commit.manifest-merge.enabled': 'false' },
    })
    for (let id = 1; id <= 99; id += 1) await rides.append([{ id }])
    for (const id of [1, 2, 3]) await apart.append([{ id }])
    expect(await linesOf(rides)).toHaveLength(99)
    await rides.append([{ id: 100 }])
    expect(await linesOf(rides)).toHaveLength(1)
    expect(await linesOf(apart)).toHaveLength(3)
  })

  it('name each file with the snapshot and the numbers that it came with', async () => {
    const rides = await newRides({ properties: EAGER, formatVersion: 3 })
    for (const id of [1, 2, 3]) await rides.append([{ id }, { id: id + 10 }])
    const [line] = await linesOf(rides)
    expect(line).toMatchObject({ addedFiles: 1, existingFiles: 2, minSequenceNumber: 1n })
    const found = (await entriesOf(rides)).map((entry) => ({
      status: entry.status,
      place: rides.snapshots.findIndex(({ snapshotId }) => snapshotId === entry.snapshotId),
      numbers: [entry.dataSequenceNumber, entry.fileSequenceNumber],
    }))
    expect(found).toEqual([
      { status: 'added', place: 2, numbers: [3n, 3n] },
      { status: 'existing', place: 1, numbers: [2n, 2n] },
      { status: 'existing', place: 0, numbers: [1n, 1n] },
    ])
    const rows = await rides
      .scan()
      .select('id', '_row_id', '_last_updated_sequence_number')
      .toArray()
    expect(rows).toContainEqual({ id: 1n, _row_id: 0n, _last_updated_sequence_number: 1n })
    expect(new Set(rows.map((row) => row._row_id)).size).toBe(6)
  })

  it('tell of what this snapshot removed, and no more of what others did', async () => {
    const rides = await newRides({ properties: EAGER, partitionBy: ['city'] })
    await rides.append([{ id: 1, city: 'Oslo' }])
    await rides.overwritePartitions([{ id: 2, city: 'Oslo' }])
    const statuses = async (): Promise<string[]> =>
      (await entriesOf(rides)).map(({ status }) => status)
    expect(await linesOf(rides)).toHaveLength(1)
    expect(await statuses()).toEqual(['added', 'deleted'])
    await rides.append([{ id: 3, city: 'Oslo' }])
    expect(await statuses()).toEqual(['added', 'existing'])
    await rides.deleteWhere("city = 'Oslo'")
    expect(await statuses()).toEqual(['deleted', 'deleted'])
    await rides.append([{ id: 4, city: 'Oslo' }])
    expect(await statuses()).toEqual(['added'])
  })

  it('are counted in the summary, as Iceberg Java does', async () => {
    const rides = await newRides({ properties: { 'commit.manifest.min-count-to-merge': '3' } })
    await rides.append([{ id: 1 }])
    expect(toldOf(rides)).toEqual(['1', '0', '0'])
    await rides.append([{ id: 2 }])
    expect(toldOf(rides)).toEqual(['1', '1', '0'])
    await rides.append([{ id: 3 }])
    expect(toldOf(rides)).toEqual(['1', '0', '2'])
    await rides.deleteWhere('id = 2')
    expect(toldOf(rides)).toEqual(['1', '0', '1'])
  })

  it('of a full size stay as they are, whatever is added', async () => {
    const rides = await newRides({ properties: { 'commit.manifest.min-count-to-merge': '2' } })
    for (const id of [1, 2]) await rides.append([{ id }])
    const [full] = await linesOf(rides)
    const target = String(full?.lengthBytes)
    await rides.transaction((tx) =>
      tx.setProperties({ 'commit.manifest.target-size-bytes': target }),
    )
    await rides.append([{ id: 3 }])
    expect((await linesOf(rides)).map(({ path }) => path)).toContain(full?.path)
    expect(await idsOf(rides)).toEqual([1n, 2n, 3n])
  })
})

/** An entry of a file with metrics, as a commit makes it. */
function entryOf(index: number, entry: Omit<ManifestEntry, 'file'>): ManifestEntry {
  const columns = Array.from({ length: 8 }, (_, column) => column + 1)
  const bounds = new Map(columns.map((column) => [column, Uint8Array.of(index, column)]))
  const counts = new Map(columns.map((column) => [column, BigInt(index)]))
  const metrics = { ...noMetrics, valueCounts: counts, lowerBounds: bounds, upperBounds: bounds }
  const path = `memory:/data/${index}.parquet`
  return { ...entry, file: { ...anyFile, content: 'data', equalityIds: null, path, metrics } }
}

const anyFile: DataFile = {
  content: 'equality-deletes',
  path: 'memory:/deletes.parquet',
  format: 'parquet',
  specId: 0,
  partition: [],
  recordCount: 3n,
  fileSizeBytes: 100n,
  metrics: noMetrics,
  splitOffsets: null,
  equalityIds: [1, 2],
  sortOrderId: null,
  keyMetadata: null,
}

/** Each from one snapshot, this one or an older one; what is not new was so in some snapshot before. */
const anyManifests = fc.array(
  fc.record({
    snapshotId: fc.constantFrom(9n, 7n, 5n),
    statuses: fc
      .tuple(
        fc.array(fc.constantFrom('added', 'existing', 'deleted'), { maxLength: 8 }),
        fc.constantFrom(1, 1, 100),
      )
      .map(([all, times]) => Array.from({ length: times }, () => all).flat()),
  }),
  { minLength: 2, maxLength: 6 },
)

describe('manifests that are put together, however many files they list', () => {
  it('always become one of the same live files in their order, and of those that go in this snapshot', async () => {
    const { state } = await newRides({ properties: EAGER, formatVersion: 3 })
    await fc.assert(
      fc.asyncProperty(anyManifests, async (manifests) => {
        const context = createWriteContext(state)
        let index = 0
        const lines: ManifestFile[] = []
        for (const { snapshotId, statuses } of manifests) {
          const entries = statuses.map((status) =>
            entryOf(
              (index += 1),
              status === 'added'
                ? { ...NEW, snapshotId }
                : {
                    status,
                    snapshotId: status === 'deleted' ? snapshotId : 2n,
                    dataSequenceNumber: BigInt(1 + (index % 3)),
                    fileSequenceNumber: 3n,
                  },
            ),
          )
          const spec = currentSpec(state.metadata)
          const request = { spec, content: 'data', snapshotId, sequenceNumber: snapshotId } as const
          lines.push(await writeManifest(context, { ...request, entries }))
        }
        const all = (await Promise.all(lines.map((line) => readManifest(state, line)))).flat()
        const live = all.filter(({ status }) => status !== 'deleted')
        const expected = [
          ...live.map((entry) => ({
            ...entry,
            status: entry.status === 'added' && entry.snapshotId === 9n ? 'added' : 'existing',
          })),
          ...all.filter(({ status, snapshotId }) => status === 'deleted' && snapshotId === 9n),
        ]
        const merged = await createManifestMerger(context)(state, SLOT, lines)
        const found = await Promise.all(merged.map((line) => readManifest(state, line)))
        expect(merged).toHaveLength(expected.length === 0 ? 0 : 1)
        expect(found.flat()).toEqual(expected)
      }),
      runs(25),
    )
  })

  it('are never held entry by entry: a table that is not compacted has one for each commit', async () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const store = createMemoryStore()
    const { state } = await newRides({ properties: EAGER }, { store })
    const context = createWriteContext(state)
    const numbers = { dataSequenceNumber: 1n, fileSequenceNumber: 1n } as const
    const entry = { status: 'existing', snapshotId: 1n, ...numbers } as const
    const request = { spec: currentSpec(state.metadata), content: 'data', ...SLOT } as const
    const count = 5_000
    const write = (first: number): Promise<ManifestFile> =>
      writeManifest(context, {
        ...request,
        snapshotId: 1n,
        entries: Array.from({ length: count }, (_, index) => entryOf(first + index, entry)),
      })
    const lines = [await write(0), await write(count)]
    collect()
    const before = process.memoryUsage().heapUsed
    let held = 0
    const put = store.put.bind(store)
    store.put = (...stored) => {
      collect()
      held = process.memoryUsage().heapUsed - before
      return put(...stored)
    }
    const merged = await createManifestMerger(context)(state, SLOT, lines)
    expect(merged).toMatchObject([{ existingFiles: 2 * count }])
    expect(held / (2 * count)).toBeLessThan(200)
  })
})

describe('manifests that cannot be written anew', () => {
  it('stay as they are when the column of their partitions is gone', async () => {
    const rides = await newRides({ properties: EAGER, partitionBy: ['city'], formatVersion: 1 })
    await rides.append([{ id: 1, city: 'Oslo' }])
    const [old] = await linesOf(rides)
    await rides.transaction((tx) => {
      tx.updateSpec((change) => change.drop('city'))
      tx.updateSchema((change) => change.drop('city'))
    })
    for (const id of [2, 3]) await rides.append([{ id }])
    const lines = await linesOf(rides)
    expect(lines).toHaveLength(2)
    expect(lines).toContainEqual(old)
    expect(await idsOf(rides)).toEqual([1n, 2n, 3n])
  })

  it('stay as they are when they cannot be read here', async () => {
    const store = createMemoryStore()
    const rides = await newRides({ properties: EAGER }, { store })
    await rides.append([{ id: 1 }])
    const [line] = await linesOf(rides)
    const path = line?.path ?? ''
    const bytes = Buffer.from(await store.get(path))
    const at = bytes.indexOf('deflate')
    bytes.write('deflatf', at, 'latin1')
    await store.put(path, bytes, 'overwrite')
    await (await anotherHandle(rides)).append([{ id: 2 }])
    await rides.refresh()
    expect(await linesOf(rides)).toContainEqual(line)
    expect(await linesOf(rides)).toHaveLength(2)
  })

  it('are told of when they are gone', async () => {
    const rides = await newRides({ properties: EAGER })
    await rides.append([{ id: 1 }])
    const [line] = await linesOf(rides)
    await rides.state.services.store.delete(line?.path ?? '')
    await expect(rides.append([{ id: 2 }])).rejects.toMatchObject({
      kind: 'not-found',
      context: { manifest: line?.path },
    })
  })
})

describe('manifests of row-level deletes', () => {
  it('are put together apart from those of data, with all that is known of the deletes', async () => {
    const { state } = await newRides({ properties: EAGER, formatVersion: 3 })
    const context = createWriteContext(state)
    const vector = {
      content: 'position-deletes',
      format: 'puffin',
      referencedDataFile: 'memory:/data.parquet',
      contentOffset: 4n,
      contentSizeBytes: 40n,
      equalityIds: null,
    } as const
    const files: readonly DataFile[] = [
      anyFile,
      { ...anyFile, ...vector, path: 'memory:/deletes.puffin' },
    ]
    const write = (file: DataFile, number: bigint): Promise<ManifestFile> =>
      writeManifest(context, {
        spec: currentSpec(state.metadata),
        content: file.content === 'data' ? 'data' : 'deletes',
        entries: [{ ...NEW, snapshotId: number, file }],
        snapshotId: number,
        sequenceNumber: number,
      })
    const lines = await Promise.all(files.map((file, index) => write(file, BigInt(index + 1))))
    const data = await write({ ...anyFile, content: 'data', equalityIds: null }, 3n)
    const slot = { snapshotId: 4n, sequenceNumber: 4n, parent: null, committedId: null }
    const merged = await createManifestMerger(context)(state, slot, [data, ...lines])
    expect(merged).toMatchObject([data, { content: 'deletes', existingFiles: 2 }])
    const entries = await readManifest(state, merged[1] ?? data)
    expect(entries).toMatchObject(
      files.map((file, index) => ({
        status: 'existing',
        snapshotId: BigInt(index + 1),
        dataSequenceNumber: BigInt(index + 1),
        file,
      })),
    )
  })

  it('stay as they are below the count, whatever is added', async () => {
    const rides = await newRides({ properties: EAGER })
    await rides.append([{ id: 1 }])
    await commitRowDeletes(rides, [])
    const [deletes] = (await linesOf(rides)).filter(({ content }) => content === 'deletes')
    for (const id of [2, 3]) await rides.append([{ id }])
    const lines = await linesOf(rides)
    expect(lines.map(({ content }) => content)).toEqual(['data', 'deletes'])
    expect(lines).toContainEqual(deletes)
  })
})

async function numbersOf(rides: Rides): Promise<ReadonlySet<bigint | null>> {
  return new Set((await entriesOf(rides)).map((entry) => entry.dataSequenceNumber))
}

describe('manifests that are put together while others commit', () => {
  /** A rival whose rows go to another spec, so that what we put together does not change. */
  async function rivalOf(rides: Rides): Promise<void> {
    const rival = await anotherHandle(rides)
    await rival.transaction((tx) => tx.updateSpec((change) => change.add('city')))
    await rival.append([{ id: 9, city: 'Oslo' }])
  }

  it('are written once, and numbered by the attempt that lands', async () => {
    const store = createFaultyStore(createMemoryStore())
    const rides = await newRides({ properties: EAGER }, { store })
    await rides.append([{ id: 1 }])
    await rivalOf(rides)
    store.requests.length = 0
    expect((await rides.append([{ id: 2 }])).attempts).toBe(2)
    expect(store.requests.filter((request) => /^put .*-m\d+\.avro$/.test(request))).toHaveLength(2)
    const line = (await linesOf(rides)).find(({ specId }) => specId === 0)
    expect(line).toMatchObject({ sequenceNumber: 3n, minSequenceNumber: 1n })
    expect(await numbersOf(rides)).toEqual(new Set([1n, 2n, 3n]))
  })

  it('are written again when they hold what an earlier snapshot of the same commit added', async () => {
    const rides = await newRides({ properties: EAGER })
    await rivalOf(rides)
    const { attempts } = await rides.transaction(async (tx) => {
      await tx.append([{ id: 1 }])
      await tx.append([{ id: 2 }])
    })
    expect(attempts).toBe(2)
    expect(await numbersOf(rides)).toEqual(new Set([1n, 2n, 3n]))
    expect(await idsOf(rides)).toEqual([1n, 2n, 9n])
  })

  it('are written again when the files in them were given row ids meanwhile', async () => {
    const rides = await newRides({ properties: EAGER, formatVersion: 2 })
    await rides.append([{ id: 1 }])
    await rides.transaction((tx) => tx.upgradeFormat(3))
    await rivalOf(rides)
    expect((await rides.append([{ id: 2 }])).attempts).toBe(2)
    const rowIds = await Promise.all(
      rides.snapshots.slice(1).map(async ({ snapshotId }) => {
        const scan = rides.scan().snapshot(snapshotId).where('id = 1').select('_row_id')
        return scan.toArray()
      }),
    )
    expect(rowIds[0]).toHaveLength(1)
    expect(rowIds[1]).toEqual(rowIds[0])
  })
})
