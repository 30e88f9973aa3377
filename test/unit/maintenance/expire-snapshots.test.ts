import { describe, expect, it } from 'vitest'

import { IcebergError } from '../../../src/base/errors.ts'
import type { Catalog } from '../../../src/catalog/catalog.ts'
import { openWarehouse } from '../../../src/client/warehouse.ts'
import { createMemoryStore } from '../../../src/io/memory-store.ts'
import type { ObjectStore } from '../../../src/io/object-store.ts'
import { expireSnapshots, planExpiry } from '../../../src/maintenance/expire-snapshots.ts'
import { addFiles } from '../../../src/maintenance/import-files.ts'
import { maintain } from '../../../src/maintenance/maintain.ts'
import { filesIn, filesReached, newBusyRides } from '../../support/busy-table.ts'
import { otherHandle } from '../../support/busy-handles.ts'
import { createFaultyStore } from '../../support/faulty-store.ts'
import type { FaultyStore } from '../../support/faulty-store.ts'
import { commitUpdates } from '../../support/foreign-commits.ts'
import { movingEnvironment } from '../../support/moving-environment.ts'
import type { MovingEnvironment } from '../../support/moving-environment.ts'
import { RIDES, Ride, idsOf, sharedWith } from '../../support/rides.ts'
import type { Rides } from '../../support/rides.ts'

const DAY_MS = 86_400_000

interface Lab {
  readonly rides: Rides
  readonly store: ObjectStore
  /** What {@link rides} reads and writes through. */
  readonly faulty: FaultyStore
  readonly environment: MovingEnvironment
}

/** A table that was overwritten on four days, the last of which is today. */
async function lab(): Promise<Lab> {
  const environment = movingEnvironment()
  const store = createMemoryStore({ clock: () => environment.timeMs })
  const faulty = createFaultyStore(store)
  const rides = await newBusyRides(faulty, environment)
  for (const id of [1, 2, 3, 4]) {
    environment.timeMs += DAY_MS
    await rides.overwritePartitions([{ id, city: 'Oslo' }])
  }
  return { rides, store, faulty, environment }
}

function idOf({ snapshots }: Rides, index: number): bigint {
  return snapshots[index]?.snapshotId ?? 0n
}

function isVersion(location: string): boolean {
  return /\/v\d+\.metadata\.json$/.test(location)
}

async function set(rides: Rides, name: string, value: string): Promise<void> {
  await rides.transaction((tx) => tx.setProperties({ [name]: value }))
}

