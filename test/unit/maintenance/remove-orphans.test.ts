import { renameSync, symlinkSync } from 'node:fs'
import { cp } from 'node:fs/promises'

import { describe, expect, it } from 'vitest'

import { IcebergError } from '../../../src/base/errors.ts'
import { createFileCatalog } from '../../../src/catalog/file-catalog.ts'
import { openTable } from '../../../src/client/open-table.ts'
import { openWarehouse } from '../../../src/client/warehouse.ts'
import type { Warehouse } from '../../../src/client/warehouse.ts'
import { createLocalStore } from '../../../src/io/local-store.ts'
import { lastName } from '../../../src/io/location.ts'
import { createMemoryStore } from '../../../src/io/memory-store.ts'
import type { ObjectStore } from '../../../src/io/object-store.ts'
import { addFiles } from '../../../src/maintenance/import-files.ts'
import { planExpiry } from '../../../src/maintenance/expire-snapshots.ts'
import type { OrphanOptions } from '../../../src/maintenance/orphan-search.ts'
import { planOrphanRemoval, removeOrphans } from '../../../src/maintenance/remove-orphans.ts'
import { otherHandle } from '../../support/busy-handles.ts'
import { filesIn } from '../../support/busy-table.ts'
import { createFaultyStore } from '../../support/faulty-store.ts'
import type { FaultyStore } from '../../support/faulty-store.ts'
import { commitSnapshot } from '../../support/foreign-snapshots.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { commitUpdates } from '../../support/foreign-commits.ts'
import { movingEnvironment } from '../../support/moving-environment.ts'
import type { MovingEnvironment } from '../../support/moving-environment.ts'
import { RIDES, Ride, idsOf } from '../../support/rides.ts'
import type { Rides } from '../../support/rides.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

interface Lab {
  readonly rides: Rides
  readonly faulty: FaultyStore
  readonly store: ObjectStore
  readonly environment: MovingEnvironment
  /** What is the clock of the store ahead of that of its writers. */
  readonly aheadMs: { value: number }
}

/** A table in memory in which a file lies since four days that nothing names. */
async function lab(
  location = 'memory:/lake',
  map?: (store: ObjectStore) => ObjectStore,
): Promise<Lab> {
  const environment = movingEnvironment()
  const aheadMs = { value: 0 }
  const memory = createMemoryStore({ clock: () => environment.timeMs + aheadMs.value })
  const store = map?.(memory) ?? memory
  const faulty = createFaultyStore(store)
  const catalog = createFileCatalog({ store: faulty, environment, warehouse: location })
  const options = { store: faulty, catalog, environment, workers: 0 }
  const warehouse = await openWarehouse(location, options)
  const rides = await warehouse.createTable(RIDES, { schema: Ride })
  await rides.append([{ id: 1 }])
  await rides.append([{ id: 2 }])
  await put({ rides, store }, 'data/lost.parquet')
  environment.timeMs += 4 * DAY_MS
  return { rides, faulty, store, environment, aheadMs }
}

const EVERYTHING: OrphanOptions = { olderThan: 9_999_999_999_999n, force: true }
const ONLY_READ = { kind: 'unsupported', message: expect.stringContaining('only be read') }

interface DiskLab {
  readonly folder: string
  readonly warehouse: Warehouse
  readonly rides: Rides
}

/** A table in a folder, which other programs may copy or open by one of its files. */
async function onDisk(): Promise<DiskLab> {
  const folder = temporaryFolder()
  const warehouse = await openWarehouse(folder, { workers: 0 })
  const rides = await warehouse.createTable(RIDES, { schema: Ride })
  await rides.append([{ id: 1 }])
  return { folder, warehouse, rides }
}

function put({ rides, store }: Pick<Lab, 'rides' | 'store'>, name: string): Promise<number> {
  return store.put(`${rides.metadata.location}/${name}`, new Uint8Array(5), 'create')
}

async function orphansOf(rides: Rides, options?: OrphanOptions): Promise<readonly string[]> {
  const { files } = await planOrphanRemoval(rides, options)
  return files.map(({ path }) => path.slice(rides.metadata.location.length + 1)).toSorted()
}

