import { describe, expect, it } from 'vitest'

import type { TableEvent } from '../../../src/table/events.ts'
import { commitRowDeletes } from '../../support/foreign-commits.ts'
import { anotherHandle, newRides } from '../../support/rides.ts'
import type { Rides } from '../../support/rides.ts'

/** Three commits: Oslo and Bergen with low ids, Oslo with high ones, Tromsø. */
async function ridesInThreeManifests(events: TableEvent[] = []): Promise<Rides> {
  const rides = await newRides(
    { partitionBy: ['city'] },
    { onEvent: (event) => void events.push(event) },
  )
  await rides.append([
    { id: 1, city: 'Oslo' },
    { id: 2, city: 'Bergen' },
  ])
  await rides.append([{ id: 100, city: 'Oslo' }])
  await rides.append([{ id: 3, city: 'Tromsø' }])
  return rides
}

describe('planning a scan (spec: Scan Planning)', () => {
  it('counts a manifest or a file at the level that drops it', async () => {
    const rides = await ridesInThreeManifests()
    const { tasks, counts } = await rides.scan().where("city = 'Oslo' and id > 50").plan()
    expect(tasks.map(({ file }) => file.recordCount)).toEqual([1n])
    expect(counts).toMatchObject({
      manifests: 3,
      manifestsPruned: 1,
      files: 3,
      filesPrunedByPartition: 1,
      filesPrunedByMetrics: 1,
      recordsPlanned: 1n,
      bytesPlanned: tasks[0]?.file.fileSizeBytes,
    })
  })

  it('takes off the filter what the partition decides', async () => {
    const rides = await ridesInThreeManifests()
    const { tasks } = await rides.scan().where("city = 'Oslo' and id > 50").plan()
    expect(tasks[0]?.residual).toMatchObject({ kind: 'gt' })
    const decided = await rides.scan().where("city = 'Tromsø'").plan()
    expect(decided.tasks.map(({ residual }) => residual.kind)).toEqual(['true'])
  })

  it('gives files in the order of the manifests, newest first', async () => {
    const rides = await ridesInThreeManifests()
    const { tasks } = await rides.scan().plan()
    expect(tasks.map(({ dataSequenceNumber }) => dataSequenceNumber)).toEqual([3n, 2n, 1n, 1n])
  })

  it('does not count manifests without live files', async () => {
    const rides = await newRides({ partitionBy: ['city'] })
    await rides.append([{ id: 1, city: 'Oslo' }])
    await rides.overwritePartitions([{ id: 2, city: 'Oslo' }])
    expect((await rides.scan().plan()).counts).toMatchObject({ manifests: 1, files: 1 })
  })

  it('tells what it found', async () => {
    const events: TableEvent[] = []
    const rides = await ridesInThreeManifests(events)
    events.length = 0
    const { snapshotId } = await rides.scan().where("city = 'Tromsø'").plan()
    expect(events).toEqual([
      {
        kind: 'scan-planned',
        table: 'city.rides',
        snapshotId,
        manifests: 3,
        manifestsRead: 1,
        files: 1,
        filesRead: 1,
      },
    ])
  })

  it('refuses row-level deletes by name, whatever the filter', async () => {
    const rides = await ridesInThreeManifests()
    await commitRowDeletes(rides, ['Oslo'])
    await expect(rides.scan().where("city = 'Bergen'").plan()).rejects.toMatchObject({
      kind: 'unsupported',
      context: { manifest: expect.stringMatching(/deletes\.avro$/) },
    })
    const [before] = rides.snapshots
    expect(
      await rides
        .scan()
        .snapshot(before?.snapshotId ?? 0n)
        .count(),
    ).toBe(2n)
  })

  it('says which manifest is damaged or gone', async () => {
    const rides = await ridesInThreeManifests()
    const { store } = rides.state.services
    const list = rides.currentSnapshot?.manifestList ?? ''
    const reader = await anotherHandle(rides)
    await store.put(list, new Uint8Array([1, 2, 3]), 'overwrite')
    await expect(reader.scan().plan()).rejects.toMatchObject({
      kind: 'corrupt',
      context: { manifestList: list },
    })
    await store.delete(list)
    await expect(reader.scan().plan()).rejects.toMatchObject({
      kind: 'not-found',
      context: { manifestList: list },
    })
  })
})