describe('expiry of snapshots', () => {
  it('goes by the properties of the table when nobody says otherwise', async () => {
    const { rides, environment } = await lab()
    expect(await expireSnapshots(rides)).toMatchObject({ snapshotIds: [], attempts: 0 })
    environment.timeMs += 3 * DAY_MS
    const [first] = rides.snapshots
    const report = await expireSnapshots(rides)
    expect(report).toMatchObject({ snapshotIds: [first?.snapshotId], attempts: 1, left: [] })
    expect(report.files.map(({ kind }) => kind)).toEqual(['data', 'manifest', 'manifest-list'])
    expect(await idsOf(rides)).toEqual([4n])
  })

  it('takes ages, moments, counts and ids', async () => {
    const { rides, environment } = await lab()
    const expired = async (options: Parameters<typeof planExpiry>[1]): Promise<number> =>
      (await planExpiry(rides, options)).snapshotIds.length
    expect(await expired({ olderThan: '30 hours' })).toBe(2)
    expect(await expired({ olderThan: BigInt(environment.timeMs - 2 * DAY_MS) })).toBe(1)
    expect(await expired({ olderThan: '0 days', retainLast: 3 })).toBe(1)
    expect(await expired({ olderThan: '0 days' })).toBe(3)
    expect(await expired({ snapshotIds: [idOf(rides, 2)] })).toBe(1)
    expect(await expired({ olderThan: '60 hours', snapshotIds: [idOf(rides, 2)] })).toBe(2)
  })

  it('is described with every file that goes', async () => {
    const { rides } = await lab()
    const plan = await planExpiry(rides, { snapshotIds: [idOf(rides, 0)] })
    const lines = plan.describe().split('\n')
    expect(lines[0]).toBe('1 of 4 snapshots expire')
    expect(lines[1]).toMatch(/^3 files \(\d+ bytes\) go with them$/)
    expect(lines.slice(2)).toEqual(plan.files.map(({ path, kind }) => `  ${kind} ${path}`))
    expect((await planExpiry(rides)).describe()).toBe('nothing to expire')
  })

  it.each([
    ['a count below one', { retainLast: 0 }, 'invalid'],
    ['an age that is none', { olderThan: 'soon' }, 'invalid'],
    ['a snapshot that the table does not have', { snapshotIds: [77n] }, 'not-found'],
  ])('refuses %s', async (_, options, kind) => {
    const { rides } = await lab()
    await expect(expireSnapshots(rides, options)).rejects.toMatchObject({ kind })
  })

  it('refuses a snapshot that a ref leads to, and names the ref', async () => {
    const { rides } = await lab()
    const snapshotId = idOf(rides, 1)
    await rides.transaction((tx) =>
      tx.updateRefs((refs) => refs.createTag('march', { snapshotId })),
    )
    await expect(expireSnapshots(rides, { snapshotIds: [snapshotId] })).rejects.toMatchObject({
      kind: 'invalid',
      context: { snapshotId, ref: 'march', kind: 'tag' },
    })
  })

  it('refuses a table whose files others may need, also when it became one meanwhile', async () => {
    const { rides, store, environment } = await lab()
    const plan = await planExpiry(rides, { olderThan: '0 days' })
    await set(await otherHandle({ environment }, store), 'gc.enabled', 'false')
    await expect(plan.run()).rejects.toMatchObject({ kind: 'invalid' })
    await expect(planExpiry(rides)).rejects.toMatchObject({
      kind: 'invalid',
      context: { property: 'gc.enabled' },
    })
    expect(rides.snapshots).toHaveLength(4)
  })

  it('leaves files where they are that lie outside of the folders of the table', async () => {
    const { rides, store, environment } = await lab()
    await set(rides, 'write.data.path', 'memory:/elsewhere')
    await rides.overwritePartitions([{ id: 5, city: 'Oslo' }])
    await commitUpdates(rides, [{ action: 'remove-properties', removals: ['write.data.path'] }])
    await rides.overwritePartitions([{ id: 6, city: 'Oslo' }])
    environment.timeMs += 1
    const [outside] = await filesIn(store, 'memory:/elsewhere')
    const plan = await planExpiry(rides, { olderThan: '0 days' })
    expect(plan.outside).toMatchObject([{ kind: 'data', path: outside }])
    expect(plan.describe()).toContain(`${outside} stays: it lies outside of the table's folders`)
    expect(await plan.run()).toMatchObject({ outside: plan.outside, left: [] })
    expect((await filesIn(store, 'memory:/elsewhere')).size).toBe(1)

    await set(rides, 'write.data.path', 'memory:/elsewhere')
    await rides.overwritePartitions([{ id: 7, city: 'Oslo' }])
    await rides.overwritePartitions([{ id: 8, city: 'Oslo' }])
    environment.timeMs += 1
    const { files } = await expireSnapshots(rides, { olderThan: '0 days' })
    expect(files.some(({ path }) => path.startsWith('memory:/elsewhere/'))).toBe(true)
  })

  it('leaves what the table has come to name between the commit and the removal', async () => {
    const { rides, store, environment } = await lab()
    const importer = await otherHandle({ environment }, store)
    const plan = await planExpiry(rides, { olderThan: '0 days' })
    const [old = ''] = plan.files.flatMap(({ kind, path }) => (kind === 'data' ? [path] : []))
    const { services } = rides.state
    const catalog: Catalog = {
      ...services.catalog,
      async commitTable(base, commit) {
        const outcome = await services.catalog.commitTable(base, commit)
        await addFiles(importer, old)
        return outcome
      },
    }
    const warehouse = await openWarehouse('memory:/lake', { ...sharedWith(rides), catalog })
    const slow = await warehouse.loadTable(RIDES, Ride)
    const { files, left } = await expireSnapshots(slow, { olderThan: '0 days' })
    expect(left).toMatchObject([{ path: old, reason: 'the table has come to name it since' }])
    expect(files.map(({ path }) => path).toSorted()).toEqual(
      plan.files.flatMap(({ path }) => (path === old ? [] : [path])).toSorted(),
    )
    expect(await idsOf(await otherHandle({ environment }, store))).toHaveLength(2)
  })

  it('leaves files of a table inside of this one, which imported them', async () => {
    const { rides, store, environment } = await lab()
    const { location } = rides.metadata
    const warehouse = await openWarehouse('memory:/lake', sharedWith(rides))
    const inner = await warehouse.createTable(`${rides.name}.inner`, { schema: Ride })
    await inner.append([{ id: 7, city: 'Oslo' }])
    const [file = ''] = [...(await filesIn(store, `${location}/inner/data`))]
    await addFiles(rides, file)
    await rides.overwritePartitions([{ id: 8, city: 'Oslo' }])
    environment.timeMs += 1
    const plan = await planExpiry(rides, { olderThan: '0 days' })
    expect(plan.outside).toMatchObject([{ kind: 'data', path: file }])
    expect(await plan.run()).toMatchObject({ outside: plan.outside, left: [], unread: null })
    expect(await idsOf(await warehouse.loadTable(`${rides.name}.inner`, Ride))).toEqual([7n])
  })

  it('reports files that cannot be removed, and goes on', async () => {
    const { rides, faulty } = await lab()
    const error = new IcebergError('unavailable', 'storage is busy')
    const remove = faulty.deleteAll.bind(faulty)
    faulty.deleteAll = async ([first = '', ...others]) => {
      await remove(others)
      return [{ location: first, error }]
    }
    const report = await expireSnapshots(rides, { olderThan: '0 days' })
    expect(report.left.map(({ kind, reason }) => [kind, reason])).toEqual([
      ['data', 'storage is busy'],
      ['manifest', 'storage is busy'],
      ['manifest-list', 'storage is busy'],
    ])
    faulty.deleteAll = async () => Promise.reject(error)
    await rides.overwritePartitions([{ id: 5, city: 'Oslo' }])
    const later = await expireSnapshots(rides, { snapshotIds: [idOf(rides, 0)] })
    expect(later.files).toEqual([])
    expect(later.left.map(({ reason }) => reason)).toEqual(Array(4).fill(error.message))
  })

  it('tells how far it has come', async () => {
    const { rides } = await lab()
    const told: number[] = []
    const { files } = await expireSnapshots(rides, {
      olderThan: '0 days',
      onProgress: ({ files: done, totalFiles }) => told.push(done, totalFiles),
    })
    expect(told.at(-2)).toBe(files.length)
    expect(new Set(told.filter((_, index) => index % 2 === 1))).toEqual(new Set([files.length]))
  })

  it('removes nothing when anything cannot be read that says what to remove', async () => {
    const { rides: seen, store: seenStore, ...others } = await lab()
    const watched = createFaultyStore(seenStore)
    await planExpiry(await otherHandle(others, watched), { olderThan: '0 days' })
    const read = watched.requests.filter((request) => /^get .*\.avro$/.test(request))
    // Four lists, and a manifest of each; those that tell of nothing but removed files say nothing of what is left.
    expect(read).toHaveLength(8)
    expect(seen.snapshots).toHaveLength(4)
    for (const unanswered of read) {
      const { rides, store, environment } = await lab()
      const failing = createFaultyStore(store)
      failing.beforeRequest = async (request) => {
        if (request === unanswered) throw new IcebergError('unavailable', 'no answer')
      }
      const before = await filesIn(store, rides.metadata.location)
      const run = expireSnapshots(await otherHandle({ environment }, failing), {
        olderThan: '0 days',
      })
      expect(await run).toMatchObject({ unread: 'no answer', files: [], left: [] })
      const after = await filesIn(store, rides.metadata.location)
      expect([...before].filter((file) => !after.has(file))).toEqual([])
      await rides.refresh()
      expect(rides.snapshots).toHaveLength(1)
    }
  })

  it.each(['manifest-list', 'manifest'] as const)(
    'is planned too where a %s is broken that only goes, and never stops what comes after it',
    async (kind) => {
      for (const isMissing of [true, false]) {
        const { rides: seen, store, environment } = await lab()
        const { files } = await planExpiry(seen, { olderThan: '0 days' })
        for (const { path } of files.filter((file) => file.kind === kind)) {
          await (isMissing ? store.delete(path) : store.put(path, new Uint8Array(9), 'overwrite'))
        }
        const rides = await otherHandle({ environment }, store)
        const plan = await planExpiry(rides, { olderThan: '0 days' })
        expect(plan).toMatchObject({ files: [], outside: [], unread: expect.any(String) })
        expect(plan.snapshotIds).toHaveLength(3)
        expect(plan.describe()).toContain(`nobody knows which are needed: ${plan.unread}`)
        const { expire, orphans, compact } = await maintain(rides, {
          expire: { olderThan: '0 days' },
          orphans: { olderThan: 9_999_999_999_999n, force: true },
          compact: {},
        })
        expect(expire?.report).toMatchObject({ snapshotIds: plan.snapshotIds, files: [] })
        const isThere = ({ path }: { readonly path: string }): boolean =>
          !isMissing || files.some((file) => file.path === path && file.kind !== kind)
        const removed = orphans?.report?.files.map(({ path }) => path) ?? []
        expect(removed).toEqual(
          expect.arrayContaining(files.filter(isThere).map(({ path }) => path)),
        )
        expect(compact?.report).not.toBeNull()
        expect(await idsOf(rides)).toEqual([4n])
      }
    },
  )

  it('removes nothing while nobody knows what became of the commit', async () => {
    const { rides, faulty, store } = await lab()
    const before = await filesIn(store, rides.metadata.location)
    // The write is lost, and so is the answer to the question whether it landed; from then on all goes well.
    const lost: string[] = []
    faulty.beforeRequest = async (request) => {
      const [kind = '', location = ''] = request.split(' ')
      const isLost = kind === 'put' ? isVersion(location) : lost.join() === `put ${location}`
      if (!isLost || lost.length === 2) return
      lost.push(request)
      throw new IcebergError('unavailable', 'no answer')
    }
    const run = expireSnapshots(rides, { olderThan: '0 days' })
    await expect(run).rejects.toMatchObject({ kind: 'commit-unknown' })
    expect(lost).toHaveLength(2)
    const after = await filesIn(store, rides.metadata.location)
    expect([...before].filter((file) => !after.has(file))).toEqual([])
  })

  it('works out anew what goes when another commit is faster', async () => {
    const { rides, faulty, store, environment } = await lab()
    const other = await otherHandle({ environment }, store)
    const snapshotId = idOf(rides, 0)
    let isTagged = false
    faulty.beforeRequest = async (request) => {
      if (isTagged || !request.startsWith('put ') || !isVersion(request)) return
      isTagged = true
      await other.transaction((tx) =>
        tx.updateRefs((refs) => refs.createTag('kept', { snapshotId })),
      )
      await other.append([{ id: 9, city: 'Bergen' }])
    }
    const report = await expireSnapshots(rides, { olderThan: '30 hours', retainLast: 2 })
    expect(report).toMatchObject({ attempts: 2 })
    expect(report.snapshotIds).not.toContain(snapshotId)
    await other.refresh()
    const files = await filesIn(store, other.metadata.location)
    for (const path of await filesReached(other.state, other.metadata)) {
      expect(files.has(path)).toBe(true)
    }
    expect(await other.scan().ref('kept').count()).toBe(1n)
  })

  it('keeps the statistics of what is kept, and takes those of what goes', async () => {
    const { rides, store } = await lab()
    const place = (name: string): string => `${rides.metadata.location}/metadata/${name}`
    for (const [index, name] of ['gone.stats', 'kept.stats'].entries()) {
      await store.put(place(name), new Uint8Array(7), 'create')
      const file = { snapshotId: idOf(rides, index * 3), path: place(name), fileSizeBytes: 7n }
      await commitUpdates(rides, [
        { action: 'set-partition-statistics', statistics: file },
        {
          action: 'set-statistics',
          statistics: { ...file, footerSizeBytes: 1n, blobs: [], path: place(`${name}.puffin`) },
        },
      ])
    }
    const { files } = await expireSnapshots(rides, { olderThan: '0 days' })
    expect(files.filter(({ kind }) => kind.endsWith('statistics'))).toEqual([
      { path: place('gone.stats.puffin'), kind: 'statistics', sizeBytes: 7n },
      { path: place('gone.stats'), kind: 'partition-statistics', sizeBytes: 7n },
    ])
    expect((await filesIn(store, rides.metadata.location)).has(place('kept.stats'))).toBe(true)
  })
})

