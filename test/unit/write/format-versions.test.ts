import { describe, expect, it } from 'vitest'

import { assert } from '../../../src/base/assert.ts'
import { parseJson } from '../../../src/base/json-exact.ts'
import { openContainer } from '../../../src/formats/avro/container.ts'
import type { ManifestEntry } from '../../../src/metadata/manifest-entry.ts'
import type { ManifestFile } from '../../../src/metadata/manifest-file.ts'
import { currentSnapshot, isSameTable } from '../../../src/metadata/table-metadata.ts'
import { applyUpdates } from '../../../src/metadata/updates.ts'
import { createManifestCache } from '../../../src/table/manifest-cache.ts'
import { readManifest, readManifestList } from '../../../src/table/manifest-io.ts'
import type { TableState } from '../../../src/table/table-state.ts'
import { TableEvolution } from '../../../src/write/evolution.ts'
import { anotherHandle, idsOf, newRides } from '../../support/rides.ts'
import type { Rides } from '../../support/rides.ts'

/** The table as a reader finds it who has not written it. */
function fresh({ state }: Rides): TableState {
  return { ...state, services: { ...state.services, cache: createManifestCache() } }
}

async function manifestsOf(rides: Rides): Promise<readonly ManifestFile[]> {
  const snapshot = currentSnapshot(rides.metadata)
  return snapshot === null ? [] : readManifestList(fresh(rides), snapshot)
}

async function entriesOf(rides: Rides): Promise<readonly ManifestEntry[]> {
  const entries: ManifestEntry[] = []
  for (const manifest of await manifestsOf(rides)) {
    entries.push(...(await readManifest(fresh(rides), manifest)))
  }
  return entries
}

/** `[first row id, rows]` of each live file, in the order of the ids. */
async function rowIdsOf(rides: Rides): Promise<readonly (readonly [bigint, bigint])[]> {
  const live = (await entriesOf(rides)).filter(({ status }) => status !== 'deleted')
  return live
    .map(({ file }) => [file.firstRowId ?? -1n, file.recordCount] as const)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
}

async function jsonOf(rides: Rides): Promise<Record<string, unknown>> {
  const bytes = await rides.state.services.store.get(rides.metadataLocation)
  // Metadata files are objects.
  return parseJson(new TextDecoder().decode(bytes)) as Record<string, unknown>
}

describe('a table of version 1', () => {
  it('is written as readers of version 1 know it', async () => {
    const rides = await newRides({ formatVersion: 1, partitionBy: ['city'] })
    await rides.append([
      { id: 1, city: 'Oslo' },
      { id: 2, city: 'Rome' },
    ])
    await rides.overwritePartitions([{ id: 3, city: 'Oslo' }])
    expect(await idsOf(rides)).toEqual([2n, 3n])
    const json = await jsonOf(rides)
    expect(Object.keys(json)).toEqual(expect.arrayContaining(['schema', 'partition-spec']))
    expect(json).not.toHaveProperty('last-sequence-number')
    expect(JSON.stringify(json['snapshots'], (_, value) => String(value))).not.toContain('sequence')
    expect(rides.metadata.lastSequenceNumber).toBe(0n)
    const { store } = rides.state.services
    for (const manifest of await manifestsOf(rides)) {
      const file = openContainer(await store.get(manifest.path), {})
      expect(file.property('format-version')).toBe('1')
      expect(manifest).toMatchObject({ sequenceNumber: 0n, minSequenceNumber: 0n })
    }
    expect((await entriesOf(rides)).map((entry) => entry.status).toSorted()).toEqual([
      'added',
      'deleted',
      'existing',
    ])
  })

  it('gets a uuid with the first commit when it has none', async () => {
    const rides = await newRides({ formatVersion: 1 })
    const metadata = { ...rides.metadata, tableUuid: null }
    const { opening } = new TableEvolution(rides.state).on({ ...rides.state, metadata })
    expect(opening).toMatchObject({ requirements: [], updates: [{ action: 'assign-uuid' }] })
    const named = applyUpdates(metadata, opening.updates, { nowMs: 0 })
    expect(isSameTable(metadata, named)).toBe(true)
    expect(isSameTable(named, rides.metadata)).toBe(false)
  })

  it('is read where its snapshots name their manifests themselves', async () => {
    const rides = await newRides({ formatVersion: 1, partitionBy: ['city'] })
    await rides.append([{ id: 1, city: 'Oslo' }])
    await rides.append([{ id: 2, city: 'Rome' }])
    const listed = await manifestsOf(rides)
    const snapshot = currentSnapshot(rides.metadata)
    assert(snapshot !== null, 'rows were appended')
    const manifests = listed.map(({ path }) => path)
    const state = fresh(rides)
    const embedded = await readManifestList(state, { ...snapshot, manifestList: null, manifests })
    expect(
      embedded.map(({ path, lengthBytes, specId }) => ({ path, lengthBytes, specId })),
    ).toEqual(listed.map(({ path, lengthBytes, specId }) => ({ path, lengthBytes, specId })))
    const paths: string[] = []
    for (const manifest of embedded) {
      for (const { file } of await readManifest(state, manifest)) paths.push(file.path)
    }
    expect(paths).toHaveLength(2)
  })
})

