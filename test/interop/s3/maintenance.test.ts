/** What keeps tables in order, of tables in S3: rows stay, what nobody needs goes, in folders that are larger than a page too. */
import { readdirSync, utimesSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { openWarehouse } from '../../../src/client/warehouse.ts'
import { systemEnvironment } from '../../../src/base/environment.ts'
import { compactFiles } from '../../../src/maintenance/compact-files.ts'
import { expireSnapshots } from '../../../src/maintenance/expire-snapshots.ts'
import type { MaintenancePolicy } from '../../../src/maintenance/maintain.ts'
import { planOrphanRemoval } from '../../../src/maintenance/remove-orphans.ts'
import { filesIn } from '../../support/busy-table.ts'
import { RIDES, Ride, idsOf } from '../../support/rides.ts'
import { text } from '../../support/streams.ts'
import { fileOf, layFile, useS3 } from '../support/s3.ts'
import { describeWithServers } from '../support/servers.ts'
import type { S3Kind } from '../support/servers.ts'
import {
  expectKept,
  keptRows,
  openRides,
  soon,
  unreachedFiles,
  wornRides,
} from '../support/worn-rides.ts'

const DAY_MS = 86_400_000
const LONG_AGO = new Date('2020-01-01T00:00:00Z')

/** Everything but what the last two snapshots of a branch need. */
const THOROUGH = (): MaintenancePolicy => ({
  expire: { olderThan: soon(), retainLast: 2 },
  manifests: {},
  orphans: { olderThan: soon(), force: true },
  compact: { strategy: 'sort', sort: 'id', minInputFiles: 2 },
})

describeWithServers('maintenance of tables in S3', () => {
  describe('of versitygw', () => describeServer('versitygw'))
  describe('of moto', () => describeServer('moto'))
  describe('in large folders', describeLargeFolders)
})

function describeServer(kind: S3Kind): void {
  const { store: open, newFolder } = useS3(kind)

  it('keeps the rows of every snapshot that stays, and leaves nothing that none of them needs', async () => {
    const folder = newFolder()
    const store = open()
    const rides = await wornRides(store, folder)
    const before = await keptRows(store, folder)
    const small = await compactFiles(rides, { minInputFiles: 2 })
    expect(small.removedFiles.length).toBeGreaterThan(small.addedFiles.length)
    await expectKept(store, folder, before)
    await store.put(`${rides.metadata.location}/data/lost.parquet`, text('x'), 'create')

    const first = await rides.maintain(THOROUGH())
    expect(first.expire?.report?.files.length).toBeGreaterThan(0)
    expect(first.orphans?.report?.files.map(({ path }) => path)).toEqual([
      `${rides.metadata.location}/data/lost.parquet`,
    ])

    await rides.maintain(THOROUGH())
    expect(rides.snapshots).toHaveLength(3)
    expect([...rides.refs.keys()].toSorted()).toEqual(['main', 'march'])
    expect(await unreachedFiles(store, rides)).toEqual([])
    await expectKept(store, folder, before)
  })
}

/** On versitygw, where a file can be made older than it is. */
function describeLargeFolders(): void {
  const { server, store: open, newFolder } = useS3('versitygw')
  const plant = (location: string): void => layFile(server(), location)

  /** Makes everything below a folder old. */
  const age = (location: string): void => {
    const place = fileOf(server(), location)
    for (const entry of readdirSync(place, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) utimesSync(join(entry.parentPath, entry.name), LONG_AGO, LONG_AGO)
    }
  }

  it('takes what nothing names and is old, page by page, and never anything else', async () => {
    const folder = newFolder()
    const store = open()
    const rides = await wornRides(store, folder)
    await expireSnapshots(rides, { olderThan: soon(), retainLast: 2 })
    const before = await keptRows(store, folder)
    const { location } = rides.metadata
    const odd = ['a+b%20c', 'Voss & <Oslo>', '"quoted" \'name\'', 'blåbær 😀', 'a=b;c:d@e,f!$()*~']
    const lost = [
      ...Array.from({ length: 2_300 }, (_, index) => `data/city=c${index % 7}/${index}.parquet`),
      ...odd.map((name) => `data/city=${name}/${name}.parquet`),
    ].map((name) => `${location}/${name}`)
    for (const path of lost) plant(path)
    for (const name of ['_SUCCESS', 'data/.lost.parquet.crc']) plant(`${location}/${name}`)
    age(location)
    plant(`${location}/data/city=c0/of-a-writer.parquet`)
    const listed = await filesIn(store, folder)
    const expected = (await unreachedFiles(store, rides)).filter((path) => lost.includes(path))
    expect(expected).toEqual(lost.toSorted())

    const plan = await planOrphanRemoval(rides)
    expect(plan.files.map(({ path }) => path).toSorted()).toEqual(expected)
    expect(plan.young).toBe(1)
    const told: number[] = []
    const { files, left, kept } = await plan.run({
      onProgress: ({ files: done }) => told.push(done),
    })
    expect([files.length, left, kept]).toEqual([lost.length, [], []])
    expect(told).toEqual([1_000, 2_000, lost.length])
    const gone = new Set(lost)
    expect(await filesIn(store, folder)).toEqual(
      new Set([...listed].filter((path) => !gone.has(path))),
    )
    expect((await planOrphanRemoval(await openRides(store, folder))).files).toEqual([])
    await expectKept(store, folder, before)
  })

  it('takes nothing that is young by the clock of the store, whatever its own says', async () => {
    const folder = newFolder()
    const store = open()
    const { location } = (await wornRides(store, folder)).metadata
    plant(`${location}/data/of-a-writer.parquet`)
    const environment = {
      ...systemEnvironment,
      nowMs: () => systemEnvironment.nowMs() + 7 * DAY_MS,
    }
    const warehouse = await openWarehouse(folder, { store, environment, workers: 0 })
    const plan = await planOrphanRemoval(await warehouse.loadTable(RIDES, Ride))
    const paths = [`${location}/data/of-a-writer.parquet`]
    expect(plan.files.map(({ path }) => path)).toEqual(paths)
    const { files, kept } = await plan.run()
    expect([files, kept.map(({ path }) => path)]).toEqual([[], paths])
  })

  it('takes more files of expired snapshots than one request can', async () => {
    const folder = newFolder()
    const store = open()
    const warehouse = await openWarehouse(folder, { store, workers: 0 })
    const rides = await warehouse.createTable(RIDES, { schema: Ride, partitionBy: ['id'] })
    await rides.append(Array.from({ length: 1_100 }, (_, id) => ({ id, city: 'Oslo' })))
    await rides.deleteWhere('id >= 3')
    const { files, left, unread } = await expireSnapshots(rides, { olderThan: soon() })
    expect(files.filter(({ kind }) => kind === 'data')).toHaveLength(1_097)
    expect([left, unread]).toEqual([[], null])
    expect(await unreachedFiles(store, rides)).toEqual([])
    expect(await idsOf(await openRides(store, folder))).toEqual([0n, 1n, 2n])
  })
}
