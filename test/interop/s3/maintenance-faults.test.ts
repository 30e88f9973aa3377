/**
 * Maintenance of tables in S3 where answers are lost and servers are killed in the middle of it: nothing goes that a snapshot
 * needs, and what a run leaves the next one does.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { systemEnvironment } from '../../../src/base/environment.ts'
import { IcebergError } from '../../../src/base/errors.ts'
import type { ObjectStore } from '../../../src/io/object-store.ts'
import { createS3Store } from '../../../src/io/s3-store.ts'
import { compactFiles } from '../../../src/maintenance/compact-files.ts'
import { expireSnapshots } from '../../../src/maintenance/expire-snapshots.ts'
import { removeOrphans } from '../../../src/maintenance/remove-orphans.ts'
import { rewriteManifests } from '../../../src/maintenance/rewrite-manifests.ts'
import { filesIn } from '../../support/busy-table.ts'
import { createFaultyStore } from '../../support/faulty-store.ts'
import { temporaryFolder } from '../../support/folders.ts'
import type { Rides } from '../../support/rides.ts'
import { layFile, s3At, useS3 } from '../support/s3.ts'
import { BUCKET, describeWithServers, startProxy, startS3 } from '../support/servers.ts'
import type { FaultyProxy, Server } from '../support/servers.ts'
import {
  expectKept,
  keptRows,
  openRides,
  soon,
  unreachedFiles,
  wornRides,
} from '../support/worn-rides.ts'

/** Work on a table that says whether it is done to its end. */
type Chore = (rides: Rides) => Promise<boolean>

const expire: Chore = async (rides) => {
  const { unread, left } = await expireSnapshots(rides, { olderThan: soon(), retainLast: 2 })
  return unread === null && left.length === 0
}
const clear: Chore = async (rides) =>
  (await removeOrphans(rides, { olderThan: soon(), force: true })).left.length === 0
const binPack: Chore = async (rides) => {
  await compactFiles(rides, { minInputFiles: 2 })
  return true
}
const sort: Chore = async (rides) => {
  await compactFiles(rides, { strategy: 'sort', sort: 'id desc', rewriteAll: true })
  return true
}
const group: Chore = async (rides) => {
  await rewriteManifests(rides)
  return true
}

/** Files that nothing names. */
const MORE_THAN_A_PAGE = 1_200
/** So that nothing comes after the request that is lost, by which that would be noticed too. */
const ONE_REQUEST = 900

describeWithServers('maintenance of tables in S3', () => {
  describe('over bad connections', describeConnections)
  describe('of a server that is killed', describeKills)
})

function describeConnections(): void {
  const { server, store: open, newFolder } = useS3('versitygw')
  let proxy: FaultyProxy
  beforeAll(async () => {
    proxy = await startProxy(server())
  })
  afterEach(async () => {
    await proxy.mend()
  })
  afterAll(async () => {
    await proxy.stop()
  })
  const openThrough = (): ObjectStore => createS3Store({ ...s3At(proxy.endpoint), maxAttempts: 3 })

  it.each([
    ['answers are lost', 'downstream', { type: 'reset_peer', attributes: { timeout: 0 } }],
    ['answers are cut', 'downstream', { type: 'limit_data', attributes: { bytes: 900 } }],
    ['requests are lost', 'upstream', { type: 'reset_peer', attributes: { timeout: 0 } }],
  ])('keeps what is needed and ends its work where %s', async (_what, stream, toxic) => {
    const folder = newFolder()
    const store = open()
    const { location } = (await wornRides(store, folder)).metadata
    strew(server(), location, 10)
    const before = await keptRows(store, folder)
    await proxy.breakBy({ ...toxic, stream, toxicity: 0.1 })
    const through = openThrough()
    for (const chores of [
      [binPack, group, expire, clear],
      [sort, expire, clear],
    ]) {
      for (const chore of chores) await untilDone(through, folder, chore)
      await expectKept(store, folder, before)
    }
    await proxy.mend()
    const rides = await openRides(store, folder)
    expect(await clear(rides)).toBe(true)
    expect(await unreachedFiles(store, rides)).toEqual([])
    await expectKept(store, folder, before)
  })

  it.each([
    ['is reset', { type: 'reset_peer', attributes: { timeout: 0 } }],
    ['is cut', { type: 'limit_data', attributes: { bytes: 20_000 } }],
  ])('removes nothing when a page of the listing %s', async (_what, toxic) => {
    const folder = newFolder()
    const store = open()
    const { location } = (await wornRides(store, folder)).metadata
    strew(server(), location, MORE_THAN_A_PAGE)
    const listed = await filesIn(store, folder)
    const through = createFaultyStore(openThrough())
    through.list = async function* (prefix, options) {
      let count = 0
      try {
        for await (const object of openThrough().list(prefix, options)) {
          // Within the first page; the second one is asked for after it.
          if ((count += 1) === 500) {
            await proxy.breakBy({ ...toxic, stream: 'downstream', toxicity: 1 })
          }
          yield object
        }
      } finally {
        await proxy.mend()
      }
    }
    const rides = await openRides(through, folder)
    const removal = removeOrphans(rides, { olderThan: soon(), force: true })
    await expect(removal).rejects.toMatchObject({ kind: 'unavailable' })
    expect(await filesIn(store, folder)).toEqual(listed)
  })
}

