// A table in S3 that maintenance has work with, and what must hold of it afterwards.
import { expect } from 'vitest'

import { systemEnvironment } from '../../../src/base/environment.ts'
import { openWarehouse } from '../../../src/client/warehouse.ts'
import type { ObjectStore } from '../../../src/io/object-store.ts'
import { examine } from '../../../src/maintenance/doctor.ts'
import { filesIn, filesReached, rowsBySnapshot } from '../../support/busy-table.ts'
import { RIDES, Ride } from '../../support/rides.ts'
import type { Rides } from '../../support/rides.ts'

const TURNS = 4
const CITIES = ['Oslo', 'Bergen', 'Voss']

/** A handle on the table of a folder, with nothing remembered. */
export async function openRides(store: ObjectStore, folder: string): Promise<Rides> {
  const warehouse = await openWarehouse(folder, { store, workers: 0 })
  return warehouse.loadTable(RIDES, Ride)
}

/** A new one of small files, whose manifests share partitions; snapshots have files that later ones have not; one has a tag. */
export async function wornRides(store: ObjectStore, folder: string): Promise<Rides> {
  const warehouse = await openWarehouse(folder, { store, workers: 0 })
  const rides = await warehouse.createTable(RIDES, { schema: Ride, partitionBy: ['city'] })
  for (let turn = 0; turn < TURNS; turn += 1) {
    await rides.append(CITIES.map((city, index) => ({ id: turn * 10 + index, city })))
    if (turn === 1) await rides.overwritePartitions([{ id: 99, city: 'Oslo' }])
  }
  await rides.deleteWhere('id = 0 or id = 1')
  const snapshotId = rides.snapshots[1]?.snapshotId ?? 0n
  await rides.transaction((tx) => tx.updateRefs((refs) => refs.createTag('march', { snapshotId })))
  return rides
}

/** Rows of each snapshot, and of the newest one. */
export interface KeptRows {
  readonly bySnapshot: ReadonlyMap<bigint, readonly string[]>
  readonly newest: readonly string[]
}

export async function keptRows(store: ObjectStore, folder: string): Promise<KeptRows> {
  const rides = await openRides(store, folder)
  const bySnapshot = await rowsBySnapshot(rides)
  return { bySnapshot, newest: bySnapshot.get(rides.currentSnapshot?.snapshotId ?? 0n) ?? [] }
}

/** Expects the rows that there were, in every snapshot that is still there, and no damage. */
export async function expectKept(
  store: ObjectStore,
  folder: string,
  { bySnapshot, newest }: KeptRows,
): Promise<void> {
  const now = await keptRows(store, folder)
  expect(now.newest).toEqual(newest)
  for (const [id, rows] of now.bySnapshot) expect(rows).toEqual(bySnapshot.get(id) ?? newest)
  const { findings } = await examine(await openRides(store, folder), { deep: true })
  expect(findings).toEqual([])
}

/** What lies in the folder of a table and no snapshot leads to, sorted; of the catalog's own files nothing is said. */
export async function unreachedFiles(
  store: ObjectStore,
  { state }: Rides,
): Promise<readonly string[]> {
  const reached = await filesReached(state, state.metadata)
  const listed = await filesIn(store, state.metadata.location)
  return [...listed]
    .filter((path) => !/\/metadata\/(v\d+\.metadata\.json|version-hint\.text)$/.test(path))
    .filter((path) => !reached.has(path))
    .toSorted()
}

/** So that what was written a moment ago is old enough, whatever part of a second clocks leave out. */
export function soon(): bigint {
  return BigInt(systemEnvironment.nowMs() + 60_000)
}
