/** Expiry of tables that much was done to: what the policy keeps stays to the last byte, and nothing is left of what it does not. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { expireSnapshots, planExpiry } from '../../src/maintenance/expire-snapshots.ts'
import type { ExpireOptions } from '../../src/maintenance/expire-snapshots.ts'
import { planRetention } from '../../src/metadata/retention.ts'
import type { TableMetadata } from '../../src/metadata/table-metadata.ts'
import { openWarehouse } from '../../src/client/warehouse.ts'
import {
  anyBusyStep,
  busyTable,
  filesIn,
  filesReached,
  rowsBySnapshot,
} from '../support/busy-table.ts'
import type { BusyTable } from '../support/busy-table.ts'
import { RIDES, Ride } from '../support/rides.ts'
import type { Rides } from '../support/rides.ts'
import { runs } from '../support/runs.ts'

interface AnyExpiry {
  readonly hours: number
  readonly retainLast: number
  /** Snapshots that are named, by their number, unless a ref leads there. */
  readonly picks: readonly number[]
}

const anyExpiry: fc.Arbitrary<AnyExpiry> = fc.record({
  hours: fc.nat(100),
  retainLast: fc.integer({ min: 1, max: 4 }),
  picks: fc.array(fc.nat(12), { maxLength: 2 }),
})

const anyHistory = fc.array(anyBusyStep, { minLength: 3, maxLength: 12 })

function optionsFor(
  { metadata }: Rides,
  { hours, retainLast, picks }: AnyExpiry,
): Required<Pick<ExpireOptions, 'olderThan' | 'retainLast' | 'snapshotIds'>> {
  const held = new Set([...metadata.refs.values()].map(({ snapshotId }) => snapshotId))
  const snapshotIds = metadata.snapshots
    .map(({ snapshotId }) => snapshotId)
    .filter((id, index) => picks.includes(index) && !held.has(id))
  return { olderThan: `${hours} hours`, retainLast, snapshotIds }
}

/** The table by another handle, with nothing of it remembered. */
async function reopened({ store, environment, rides }: BusyTable): Promise<Rides> {
  const { catalog } = rides.state.services
  const warehouse = await openWarehouse('memory:/lake', { store, catalog, environment, workers: 0 })
  return warehouse.loadTable(RIDES, Ride)
}

function idsOf({ snapshots }: TableMetadata): bigint[] {
  return snapshots.map(({ snapshotId }) => snapshotId)
}

describe('expiry (spec: Snapshot Retention Policy)', () => {
  it('always keeps what the policy does, and never a file of nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(anyHistory, anyExpiry, async (steps, expiry) => {
        const busy = await busyTable(steps)
        const { rides, store, environment } = busy
        const before = rides.metadata
        const options = optionsFor(rides, expiry)
        const rows = await rowsBySnapshot(rides)
        const reached = await filesReached(rides.state, before)
        const listed = await filesIn(store, before.location)

        const report = await expireSnapshots(rides, options)

        const expected = planRetention(before, {
          nowMs: environment.timeMs,
          olderThanMs: BigInt(environment.timeMs - expiry.hours * 3_600_000),
          minSnapshotsToKeep: expiry.retainLast,
          snapshotIds: options.snapshotIds,
        })
        const gone = new Set(expected.snapshotIds)
        const after = await reopened(busy)
        expect(report.snapshotIds).toEqual(expected.snapshotIds)
        expect(idsOf(after.metadata)).toEqual(idsOf(before).filter((id) => !gone.has(id)))
        expect(after.metadata.currentSnapshotId).toBe(before.currentSnapshotId)

        for (const [id, kept] of await rowsBySnapshot(after)) expect(kept).toEqual(rows.get(id))

        const needed = await filesReached(after.state, after.metadata)
        const now = await filesIn(store, before.location)
        const removed = [...listed].filter((path) => !now.has(path))
        expect(removed.toSorted()).toEqual(
          [...reached].filter((path) => !needed.has(path)).toSorted(),
        )
        expect(report.files.map(({ path }) => path).toSorted()).toEqual(removed.toSorted())
        for (const path of needed) expect(now.has(path)).toBe(true)
      }),
      runs(15),
    )
  })

  it('always names beforehand what then goes, and changes nothing by that', async () => {
    await fc.assert(
      fc.asyncProperty(anyHistory, anyExpiry, async (steps, expiry) => {
        const { rides, store } = await busyTable(steps)
        const { metadata } = rides
        const listed = await filesIn(store, metadata.location)
        const options = optionsFor(rides, expiry)
        const plan = await planExpiry(rides, options)
        expect(rides.metadata).toEqual(metadata)
        expect(await filesIn(store, metadata.location)).toEqual(listed)
        const report = await plan.run()
        expect(report.files).toEqual(plan.files)
        expect(report).toMatchObject({ snapshotIds: plan.snapshotIds, refs: plan.refs, left: [] })
        // A snapshot that is named cuts its line, and what came before it is on none then.
        if (plan.snapshotIds.some((id) => options.snapshotIds.includes(id))) return
        expect(await planExpiry(rides, options)).toMatchObject({ snapshotIds: [], files: [] })
      }),
      runs(8),
    )
  })

  it('never takes more than was planned, nor what a ref was made on since', async () => {
    await fc.assert(
      fc.asyncProperty(anyHistory, anyExpiry, fc.nat(9), async (steps, expiry, pick) => {
        const busy = await busyTable(steps)
        const { rides } = busy
        const other = await reopened(busy)
        const plan = await planExpiry(rides, optionsFor(rides, expiry))
        const snapshotId = plan.snapshotIds[pick % Math.max(1, plan.snapshotIds.length)]
        if (snapshotId === undefined) return
        await other.transaction((tx) =>
          tx.updateRefs((refs) => refs.createTag('kept', { snapshotId })),
        )
        await other.append([{ id: 99, city: 'Oslo' }])
        const isNamed = optionsFor(rides, expiry).snapshotIds.includes(snapshotId)
        if (isNamed) {
          await expect(plan.run()).rejects.toMatchObject({
            kind: 'invalid',
            context: { ref: 'kept' },
          })
          return
        }
        const report = await plan.run()
        expect(plan.snapshotIds).toEqual(expect.arrayContaining([...report.snapshotIds]))
        const after = await reopened(busy)
        await rowsBySnapshot(after)
        expect(idsOf(after.metadata)).toContain(snapshotId)
      }),
      runs(8),
    )
  })
})
