/** Tables that much was done to: snapshots on several branches, tags, rollbacks, files that moved from manifest to manifest. */
import fc from 'fast-check'

import { unreachable } from '../../src/base/assert.ts'
import { createFileCatalog } from '../../src/catalog/file-catalog.ts'
import { openWarehouse } from '../../src/client/warehouse.ts'
import { createMemoryStore } from '../../src/io/memory-store.ts'
import type { ObjectStore } from '../../src/io/object-store.ts'
import type { Snapshot } from '../../src/metadata/snapshot.ts'
import type { TableMetadata } from '../../src/metadata/table-metadata.ts'
import { mayHoldLiveFiles, readManifest, readManifestList } from '../../src/table/manifest-io.ts'
import type { TableState } from '../../src/table/table-state.ts'
import { commitUpdates } from './foreign-commits.ts'
import { commitSnapshot } from './foreign-snapshots.ts'
import type { ForeignSnapshot } from './foreign-snapshots.ts'
import { movingEnvironment } from './moving-environment.ts'
import type { MovingEnvironment } from './moving-environment.ts'
import { RIDES, Ride } from './rides.ts'
import type { Rides } from './rides.ts'
import { readRows, rowSet } from './row-sets.ts'
import { collect } from './streams.ts'

const HOUR_MS = 3_600_000
const BRANCHES = ['main', 'audit', 'next']

export type BusyStep =
  | {
      readonly kind: 'commit'
      readonly branch: string
      readonly rows: number
      /** Of what there is, files whose paths end so go. */
      readonly removes: readonly string[]
      readonly manifests: ForeignSnapshot['manifests']
    }
  | { readonly kind: 'replace-partition' | 'merge-on-append' }
  /** A snapshot, by its number. */
  | { readonly kind: 'tag' | 'move-main'; readonly pick: number }
  | { readonly kind: 'drop-ref'; readonly pick: number }
  | { readonly kind: 'statistics'; readonly pick: number }
  | { readonly kind: 'wait'; readonly hours: number }

export const anyBusyStep: fc.Arbitrary<BusyStep> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('commit' as const),
      branch: fc.constantFrom(...BRANCHES),
      rows: fc.nat(3),
      removes: fc.subarray(['0.parquet', '1.parquet', '2.parquet']),
      manifests: fc.constantFrom('beside' as const, 'merged' as const, 'split' as const),
    }),
  },
  fc.constantFrom({ kind: 'replace-partition' } as const, { kind: 'merge-on-append' } as const),
  fc.record({ kind: fc.constantFrom('tag' as const, 'move-main' as const), pick: fc.nat(9) }),
  fc.record({
    kind: fc.constantFrom('drop-ref' as const, 'statistics' as const),
    pick: fc.nat(9),
  }),
  fc.record({ kind: fc.constant('wait' as const), hours: fc.nat(60) }),
)

export interface BusyTable {
  readonly rides: Rides
  readonly store: ObjectStore
  readonly environment: MovingEnvironment
}

/** A table in memory whose store has the clock of its writers. */
export async function busyTable(steps: readonly BusyStep[]): Promise<BusyTable> {
  const environment = movingEnvironment()
  const store = createMemoryStore({ clock: () => environment.timeMs })
  const rides = await newBusyRides(store, environment)
  for (const [index, step] of steps.entries()) {
    environment.timeMs += HOUR_MS
    await applyStep({ rides, store, environment }, step, index)
  }
  return { rides, store, environment }
}

/** A table of a folder, partitioned by city. */
export async function newBusyRides(
  store: ObjectStore,
  environment: MovingEnvironment,
): Promise<Rides> {
  const catalog = createFileCatalog({ store, environment, warehouse: 'memory:/lake' })
  const warehouse = await openWarehouse('memory:/lake', { store, catalog, environment, workers: 0 })
  return warehouse.createTable(RIDES, { schema: Ride, partitionBy: ['city'] })
}

