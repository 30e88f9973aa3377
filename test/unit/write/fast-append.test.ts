import { describe, expect, it } from 'vitest'

import { createMemoryStore } from '../../../src/io/memory-store.ts'
import { readManifest, readManifestList } from '../../../src/table/manifest-io.ts'
import { createFaultyStore } from '../../support/faulty-store.ts'
import { anotherHandle, idsOf, newRides } from '../../support/rides.ts'
import type { Rides } from '../../support/rides.ts'

async function manifestsOf(rides: Rides): ReturnType<typeof readManifestList> {
  const { currentSnapshot } = rides
  return currentSnapshot === null ? [] : readManifestList(rides.state, currentSnapshot)
}

describe('an append', () => {
  it('adds a manifest of its own and touches no other', async () => {
    const rides = await newRides()
    await rides.append([{ id: 1 }])
    const before = await manifestsOf(rides)
    await rides.append([{ id: 2 }])
    const [added, ...kept] = await manifestsOf(rides)
    expect(kept).toEqual(before)
    expect(added).toMatchObject({ addedFiles: 1, existingFiles: 0, sequenceNumber: 2n })
    expect(rides.currentSnapshot).toMatchObject({ operation: 'append', sequenceNumber: 2n })
  })

  it('writes its manifest once, however often it has to try', async () => {
    const store = createFaultyStore(createMemoryStore())
    const rides = await newRides({}, { store })
    const rival = await anotherHandle(rides)
    await rival.append([{ id: 1 }])
    store.requests.length = 0
    const { attempts } = await rides.append([{ id: 2 }])
    expect(attempts).toBe(2)
    const manifests = store.requests.filter((request) => /^put .*-m\d+\.avro$/.test(request))
    expect(manifests).toHaveLength(1)
    const [added] = await manifestsOf(rides)
    expect(added).toMatchObject({ sequenceNumber: 2n, minSequenceNumber: 2n })
    if (added === undefined) return
    const [entry] = await readManifest(rides.state, added)
    expect(entry).toMatchObject({ status: 'added', dataSequenceNumber: 2n, fileSequenceNumber: 2n })
    expect(await idsOf(rides)).toEqual([1n, 2n])
  })

  it('leaves out manifests that hold nothing any more', async () => {
    const rides = await newRides({ partitionBy: ['city'] })
    await rides.append([{ id: 1, city: 'Oslo' }])
    await rides.overwritePartitions([{ id: 2, city: 'Oslo' }])
    expect(await manifestsOf(rides)).toHaveLength(2)
    await rides.append([{ id: 3, city: 'Oslo' }])
    expect(await manifestsOf(rides)).toHaveLength(2)
    expect(await idsOf(rides)).toEqual([2n, 3n])
  })

  it('says what it did', async () => {
    const rides = await newRides({ partitionBy: ['city'] })
    const commit = await rides.append([
      { id: 1, city: 'Oslo' },
      { id: 2, city: 'Bergen' },
      { id: 3, city: 'Oslo' },
    ])
    const { tasks } = await rides.scan().plan()
    expect(commit).toEqual({
      snapshotId: rides.currentSnapshot?.snapshotId,
      addedRows: 3n,
      removedRows: 0n,
      addedFiles: 2,
      removedFiles: 0,
      addedBytes: tasks.reduce((sum, { file }) => sum + file.fileSizeBytes, 0n),
      removedBytes: 0n,
      changedPartitions: 2,
      attempts: 1,
    })
  })
})
