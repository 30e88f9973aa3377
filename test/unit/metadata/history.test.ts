import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { ancestorsOf, isAncestor, snapshotAsOf } from '../../../src/metadata/history.ts'
import type { TableMetadata } from '../../../src/metadata/table-metadata.ts'
import { applyUpdates } from '../../../src/metadata/updates.ts'
import { anyTableMetadata } from '../../support/arbitraries/metadata.ts'
import { runs } from '../../support/runs.ts'
import { appended, smallTable } from '../../support/small-table.ts'
import { thrownBy } from '../../support/thrown.ts'

/** Snapshots 1, 2 and 3, one after the other, at 1000, 2000 and 3000 milliseconds. */
function threeSnapshots(): TableMetadata {
  return [1, 2, 3].reduce(
    (metadata, index) => appended(metadata, BigInt(index), index * 1000),
    smallTable(),
  )
}

/** As {@link threeSnapshots}, but main is back at 1 since 4000. */
function rolledBack(): TableMetadata {
  const ref = { snapshotId: 1n, kind: 'branch' as const }
  const update = { action: 'set-snapshot-ref' as const, name: 'main', ref }
  return applyUpdates(threeSnapshots(), [update], { nowMs: 4000 })
}

function without(metadata: TableMetadata, snapshotId: bigint): TableMetadata {
  const snapshots = metadata.snapshots.filter((one) => one.snapshotId !== snapshotId)
  return { ...metadata, snapshots }
}

describe('time travel (spec: Point in Time Reads (Time Travel))', () => {
  it.each([
    [1000, 1n],
    [1999, 1n],
    [2000, 2n],
    [3999, 3n],
    [4000, 1n],
  ])('sees at %i what was current then', (timestampMs, snapshotId) => {
    expect(snapshotAsOf(rolledBack(), timestampMs).snapshotId).toBe(snapshotId)
  })

  it('knows nothing before the first snapshot', () => {
    expect(thrownBy(() => snapshotAsOf(rolledBack(), 999))).toMatchObject({
      kind: 'not-found',
      context: { timestampMs: 999, oldestKnownMs: 1000 },
    })
    expect(thrownBy(() => snapshotAsOf(smallTable(), 5000)).kind).toBe('not-found')
  })

  it('refuses a snapshot that has expired', () => {
    const metadata = without(rolledBack(), 2n)
    expect(thrownBy(() => snapshotAsOf(metadata, 2500)).kind).toBe('not-found')
  })

  it('always sees the last change at or before the time', () => {
    fc.assert(
      fc.property(anyTableMetadata, fc.nat(), (metadata, pick) => {
        const { snapshotLog } = metadata
        const entry = snapshotLog[pick % Math.max(1, snapshotLog.length)]
        if (entry === undefined) return
        const seen = snapshotLog.filter((one) => one.timestampMs <= entry.timestampMs).at(-1)
        expect(snapshotAsOf(metadata, entry.timestampMs).snapshotId).toBe(seen?.snapshotId)
      }),
      runs(100),
    )
  })
})

describe('ancestors', () => {
  it('come newest first, from the snapshot itself', () => {
    const ids = Array.from(ancestorsOf(threeSnapshots(), 3n), (one) => one.snapshotId)
    expect(ids).toEqual([3n, 2n, 1n])
  })

  it('end where snapshots have expired', () => {
    const ids = Array.from(ancestorsOf(without(threeSnapshots(), 2n), 3n), (one) => one.snapshotId)
    expect(ids).toEqual([3n])
  })

  it('of a snapshot that is not there are an error', () => {
    expect(thrownBy(() => [...ancestorsOf(threeSnapshots(), 9n)]).kind).toBe('not-found')
  })

  it('never go round in a circle', () => {
    const metadata = threeSnapshots()
    const snapshots = metadata.snapshots.map((one) => ({
      ...one,
      parentId: one.parentId ?? 3n,
    }))
    const error = thrownBy(() => [...ancestorsOf({ ...metadata, snapshots }, 3n)])
    expect(error.kind).toBe('corrupt')
  })

  it('are told apart from others', () => {
    const metadata = threeSnapshots()
    expect(isAncestor(metadata, { ancestorId: 1n, descendantId: 3n })).toBe(true)
    expect(isAncestor(metadata, { ancestorId: 3n, descendantId: 3n })).toBe(true)
    expect(isAncestor(metadata, { ancestorId: 3n, descendantId: 1n })).toBe(false)
  })
})
