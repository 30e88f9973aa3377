import { cpSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { openFolder, openTable } from '../../../src/client/open-table.ts'
import { openWarehouse } from '../../../src/client/warehouse.ts'
import { planOrphanRemoval } from '../../../src/maintenance/remove-orphans.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { RIDES, Ride, idsOf } from '../../support/rides.ts'
import type { Rides } from '../../support/rides.ts'

async function ridesIn(folder: string): Promise<Rides> {
  const rides = await (await openWarehouse(folder)).createTable(RIDES, { schema: Ride })
  await rides.append([{ id: 1 }])
  return rides
}

describe('a table by its place', () => {
  it('is opened from its folder, to read and to write', async () => {
    const folder = temporaryFolder()
    const rides = await ridesIn(folder)
    const opened = await openTable(join(folder, 'city', 'rides'))
    await opened.append([{ id: 2n }])
    await rides.refresh()
    expect(await idsOf(rides)).toEqual([1n, 2n])
  })

  it('is opened from one of its metadata files, to read', async () => {
    const rides = await ridesIn(temporaryFolder())
    const old = rides.metadataLocation
    await rides.append([{ id: 2 }])
    const opened = await openTable(old)
    expect(await opened.scan().count()).toBe(1n)
    await expect(opened.append([{ id: 3n }])).rejects.toMatchObject({ kind: 'unsupported' })
  })

  it('says why it cannot be written, and how else it can be', async () => {
    const rides = await ridesIn(temporaryFolder())
    const { location } = rides.metadata
    const byVersion = await openTable(rides.metadataLocation)
    // As catalogs of other engines name their versions.
    const foreign = join(
      location,
      'metadata/00002-9c12d441-03fe-4693-9a96-a0705ddf69c1.metadata.json',
    )
    renameSync(rides.metadataLocation, foreign)
    for (const name of ['v1.metadata.json', 'version-hint.text']) {
      rmSync(join(location, 'metadata', name))
    }
    const byFile = await openTable(foreign)
    const byFolder = await openTable(location)
    for (const [table, why] of [
      [byVersion, 'by its metadata file can only be read: write to it by its folder'],
      [byFile, 'by its metadata file can only be read: write to it through the catalog'],
      [byFolder, 'a folder whose metadata files another catalog names can only be read: write to'],
    ] as const) {
      const refusal = { kind: 'unsupported', message: expect.stringContaining(why) as string }
      await expect(table.append([{ id: 3n }])).rejects.toMatchObject(refusal)
      await expect(planOrphanRemoval(table)).rejects.toMatchObject(refusal)
    }
  })

  it('is read where it was copied to, and not written', async () => {
    const folder = temporaryFolder()
    const rides = await ridesIn(folder)
    const from = rides.metadata.location
    const to = join(folder, 'copy')
    cpSync(from, to, { recursive: true })
    rmSync(from, { recursive: true })
    const opened = await openTable(to, { relocate: [{ from, to }] })
    expect(await opened.scan().count()).toBe(1n)
    await expect(opened.append([{ id: 3n }])).rejects.toMatchObject({ kind: 'unsupported' })
  })

  it('is not looked for by who has aborted, in a folder or a file', async () => {
    const rides = await ridesIn(temporaryFolder())
    const reason = new Error('enough')
    const signal = AbortSignal.abort(reason)
    for (const place of [rides.metadata.location, rides.metadataLocation]) {
      await expect(openTable(place, { signal })).rejects.toBe(reason)
    }
  })

  it('is not found where there is none', async () => {
    await expect(openTable(temporaryFolder())).rejects.toMatchObject({ kind: 'not-found' })
  })

  it('can be made in a folder that does not exist', async () => {
    const folder = join(temporaryFolder(), 'new', 'trips')
    const { warehouse, name } = openFolder(folder)
    const trips = await warehouse.createTable(name, { schema: Ride })
    await trips.append([{ id: 1 }])
    expect(trips.metadata.location).toBe(folder)
    expect(await (await openTable(folder)).scan().count()).toBe(1n)
  })
})