describe('a reader of what has expired', () => {
  it('is told so, and never gets a part of the rows', async () => {
    const { rides, store, environment } = await lab()
    const reader = await otherHandle({ environment }, store)
    const [, second] = reader.snapshots
    const snapshotId = second?.snapshotId ?? 0n
    await expireSnapshots(rides, { olderThan: '0 days' })
    const expected = { kind: 'not-found', context: { snapshotId } }
    await expect(reader.scan().snapshot(snapshotId).toArray()).rejects.toMatchObject(expected)
    await expect(reader.scan().snapshot(snapshotId).count()).rejects.toThrow(/has expired since/)
    await expect(reader.scan().snapshot(snapshotId).plan()).rejects.toThrow(/has expired since/)
    expect(await idsOf(reader)).toEqual([4n])
    const since = { time: 0n }
    const appends = reader.appends({
      since,
      until: { snapshot: snapshotId },
      overwriteSnapshots: 'added',
    })
    await expect(appends.toArray()).rejects.toThrow(/has expired since/)
    await reader.refresh()
    expect(() => reader.scan().snapshot(snapshotId).fields).toThrow(/or it has expired/)
  })

  it('is told so in the middle of a scan', async () => {
    const { rides, store, environment } = await lab()
    const reader = await otherHandle({ environment }, store)
    const scan = reader.scan().snapshot(idOf(reader, 0))
    await scan.plan()
    await expireSnapshots(rides, { olderThan: '0 days' })
    await expect(scan.toArray()).rejects.toThrow(/has expired since/)
  })
})