/** Holds what is under any scheme and authority, of which it knows nothing. */
function anyScheme(memory: ObjectStore): ObjectStore {
  const inside = (location: string): string => location.replace(/^[a-z0-9]+:\/\/[^/]*/, 'memory:')
  const outside = (location: string): string => location.replace(/^memory:/, 's3://bucket')
  return {
    put: (location, ...rest) => memory.put(inside(location), ...rest),
    get: (location, ...rest) => memory.get(inside(location), ...rest),
    head: (location, ...rest) => memory.head(inside(location), ...rest),
    listNames: (folder, ...rest) => memory.listNames(inside(folder), ...rest),
    delete: (location, ...rest) => memory.delete(inside(location), ...rest),
    deleteAll: (locations, ...rest) => memory.deleteAll(locations.map(inside), ...rest),
    async *list(prefix) {
      for await (const object of memory.list(inside(prefix))) {
        yield { ...object, location: outside(object.location) }
      }
    },
  }
}

describe('removal of orphans', () => {
  it('takes files of three days and more, and nothing else', async () => {
    const { rides, store, environment } = await lab()
    await put({ rides, store }, 'data/young.parquet')
    environment.timeMs += 2 * DAY_MS
    expect(await orphansOf(rides)).toEqual(['data/lost.parquet'])
    const before = await filesIn(store, 'memory:')
    const report = await removeOrphans(rides)
    expect(report).toMatchObject({ files: [{ sizeBytes: 5n }], left: [], kept: [] })
    const after = await filesIn(store, 'memory:')
    expect([...before].filter((path) => !after.has(path))).toEqual([
      `${rides.metadata.location}/data/lost.parquet`,
    ])
    expect(await idsOf(rides)).toEqual([1n, 2n])
  })

  it('is described with every file that goes', async () => {
    const { rides, store } = await lab()
    await put({ rides, store }, 'data/young.parquet')
    await put({ rides, store }, 'old/metadata/v1.metadata.json')
    const plan = await planOrphanRemoval(rides)
    const { location } = rides.metadata
    expect(plan.describe().split('\n')).toEqual([
      `nothing names 1 file (5 bytes) below ${location}`,
      `  ${location}/data/lost.parquet`,
      '2 younger files were passed over',
      "/lake/city/rides/old is another table's, and stays as it is",
    ])
  })

  it('takes files of less than a day only when it must', async () => {
    const { rides, store } = await lab()
    await put({ rides, store }, 'data/young.parquet')
    for (const olderThan of ['23 hours', '0 days', 9_999_999_999_999n]) {
      await expect(planOrphanRemoval(rides, { olderThan })).rejects.toMatchObject({
        kind: 'invalid',
      })
    }
    const forced = { olderThan: 9_999_999_999_999n, force: true }
    expect(await orphansOf(rides, forced)).toEqual(['data/lost.parquet', 'data/young.parquet'])
    expect(await orphansOf(rides, { olderThan: '24 hours' })).toEqual(['data/lost.parquet'])
  })

  it('goes by the clock of the store, whatever ours says', async () => {
    const { rides, store, environment, aheadMs } = await lab()
    await put({ rides, store }, 'data/young.parquet')
    // Ours has jumped ahead by five days, so that what was just written looks old.
    environment.timeMs += 5 * DAY_MS
    aheadMs.value = -5 * DAY_MS
    const plan = await planOrphanRemoval(rides)
    expect(plan.files).toHaveLength(2)
    const { files, kept } = await plan.run()
    expect(files.map(({ path }) => path)).toEqual([`${rides.metadata.location}/data/lost.parquet`])
    expect(kept.map(({ path }) => path)).toEqual([`${rides.metadata.location}/data/young.parquet`])
    // And a clock that is behind makes nothing older than it was asked for.
    aheadMs.value = 50 * DAY_MS
    expect((await (await planOrphanRemoval(rides, { olderThan: '6 days' })).run()).files).toEqual(
      [],
    )
  })

  it('leaves no trace of looking at the clock', async () => {
    const { rides, store } = await lab()
    const before = await filesIn(store, 'memory:')
    await removeOrphans(rides)
    expect((await filesIn(store, 'memory:')).size).toBe(before.size - 1)
  })

  it('looks at one folder of the table when it is told to, and at none outside', async () => {
    const { rides, store } = await lab()
    const { location } = rides.metadata
    await put({ rides, store }, 'tmp/a')
    expect(await orphansOf(rides, { location: `${location}/data/` })).toEqual(['data/lost.parquet'])
    expect(await orphansOf(rides, { location: `${location}/tmp` })).toEqual([])
    for (const outside of [
      'memory:/lake',
      'memory:/lake/city/rides2',
      `${location}/../rides2`,
      '/tmp',
      '/',
      'data',
    ]) {
      await expect(planOrphanRemoval(rides, { location: outside })).rejects.toMatchObject({
        kind: 'invalid',
      })
    }
  })

  it('looks at no folder of another table, though nothing that it lists shows that it is one', async () => {
    const { rides, store } = await lab()
    const { location } = rides.metadata
    await put({ rides, store }, 'inner/metadata/v1.metadata.json')
    await put({ rides, store }, 'flat/00001-1f.metadata.json')
    for (const folder of ['inner/data', 'inner/data/city=Oslo', 'inner', 'flat/data']) {
      const plan = planOrphanRemoval(rides, { location: `${location}/${folder}` })
      await expect(plan).rejects.toMatchObject({ kind: 'invalid' })
    }
    expect(await orphansOf(rides, { location: `${location}/metadata` })).toEqual([])
  })

  it('refuses a table whose files others may need', async () => {
    const { rides } = await lab()
    const plan = await planOrphanRemoval(rides)
    await rides.transaction((tx) => tx.setProperties({ 'gc.enabled': 'false' }))
    const { files, left } = await plan.run()
    expect(files).toEqual([])
    expect(left.map(({ reason }) => reason)).toEqual([expect.stringContaining('gc.enabled')])
    await expect(planOrphanRemoval(rides)).rejects.toMatchObject({ kind: 'invalid' })
  })

  it('refuses a copy of a table, whose files are those of the original', async () => {
    const { folder, warehouse, rides } = await onDisk()
    await cp(`${folder}/city/rides`, `${folder}/city/copy`, { recursive: true })
    await rides.append([{ id: 2 }])
    const before = await filesIn(createLocalStore(), folder)
    const opened = [
      await openTable(`${folder}/city/copy`, { workers: 0 }),
      await warehouse.loadTable('city.copy'),
    ]
    for (const copy of opened) {
      await expect(planOrphanRemoval(copy, EVERYTHING)).rejects.toMatchObject(ONLY_READ)
      await expect(planExpiry(copy, { olderThan: '0 days' })).rejects.toMatchObject(ONLY_READ)
    }
    expect(await filesIn(createLocalStore(), folder)).toEqual(before)
  })

  it('plans nothing for a table opened by an old metadata file, which names no file of newer versions', async () => {
    const { folder, rides } = await onDisk()
    const metadataFile = rides.state.loaded.metadataLocation
    await rides.append([{ id: 2 }])
    const before = await filesIn(createLocalStore(), folder)
    const old = await openTable(metadataFile, { workers: 0 })
    await expect(planOrphanRemoval(old, EVERYTHING)).rejects.toMatchObject(ONLY_READ)
    await expect(planExpiry(old, { olderThan: '0 days' })).rejects.toMatchObject(ONLY_READ)
    expect(await filesIn(createLocalStore(), folder)).toEqual(before)
  })

  it.each([
    ['s3a://bucket', {}, ['data/lost.parquet']],
    ['S3N://bucket', {}, ['data/lost.parquet']],
    ['gs://bucket', {}, 'invalid'],
    ['s3://other', {}, 'invalid'],
    ['gs://bucket', { equalSchemes: { gs: 's3' } }, ['data/lost.parquet']],
    ['s3://other', { equalAuthorities: { other: 'bucket' } }, ['data/lost.parquet']],
    ['s3://other', { prefixMismatch: 'ignore' }, ['data/lost.parquet']],
    ['s3://other', { prefixMismatch: 'delete' }, ['data/lost.parquet', 'metadata/a.stats']],
    ['s3:', {}, ['data/lost.parquet']],
  ] as const)('%s in place of s3://bucket, with %j: %j', async (prefix, options, expected) => {
    const { rides, store, environment } = await lab('s3://bucket/lake', anyScheme)
    const [snapshot] = rides.snapshots
    const path = '/lake/city/rides/metadata/a.stats'
    await store.put(`s3://bucket${path}`, new Uint8Array(5), 'create')
    const statistics = {
      snapshotId: snapshot?.snapshotId ?? 0n,
      path: `${prefix}${path}`,
      fileSizeBytes: 5n,
    }
    await commitUpdates(rides, [{ action: 'set-partition-statistics', statistics }])
    environment.timeMs += 4 * DAY_MS
    const found = orphansOf(rides, options)
    if (expected === 'invalid') await expect(found).rejects.toMatchObject({ kind: 'invalid' })
    else expect(await found).toEqual(expected)
  })

  it('refuses a table that names files relative to itself', async () => {
    const { rides } = await lab()
    const [snapshot] = rides.snapshots
    const statistics = {
      snapshotId: snapshot?.snapshotId ?? 0n,
      path: 'a.stats',
      fileSizeBytes: 5n,
    }
    await commitUpdates(rides, [{ action: 'set-partition-statistics', statistics }])
    await expect(planOrphanRemoval(rides)).rejects.toMatchObject({ kind: 'unsupported' })
  })

  it('removes nothing when anything cannot be listed or read', async () => {
    const { rides, faulty } = await lab()
    const first = faulty.requests.length
    await planOrphanRemoval(rides)
    const requests = faulty.requests.length - first
    for (let request = 1; request <= requests; request += 1) {
      const fresh = await lab()
      const before = await filesIn(fresh.store, 'memory:')
      fresh.faulty.faults.set(fresh.faulty.requests.length + request, 'is-torn')
      await removeOrphans(fresh.rides).catch((error: unknown) => {
        expect(error).toMatchObject({ kind: 'unavailable' })
      })
      const after = await filesIn(fresh.store, 'memory:')
      const gone = [...before].filter((path) => !after.has(path))
      expect(gone.filter((path) => !path.endsWith('/lost.parquet'))).toEqual([])
    }
    expect(requests).toBeGreaterThan(6)
  })

  it('keeps what the table has come to name since it looked', async () => {
    const { rides, store, environment } = await lab()
    const plan = await planOrphanRemoval(rides)
    const [snapshot] = rides.snapshots
    const statistics = {
      snapshotId: snapshot?.snapshotId ?? 0n,
      path: `${rides.metadata.location}/data/lost.parquet`,
      fileSizeBytes: 5n,
    }
    await commitUpdates(rides, [{ action: 'set-partition-statistics', statistics }])
    environment.timeMs += DAY_MS
    expect(await plan.run()).toMatchObject({ files: [], kept: [{ path: statistics.path }] })
    expect((await filesIn(store, 'memory:')).has(statistics.path)).toBe(true)
  })

  it('never takes for read what it could read only in part', async () => {
    const { rides, faulty, store, environment } = await lab()
    const plan = await planOrphanRemoval(rides)
    const { location } = rides.metadata
    const writer = await otherHandle({ environment }, store)
    // What was an orphan becomes part of the table.
    await commitSnapshot(writer, {
      snapshotId: 4_200_000_000n,
      branch: 'main',
      operation: 'append',
      timestampMs: environment.timeMs,
      rows: [{ id: 3 }],
      manifests: 'beside',
      renames: () => `${location}/data/lost.parquet`,
    })
    let failures = 1
    faulty.beforeRequest = async (request) => {
      if (!/^get .*-m\d+\.avro$/.test(request) || failures === 0) return
      failures -= 1
      throw new IcebergError('unavailable', 'no answer')
    }
    expect(await plan.run()).toMatchObject({ files: [], left: [{ reason: 'no answer' }] })
    expect(await plan.run()).toMatchObject({ files: [], left: [], kept: [{}] })
  })

  it('leaves the rest when the caller gives up, and says what', async () => {
    const { rides, faulty } = await lab()
    const plan = await planOrphanRemoval(rides)
    const stop = new AbortController()
    faulty.beforeRequest = async (request) => {
      if (request.startsWith('delete ')) stop.abort(new Error('enough'))
    }
    const { files, left } = await plan.run({ signal: stop.signal })
    expect(files).toEqual([])
    expect(left).toMatchObject([{ reason: 'enough' }])
  })

  it('reports files that cannot be removed', async () => {
    const { rides, faulty } = await lab()
    faulty.deleteAll = async () => Promise.reject(new IcebergError('unavailable', 'no answer'))
    const { files, left } = await removeOrphans(rides)
    expect(files).toEqual([])
    expect(left).toMatchObject([{ sizeBytes: 5n, reason: 'no answer' }])
  })

  it('takes what a crash has left on a disk, and none of the versions', async () => {
    const folder = temporaryFolder()
    const store = createLocalStore()
    const warehouse = await openWarehouse(folder)
    const rides = await warehouse.createTable(RIDES, { schema: Ride })
    await rides.append([{ id: 1 }])
    const { location } = rides.metadata
    for (const name of ['data/1f.tmp', 'metadata/2f.tmp', 'lost', '_x', '../rides2/a']) {
      const path = `${location}/${name}`.replace('rides/../', '')
      await store.put(path, new Uint8Array(1), 'create')
    }
    const options = { olderThan: BigInt(Date.now() + DAY_MS), force: true }
    const { files } = await removeOrphans(rides, options)
    expect(files.map(({ path }) => path.slice(location.length + 1)).toSorted()).toEqual([
      'data/1f.tmp',
      'lost',
      'metadata/2f.tmp',
    ])
    expect(await idsOf(await warehouse.loadTable(RIDES, Ride))).toEqual([1n])
  })

  it.each([
    {
      why: 'its data are behind a link',
      arrange: async ({ rides }: DiskLab, root: string) => {
        renameSync(`${root}/data`, `${root}/disk`)
        symlinkSync(`${root}/disk`, `${root}/data`)
        await rides.append([{ id: 2 }])
        return `${root}/disk`
      },
    },
    {
      why: 'a file is a link itself',
      arrange: async ({ rides }: DiskLab, root: string) => {
        const [file = ''] = await filesIn(createLocalStore(), `${root}/data`)
        const name = lastName(file)
        renameSync(`${root}/data/${name}`, `${root}/kept.parquet`)
        symlinkSync(`${root}/kept.parquet`, `${root}/data/${name}`)
        await rides.append([{ id: 2 }])
        return `${root}/kept.parquet`
      },
    },
    {
      why: 'a property names the folder of its data by way of a link',
      arrange: async ({ folder, rides }: DiskLab, root: string) => {
        symlinkSync(root, `${folder}/link`)
        const path = `${folder}/link/more`
        await rides.transaction((tx) => tx.setProperties({ 'write.data.path': path }))
        await rides.append([{ id: 2 }])
        return `${root}/more`
      },
    },
    {
      why: 'a file was imported by way of a link',
      arrange: async ({ folder, warehouse, rides }: DiskLab, root: string) => {
        const other = await warehouse.createTable('city.other', { schema: Ride })
        await other.append([{ id: 2 }])
        renameSync(`${other.metadata.location}/data`, `${root}/landed`)
        symlinkSync(root, `${folder}/link`)
        await addFiles(rides, `${folder}/link/landed`)
        return `${root}/landed`
      },
    },
  ])('never takes a file of the table where $why', async ({ arrange }) => {
    const disk = await onDisk()
    const root = disk.rides.metadata.location
    const place = await arrange(disk, root)
    symlinkSync(`${root}/nowhere`, `${root}/dangling`)
    await createLocalStore().put(`${root}/lost`, new Uint8Array(1), 'create')
    const options = { olderThan: BigInt(Date.now() + DAY_MS), force: true }
    const plan = await planOrphanRemoval(disk.rides, options)
    expect(plan.linkedPlaces).toEqual([place])
    expect(plan.describe()).toContain(`${place} is reached past a link, and stays as it is`)
    const { files } = await plan.run()
    expect(files.map(({ path }) => path)).toEqual([`${root}/lost`])
    expect(await idsOf(await disk.warehouse.loadTable(RIDES, Ride))).toEqual([1n, 2n])
  })

  it('never takes a file that the table has come to reach past a link since the plan', async () => {
    const { folder, warehouse, rides } = await onDisk()
    const root = rides.metadata.location
    const other = await warehouse.createTable('city.other', { schema: Ride })
    await other.append([{ id: 2 }])
    renameSync(`${other.metadata.location}/data`, `${root}/landed`)
    symlinkSync(root, `${folder}/link`)
    const options = { olderThan: BigInt(Date.now() + DAY_MS), force: true }
    const plan = await planOrphanRemoval(rides, options)
    expect(plan.files).toHaveLength(1)
    await addFiles(await warehouse.loadTable(RIDES, Ride), `${folder}/link/landed`)
    const { files, kept } = await plan.run()
    expect({ files, kept }).toEqual({ files: [], kept: plan.files })
    expect(await idsOf(await warehouse.loadTable(RIDES, Ride))).toEqual([1n, 2n])
  })
})
