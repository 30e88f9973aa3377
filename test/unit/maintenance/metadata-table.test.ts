import { describe, expect, it } from 'vitest'

import { createMemoryStore } from '../../../src/io/memory-store.ts'
import { createMeteredStore } from '../../../src/io/metered-store.ts'
import { metadataTable } from '../../../src/maintenance/metadata-table.ts'
import { METADATA_TABLES } from '../../../src/scan/facts/metadata-table-names.ts'
import { createManifestCache } from '../../../src/table/manifest-cache.ts'
import { DamagedTable } from '../../support/damaged-table.ts'
import { movingEnvironment } from '../../support/moving-environment.ts'
import { anotherHandle, newRides } from '../../support/rides.ts'
import type { Rides } from '../../support/rides.ts'
import { collect } from '../../support/streams.ts'
import { thrownBy } from '../../support/thrown.ts'

/** Three appends to two cities, of which the last one replaced a partition. */
async function busyRides(): Promise<Rides> {
  const rides = await newRides({ partitionBy: ['city'], formatVersion: 3 })
  await rides.append([
    { id: 1n, city: 'Oslo', fare: 1.5 },
    { id: 2n, city: 'Bergen' },
  ])
  await rides.append([{ id: 3n, city: 'Oslo' }])
  await rides.overwritePartitions([{ id: 4n, city: 'Bergen' }])
  return rides
}

function tails(rows: readonly { readonly file_path: string }[]): readonly string[] {
  return rows.map(({ file_path }) => file_path.replace(/^.*(city=\w+).*$/, '$1'))
}

describe('metadata tables', () => {
  it('list live files of one snapshot, of data and of deletes', async () => {
    const rides = await busyRides()
    const files = await collect(metadataTable(rides, 'files'))
    expect(tails(files).toSorted()).toEqual(['city=Bergen', 'city=Oslo', 'city=Oslo'])
    expect(await collect(metadataTable(rides, 'data_files'))).toEqual(files)
    expect(await collect(metadataTable(rides, 'delete_files'))).toEqual([])
    const [first] = rides.snapshots
    const former = metadataTable(rides, 'files', { snapshot: first?.snapshotId ?? 0n })
    expect(tails(await collect(former)).toSorted()).toEqual(['city=Bergen', 'city=Oslo'])
  })

  it('list files of all snapshots once for each manifest that has them', async () => {
    const rides = await busyRides()
    const entries = await collect(metadataTable(rides, 'all_entries'))
    const live = entries.filter(({ status }) => status !== 2)
    const files = await collect(metadataTable(rides, 'all_files'))
    expect(files.map(({ file_path }) => file_path)).toEqual(
      live.map(({ data_file }) => data_file.file_path),
    )
    expect(new Set(files.map(({ file_path }) => file_path)).size).toBe(4)
    expect(await collect(metadataTable(rides, 'all_data_files'))).toEqual(files)
    expect(await collect(metadataTable(rides, 'all_delete_files'))).toEqual([])
  })

  it('list manifests once for each snapshot that has them', async () => {
    const rides = await busyRides()
    const all = await collect(metadataTable(rides, 'all_manifests'))
    const of = (id: bigint): readonly string[] =>
      all.filter((row) => row.reference_snapshot_id === id).map(({ path }) => path)
    for (const { snapshotId: snapshot } of rides.snapshots) {
      const manifests = await collect(metadataTable(rides, 'manifests', { snapshot }))
      expect(of(snapshot)).toEqual(manifests.map(({ path }) => path))
    }
  })

  it('read each manifest once, as far as rows are taken', async () => {
    const store = createMeteredStore(createMemoryStore())
    const rides = await newRides({}, { store })
    for (let id = 0n; id < 30n; id += 1n) await rides.append([{ id }])
    const readsFor = async (rows: number): Promise<number> => {
      const services = { ...rides.state.services, cache: createManifestCache() }
      const before = store.usage().gets
      let taken = 0
      for await (const _ of metadataTable({ state: { ...rides.state, services } }, 'all_entries')) {
        taken += 1
        if (taken === rows) break
      }
      return store.usage().gets - before
    }
    // A list and a manifest for each commit, which the lists after it name too.
    expect(await readsFor(30)).toBe(60)
    expect(await readsFor(1)).toBe(2)
  })

  it('tell of metadata files what was current with them', async () => {
    const environment = movingEnvironment()
    const rides = await newRides({}, { environment })
    for (const id of [1n, 2n, 3n]) {
      environment.timeMs += 1000
      await rides.append([{ id }])
    }
    const log = await collect(metadataTable(rides, 'metadata_log_entries'))
    expect(log.map(({ latest_sequence_number }) => latest_sequence_number)).toEqual([
      null,
      1n,
      2n,
      3n,
    ])
    expect(log.at(-1)?.file).toBe(rides.state.loaded.metadataLocation)
  })

  it('list the rows that a deletion vector takes away', async () => {
    const rides = await busyRides()
    const table = new DamagedTable(rides.state)
    const file = await table.file()
    const vector = await table.vectorOf(file, 'one')
    await table.addDeletes([vector])
    const handle = await anotherHandle(rides)
    handle.state.services.cache.lists.set(table.manifestList, await table.manifests(), 1)
    expect(await collect(metadataTable(handle, 'position_deletes'))).toEqual(
      [0n, 1n].map((pos) => ({
        file_path: file.path,
        pos,
        row: null,
        partition: new Map([['city', file.partition[0]]]),
        spec_id: 0,
        delete_file_path: vector.path,
        content_offset: 4n,
        content_size_in_bytes: vector.contentSizeBytes,
      })),
    )
    expect(await collect(metadataTable(handle, 'delete_files'))).toMatchObject([
      { content: 1, file_format: 'PUFFIN', referenced_data_file: file.path },
    ])
  })

  it('are plain values: no floats in wrappers', async () => {
    const rides = await newRides()
    await rides.append([{ id: 1n, fare: 2 }])
    const [file] = await collect(metadataTable(rides, 'files'))
    expect(file?.readable_metrics.get('fare')).toMatchObject({ lower_bound: 2, upper_bound: 2 })
  })

  it('are empty, or nearly so, for a table without snapshots', async () => {
    const rides = await newRides()
    for (const name of METADATA_TABLES) {
      const rows = await collect(metadataTable(rides, name))
      expect([name, rows.length]).toEqual([name, name === 'metadata_log_entries' ? 1 : 0])
    }
  })

  it('take one snapshot, where they are of one', async () => {
    const rides = await busyRides()
    const snapshot = rides.snapshots[0]?.snapshotId ?? 0n
    const both = (): unknown => metadataTable(rides, 'files', { snapshot, ref: 'main' })
    expect(thrownBy(both)).toMatchObject({ kind: 'invalid' })
    const ofTable = (): unknown => metadataTable(rides, 'all_files', { snapshot })
    expect(thrownBy(ofTable)).toMatchObject({ kind: 'invalid' })
    const unknown = (): unknown => metadataTable(rides, 'files', { snapshot: 99n })
    expect(thrownBy(unknown)).toMatchObject({ kind: 'not-found' })
  })
})