function describeKills(): void {
  let server: Server
  let isUp = true
  beforeEach(async () => {
    server = await startS3('versitygw', { port: 0, data: temporaryFolder() })
  })
  afterEach(async () => {
    await server.stop()
  })

  it.each<[string, RegExp, Chore]>([
    ['expires', /^delete-all /, expire],
    ['lists', /^list /, clear],
    ['removes orphans', /^delete-all /, clear],
    ['writes what it compacts', /^put .*\.parquet$/, binPack],
    ['commits what it compacts', /^put .*\.metadata\.json$/, binPack],
    ['commits what it sorts', /^put .*\.avro$/, sort],
    ['commits manifests', /^put .*\.metadata\.json$/, group],
  ])('keeps what is needed when it is killed as one %s', async (_what, fatal, chore) => {
    const folder = `s3://${BUCKET}/killed`
    const store = createS3Store(s3At(server.url))
    const { location } = (await wornRides(store, folder)).metadata
    strew(server, location, ONE_REQUEST)
    const before = await keptRows(store, folder)
    const impatient = createFaultyStore(createS3Store({ ...s3At(server.url), maxAttempts: 1 }))
    const delaysMs = [0, 5, 20]
    const kills: Promise<void>[] = []
    impatient.beforeRequest = async (request) => {
      const delayMs = isUp && fatal.test(request) ? delaysMs.shift() : undefined
      if (delayMs !== undefined) kills.push(killAfter(delayMs))
    }
    await untilDone(impatient, folder, chore)
    await Promise.all(kills)
    expect(kills.length).toBeGreaterThan(0)
    await expectKept(store, folder, before)
    const rides = await openRides(store, folder)
    if (chore !== clear) expect(await clear(rides)).toBe(true)
    expect(await unreachedFiles(store, rides)).toEqual([])
  })

  const killAfter = async (delayMs: number): Promise<void> => {
    const { pid, port, data } = server
    isUp = false
    await systemEnvironment.sleep(delayMs)
    process.kill(pid, 'SIGKILL')
    server = await startS3('versitygw', { port, data })
    isUp = true
  }
}

/** Lays files that nothing names into the folder of a table. */
function strew(server: Server, location: string, count: number): void {
  for (let index = 0; index < count; index += 1) {
    layFile(server, `${location}/data/lost/${index}.parquet`)
  }
}

/** Does work on a table again and again, each time with nothing remembered, until nothing is left of it. */
async function untilDone(store: ObjectStore, folder: string, chore: Chore): Promise<void> {
  for (;;) {
    try {
      if (await chore(await openRides(store, folder))) return
    } catch (error) {
      const isPassing =
        error instanceof IcebergError &&
        ['unavailable', 'commit-unknown', 'conflict'].includes(error.kind)
      if (!isPassing) throw error
    }
    await systemEnvironment.sleep(20)
  }
}
