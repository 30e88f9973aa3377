import { describe, expect, it } from 'vitest'

import type { ManifestFile } from '../../../src/metadata/manifest-file.ts'
import { mayHoldLiveFiles, readManifest, readManifestList } from '../../../src/table/manifest-io.ts'
import { anotherHandle, newRides } from '../../support/rides.ts'
import type { Rides } from '../../support/rides.ts'

async function listed(rides: Rides): Promise<readonly ManifestFile[]> {
  const { currentSnapshot } = rides
  return currentSnapshot === null ? [] : readManifestList(rides.state, currentSnapshot)
}

describe('manifests of a snapshot', () => {
  it('are read with the numbers that their entries inherit', async () => {
    const rides = await newRides()
    const { snapshotId } = await rides.append([{ id: 1 }])
    await rides.append([{ id: 2 }])
    const [, first] = await listed(rides)
    if (first === undefined) throw new Error('no manifest')
    expect(await readManifest(rides.state, first)).toMatchObject([
      { status: 'added', snapshotId, dataSequenceNumber: 1n, fileSequenceNumber: 1n },
    ])
  })

  it('name themselves when they are damaged or gone', async () => {
    const rides = await newRides()
    await rides.append([{ id: 1 }])
    const [manifest] = await listed(rides)
    if (manifest === undefined) throw new Error('no manifest')
    const { store } = rides.state.services
    const context = { table: 'city.rides', manifest: manifest.path }
    const { state } = await anotherHandle(rides)
    await store.put(manifest.path, new Uint8Array(10), 'overwrite')
    await expect(readManifest(state, manifest)).rejects.toMatchObject({
      kind: 'corrupt',
      context,
    })
    await store.delete(manifest.path)
    await expect(readManifest(state, manifest)).rejects.toMatchObject({
      kind: 'not-found',
      context,
    })
  })

  it('may hold live files unless their counts say no', async () => {
    const rides = await newRides()
    await rides.append([{ id: 1 }])
    const [manifest] = await listed(rides)
    if (manifest === undefined) throw new Error('no manifest')
    expect(mayHoldLiveFiles(manifest)).toBe(true)
    expect(mayHoldLiveFiles({ ...manifest, addedFiles: 0, existingFiles: 0 })).toBe(false)
    expect(mayHoldLiveFiles({ ...manifest, addedFiles: 0, existingFiles: 1 })).toBe(true)
    expect(mayHoldLiveFiles({ ...manifest, addedFiles: null, existingFiles: 0 })).toBe(true)
  })
})
