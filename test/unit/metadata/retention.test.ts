import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { ancestorsOf } from '../../../src/metadata/history.ts'
import { checkInvariants } from '../../../src/metadata/invariants.ts'
import type { SnapshotRef } from '../../../src/metadata/refs.ts'
import { planRetention } from '../../../src/metadata/retention.ts'
import type { RetentionOptions, RetentionPlan } from '../../../src/metadata/retention.ts'
import type { TableMetadata } from '../../../src/metadata/table-metadata.ts'
import { applyUpdates } from '../../../src/metadata/updates.ts'
import { anyNewTable, anyStep } from '../../support/arbitraries/metadata.ts'
import { runs } from '../../support/runs.ts'
import { appended, smallTable } from '../../support/small-table.ts'

const DAY_MS = 86_400_000

/** Snapshots 1 to 5 on main, one a day from day 1 on. */
const FIVE_DAYS = [1n, 2n, 3n, 4n, 5n].reduce(
  (table, id) => appended(table, id, Number(id) * DAY_MS),
  smallTable(),
)

function withRefs(refs: Readonly<Record<string, SnapshotRef>>): TableMetadata {
  return { ...FIVE_DAYS, refs: new Map([...FIVE_DAYS.refs, ...Object.entries(refs)]) }
}

function expiredAt(
  table: TableMetadata,
  day: number,
  policy: Partial<RetentionOptions> = {},
): RetentionPlan {
  return planRetention(table, { nowMs: day * DAY_MS, ...policy })
}

describe('retention (spec: Snapshot Retention Policy)', () => {
  it('keeps five days and one snapshot while nobody says otherwise', () => {
    expect(expiredAt(FIVE_DAYS, 6)).toEqual({ snapshotIds: [], refs: [] })
    expect(expiredAt(FIVE_DAYS, 8).snapshotIds).toEqual([1n, 2n])
    expect(expiredAt(FIVE_DAYS, 1000).snapshotIds).toEqual([1n, 2n, 3n, 4n])
  })

  it('asks the table, then the caller, and most of all the ref', () => {
    const properties = new Map([['history.expire.min-snapshots-to-keep', '3']])
    expect(expiredAt({ ...FIVE_DAYS, properties }, 1000).snapshotIds).toEqual([1n, 2n])
    const policy = { minSnapshotsToKeep: 2, maxSnapshotAgeMs: 0n }
    expect(expiredAt({ ...FIVE_DAYS, properties }, 6, policy).snapshotIds).toEqual([1n, 2n, 3n])
    const main = withRefs({ main: { snapshotId: 5n, kind: 'branch', minSnapshotsToKeep: 4 } })
    expect(expiredAt(main, 6, policy).snapshotIds).toEqual([1n])
  })

  it('takes the ages of snapshots and refs from the properties of the table', () => {
    const age = (name: string, days: number): ReadonlyMap<string, string> =>
      new Map([[`history.expire.${name}`, String(days * DAY_MS)]])
    const young = { ...FIVE_DAYS, properties: age('max-snapshot-age-ms', 1) }
    expect(expiredAt(young, 6).snapshotIds).toEqual([1n, 2n, 3n, 4n])
    const tagged = withRefs({ release: { snapshotId: 2n, kind: 'tag' } })
    const passing = { ...tagged, properties: age('max-ref-age-ms', 3) }
    expect(expiredAt(passing, 5).refs).toEqual([])
    expect(expiredAt(passing, 6).refs).toEqual(['release'])
  })

  it('keeps what a tag or another branch needs, and no more', () => {
    const table = withRefs({
      release: { snapshotId: 2n, kind: 'tag' },
      audit: { snapshotId: 4n, kind: 'branch', minSnapshotsToKeep: 2 },
    })
    expect(expiredAt(table, 1000).snapshotIds).toEqual([1n])
  })

  it('lets refs go when their snapshots get too old, but never main', () => {
    const table = withRefs({
      release: { snapshotId: 2n, kind: 'tag', maxRefAgeMs: BigInt(3 * DAY_MS) },
      main: { snapshotId: 5n, kind: 'branch', maxRefAgeMs: 1n },
    })
    expect(expiredAt(table, 5).refs).toEqual([])
    expect(expiredAt(table, 6)).toMatchObject({ refs: ['release'] })
    expect(expiredAt(table, 1000)).toEqual({ snapshotIds: [1n, 2n, 3n, 4n], refs: ['release'] })
  })

  it('keeps a young snapshot that no ref leads to, for whoever staged it', () => {
    const rolledBack = applyUpdates(
      FIVE_DAYS,
      [{ action: 'set-snapshot-ref', name: 'main', ref: { snapshotId: 3n, kind: 'branch' } }],
      { nowMs: 5 * DAY_MS },
    )
    const policy = { maxSnapshotAgeMs: BigInt(DAY_MS) }
    expect(expiredAt(rolledBack, 6, policy).snapshotIds).toEqual([1n, 2n, 4n])
    expect(expiredAt(rolledBack, 7, policy).snapshotIds).toEqual([1n, 2n, 4n, 5n])
  })

  it('always does as the five steps of the specification say, but for young strays', () => {
    fc.assert(
      fc.property(anyTableWithHistory, anyPolicy, (table, policy) => {
        expect(planRetention(table, policy)).toEqual(slowPlan(table, policy))
      }),
      runs(200),
    )
  })

  it('always leaves a sound table whose refs all lead somewhere, and then has nothing to do', () => {
    fc.assert(
      fc.property(anyTableWithHistory, anyPolicy, (table, policy) => {
        const { snapshotIds, refs } = planRetention(table, policy)
        const left = applyUpdates(
          table,
          [
            ...refs.map((name) => ({ action: 'remove-snapshot-ref', name }) as const),
            { action: 'remove-snapshots', snapshotIds },
          ],
          { nowMs: policy.nowMs },
        )
        checkInvariants(left, 'internal')
        expect(left.currentSnapshotId).toBe(table.currentSnapshotId)
        expect([...left.refs.keys()].length).toBe(table.refs.size - refs.length)
        expect(planRetention(left, policy).refs).toEqual([])
      }),
      runs(100),
    )
  })
})