describe('row ids of a version 3 table (spec: Row Lineage)', () => {
  it('are taken by each snapshot from where the last one ended', async () => {
    const rides = await newRides({ formatVersion: 3 })
    await rides.append([{ id: 1 }, { id: 2 }])
    await rides.append([{ id: 3 }])
    expect(rides.snapshots.map(({ firstRowId, addedRows }) => [firstRowId, addedRows])).toEqual([
      [0n, 2n],
      [2n, 1n],
    ])
    expect(rides.metadata.nextRowId).toBe(3n)
    expect(await rowIdsOf(rides)).toEqual([
      [0n, 2n],
      [2n, 1n],
    ])
  })

  it('are worked out anew when another commit took them', async () => {
    const rides = await newRides({ formatVersion: 3 })
    const rival = await anotherHandle(rides)
    await rides.transaction(async (tx) => {
      await tx.append([{ id: 1 }])
      await rival.append([{ id: 2 }, { id: 3 }])
    })
    expect(rides.snapshots.at(-1)).toMatchObject({ firstRowId: 2n, addedRows: 1n })
    expect(await rowIdsOf(rides)).toEqual([
      [0n, 2n],
      [2n, 1n],
    ])
  })

  it('stay those of the files that an overwrite leaves in place', async () => {
    const rides = await newRides({ formatVersion: 3, partitionBy: ['city'] })
    await rides.append([
      { id: 1, city: 'Oslo' },
      { id: 2, city: 'Rome' },
      { id: 3, city: 'Rome' },
    ])
    const before = new Map(
      (await entriesOf(rides)).map(({ file }) => [file.path, file.firstRowId] as const),
    )
    await rides.overwritePartitions([{ id: 4, city: 'Oslo' }])
    const entries = await entriesOf(rides)
    for (const { status, file } of entries) {
      if (status !== 'added') expect(file.firstRowId).toBe(before.get(file.path))
    }
    const added = entries.find(({ status }) => status === 'added')
    expect(added?.file.firstRowId).toBeGreaterThanOrEqual(3n)
    expect(rides.metadata.nextRowId).toBeGreaterThan(added?.file.firstRowId ?? 0n)
  })

  it('are given to rows from before an upgrade with the first snapshot after it', async () => {
    const rides = await newRides({ formatVersion: 2, partitionBy: ['city'] })
    await rides.append([
      { id: 1, city: 'Oslo' },
      { id: 2, city: 'Rome' },
    ])
    await rides.transaction((tx) => tx.upgradeFormat(3))
    expect(rides.metadata.nextRowId).toBe(0n)
    expect(rides.snapshots[0]).not.toHaveProperty('firstRowId')
    await rides.overwritePartitions([{ id: 3, city: 'Oslo' }])
    const ids = await rowIdsOf(rides)
    expect(new Set(ids.map(([first]) => first)).size).toBe(2)
    expect(ids.every(([first]) => first >= 0n && first < rides.metadata.nextRowId)).toBe(true)
  })
})