async function applyStep(table: BusyTable, step: BusyStep, index: number): Promise<void> {
  const { rides, environment } = table
  switch (step.kind) {
    case 'commit':
      return commitSnapshot(rides, {
        snapshotId: 4_200_000_000n + BigInt(index),
        branch: step.branch,
        operation: 'overwrite',
        timestampMs: environment.timeMs,
        rows: rowsOf(index, step.rows),
        removes: ({ path }) => step.removes.some((end) => path.endsWith(end)),
        manifests: step.manifests,
      })
    case 'replace-partition':
      return void (await rides.overwritePartitions([{ id: index, city: 'Oslo' }]))
    case 'merge-on-append':
      await commitUpdates(rides, [
        {
          action: 'set-properties',
          updates: new Map([['commit.manifest.min-count-to-merge', '2']]),
        },
      ])
      return void (await rides.append(rowsOf(index, 2)))
    case 'wait':
      environment.timeMs += step.hours * HOUR_MS
      return undefined
    case 'drop-ref': {
      const names = [...rides.refs.keys()].filter((name) => name !== 'main')
      const name = names[step.pick % Math.max(1, names.length)]
      return name === undefined
        ? undefined
        : void (await rides.transaction((tx) => tx.updateRefs((refs) => refs.drop(name))))
    }
    case 'tag':
    case 'move-main':
    case 'statistics':
      return aboutSnapshot(table, step, index)
    default:
      return unreachable(step)
  }
}

async function aboutSnapshot(
  { rides, store }: BusyTable,
  step: Extract<BusyStep, { readonly pick: number }>,
  index: number,
): Promise<void> {
  const snapshotId = rides.snapshots[step.pick % Math.max(1, rides.snapshots.length)]?.snapshotId
  if (snapshotId === undefined) return
  if (step.kind === 'statistics') {
    const path = `${rides.metadata.location}/metadata/${index}.stats`
    const sizeBytes = await store.put(path, new Uint8Array(index), 'create')
    const file = { snapshotId, path, fileSizeBytes: BigInt(sizeBytes) }
    await commitUpdates(rides, [{ action: 'set-partition-statistics', statistics: file }])
    return
  }
  await rides.transaction((tx) =>
    tx.updateRefs((refs) => {
      if (step.kind === 'tag') refs.createTag(`tag-${index}`, { snapshotId })
      else refs.setCurrentSnapshot(snapshotId)
    }),
  )
}

function rowsOf(index: number, count: number): { readonly id: number; readonly city: string }[] {
  return Array.from({ length: count }, (_, row) => ({
    id: 10 * index + row,
    city: row % 2 === 0 ? 'Oslo' : 'Bergen',
  }))
}

/** Every file that snapshots lead to, the slow way; none is left out because others have it. */
export async function filesReached(
  state: TableState,
  metadata: TableMetadata,
  snapshots: readonly Snapshot[] = metadata.snapshots,
): Promise<ReadonlySet<string>> {
  const reached = new Set<string>()
  const ids = new Set(snapshots.map(({ snapshotId }) => snapshotId))
  for (const { snapshotId, path } of [...metadata.statistics, ...metadata.partitionStatistics]) {
    if (ids.has(snapshotId)) reached.add(path)
  }
  for (const snapshot of snapshots) {
    if (snapshot.manifestList !== null) reached.add(snapshot.manifestList)
    for (const manifest of await readManifestList(state, snapshot)) {
      reached.add(manifest.path)
      if (!mayHoldLiveFiles(manifest)) continue
      for (const { status, file } of await readManifest(state, manifest)) {
        if (status !== 'deleted') reached.add(file.path)
      }
    }
  }
  return reached
}

/** What each snapshot gives who reads it. */
export async function rowsBySnapshot(
  rides: Rides,
): Promise<ReadonlyMap<bigint, readonly string[]>> {
  const rows = new Map<bigint, readonly string[]>()
  for (const { snapshotId } of rides.snapshots) {
    const scan = rides.scan().snapshot(snapshotId)
    rows.set(snapshotId, rowSet(scan.fields, await readRows(scan)))
  }
  return rows
}

export async function filesIn(store: ObjectStore, folder: string): Promise<ReadonlySet<string>> {
  return new Set((await collect(store.list(folder))).map(({ location }) => location))
}