const anyTableWithHistory = fc
  .tuple(anyNewTable, fc.array(anyStep, { minLength: 4, maxLength: 14 }))
  .map(([table, steps]) =>
    steps.reduce((metadata, step) => {
      const { updates, nowMs } = step(metadata)
      return applyUpdates(metadata, updates, { nowMs })
    }, table),
  )

const anyAgeMs = fc.bigInt({ min: 0n, max: 400_000_000_000n })

const anyPolicy: fc.Arbitrary<Required<RetentionOptions>> = fc.record({
  nowMs: fc.integer({ min: 1_500_000_000_000, max: 1_900_000_000_000 }),
  maxSnapshotAgeMs: anyAgeMs,
  minSnapshotsToKeep: fc.nat(4),
  maxRefAgeMs: anyAgeMs,
})

/** The steps one by one, each over all refs and snapshots. */
function slowPlan(table: TableMetadata, policy: Required<RetentionOptions>): RetentionPlan {
  const timeOf = new Map(table.snapshots.map((one) => [one.snapshotId, one.timestampMs]))
  const age = (id: bigint): bigint => BigInt(policy.nowMs - (timeOf.get(id) ?? Number.NaN))
  const isGone = ([name, ref]: readonly [string, SnapshotRef]): boolean =>
    name !== 'main' && age(ref.snapshotId) > (ref.maxRefAgeMs ?? policy.maxRefAgeMs)
  const staying = [...table.refs].filter((entry) => !isGone(entry)).map(([, ref]) => ref)
  const lineOf = (ref: SnapshotRef): bigint[] =>
    [...ancestorsOf(table, ref.snapshotId)].map(({ snapshotId }) => snapshotId)
  const isKept = (id: bigint): boolean =>
    staying.some((ref) => {
      if (ref.snapshotId === id) return true
      const line = lineOf(ref)
      if (ref.kind === 'tag' || !line.includes(id)) return false
      const isYoung = (one: bigint): boolean =>
        age(one) <= (ref.maxSnapshotAgeMs ?? policy.maxSnapshotAgeMs)
      const isFirst = (one: bigint): boolean =>
        line.indexOf(one) < (ref.minSnapshotsToKeep ?? policy.minSnapshotsToKeep)
      return line.slice(0, line.indexOf(id) + 1).every((one) => isYoung(one) || isFirst(one))
    })
  const isStray = (id: bigint): boolean =>
    !staying.some((ref) => lineOf(ref).includes(id)) && age(id) <= policy.maxSnapshotAgeMs
  return {
    snapshotIds: table.snapshots
      .map(({ snapshotId }) => snapshotId)
      .filter((id) => !isKept(id) && !isStray(id)),
    refs: [...table.refs]
      .filter(isGone)
      .map(([name]) => name)
      .toSorted(),
  }
}
