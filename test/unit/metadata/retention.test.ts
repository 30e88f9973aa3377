import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { ancestorsOf } from '../../../src/metadata/history.ts'
import { checkInvariants } from '../../../src/metadata/invariants.ts'
import { JOB_STATE_PREFIX } from '../../../src/metadata/job-standing.ts'
import type { SnapshotRef } from '../../../src/metadata/refs.ts'
import { planRetention } from '../../../src/metadata/retention.ts'
import type { RetentionOptions, RetentionPlan } from '../../../src/metadata/retention.ts'
import type { TableMetadata } from '../../../src/metadata/table-metadata.ts'
import { applyUpdates } from '../../../src/metadata/updates.ts'
import { anyNewTable, anyStep } from '../../support/arbitraries/metadata.ts'
import { runs } from '../../support/runs.ts'
import { appended, smallTable } from '../../support/small-table.ts'
import { thrownBy } from '../../support/thrown.ts'

const DAY_MS = 86_400_000

/** Snapshots 1 to 5 on main, one a day from day 1 on. */
const FIVE_DAYS = [1n, 2n, 3n, 4n, 5n].reduce(
  (table, id) => appended(table, id, Number(id) * DAY_MS),
  smallTable(),
)

function withRefs(refs: Readonly<Record<string, SnapshotRef>>): TableMetadata {
  return { ...FIVE_DAYS, refs: new Map([...FIVE_DAYS.refs, ...Object.entries(refs)]) }
}

/** Jobs by the snapshots that say where they stand. */
function withStates(jobs: Readonly<Record<string, string>>): TableMetadata {
  const snapshots = FIVE_DAYS.snapshots.map((snapshot) => {
    const job = jobs[String(snapshot.snapshotId)]
    const entry = [`${JOB_STATE_PREFIX}${job}.rows`, '{"run":1}'] as const
    return job === undefined ? snapshot : { ...snapshot, summary: new Map([entry]) }
  })
  return { ...FIVE_DAYS, snapshots }
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
    expect(expiredAt(FIVE_DAYS, 6)).toMatchObject({ snapshotIds: [], refs: [] })
    expect(expiredAt(FIVE_DAYS, 8).snapshotIds).toEqual([1n, 2n])
    expect(expiredAt(FIVE_DAYS, 1000).snapshotIds).toEqual([1n, 2n, 3n, 4n])
  })

  it('asks the table, then the caller, and most of all the ref', () => {
    const properties = new Map([['history.expire.min-snapshots-to-keep', '3']])
    expect(expiredAt({ ...FIVE_DAYS, properties }, 1000).snapshotIds).toEqual([1n, 2n])
    const policy = { minSnapshotsToKeep: 2, olderThanMs: BigInt(6 * DAY_MS) }
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
    expect(expiredAt(table, 1000)).toMatchObject({
      snapshotIds: [1n, 2n, 3n, 4n],
      refs: ['release'],
    })
  })

  it('keeps a young snapshot that no ref leads to, for whoever staged it', () => {
    const rolledBack = applyUpdates(
      FIVE_DAYS,
      [{ action: 'set-snapshot-ref', name: 'main', ref: { snapshotId: 3n, kind: 'branch' } }],
      { nowMs: 5 * DAY_MS },
    )
    const before = (day: number): bigint[] => [
      ...expiredAt(rolledBack, 9, { olderThanMs: BigInt(day * DAY_MS) }).snapshotIds,
    ]
    expect(before(5)).toEqual([1n, 2n, 4n])
    expect(before(6)).toEqual([1n, 2n, 4n, 5n])
  })

  it('keeps young snapshots that led to a tag and to no branch, as if there were no tag', () => {
    const rolledBack = applyUpdates(
      withRefs({ release: { snapshotId: 5n, kind: 'tag' } }),
      [{ action: 'set-snapshot-ref', name: 'main', ref: { snapshotId: 2n, kind: 'branch' } }],
      { nowMs: 5 * DAY_MS },
    )
    const before = (day: number): bigint[] => [
      ...expiredAt(rolledBack, 9, { olderThanMs: BigInt(day * DAY_MS) }).snapshotIds,
    ]
    expect(before(3)).toEqual([1n])
    expect(before(4)).toEqual([1n, 3n])
  })

  it('lets named snapshots go as well, whatever would keep them', () => {
    const policy = { snapshotIds: [4n, 99n], minSnapshotsToKeep: 3 }
    expect(expiredAt(FIVE_DAYS, 6, policy).snapshotIds).toEqual([4n])
    expect(expiredAt(FIVE_DAYS, 1000, policy).snapshotIds).toEqual([1n, 2n, 4n])
  })

  it('refuses to let the snapshot of a ref go, and says which ref it is', () => {
    const table = withRefs({ release: { snapshotId: 2n, kind: 'tag' } })
    expect(thrownBy(() => expiredAt(table, 6, { snapshotIds: [2n] }))).toMatchObject({
      kind: 'invalid',
      context: { snapshotId: 2n, ref: 'release', kind: 'tag' },
    })
    expect(thrownBy(() => expiredAt(table, 6, { snapshotIds: [1n, 5n] }))).toMatchObject({
      context: { ref: 'main', kind: 'branch' },
    })
    const passing = withRefs({ release: { snapshotId: 2n, kind: 'tag', maxRefAgeMs: 1n } })
    expect(expiredAt(passing, 6, { snapshotIds: [2n] }).refs).toEqual(['release'])
  })

  it('keeps the newest snapshot that says where a job stands, unless it is named or nobody wants it', () => {
    const table = withStates({ 2: 'other', 3: 'orders', 4: 'orders' })
    expect(expiredAt(table, 1000)).toMatchObject({
      snapshotIds: [1n, 3n],
      jobSnapshotIds: [2n, 4n],
    })
    expect(expiredAt(table, 8).jobSnapshotIds).toEqual([2n])
    expect(expiredAt(table, 1000, { snapshotIds: [4n] }).snapshotIds).toEqual([1n, 3n, 4n])
    const all = expiredAt(table, 1000, { jobSnapshots: 'expire' })
    expect(all).toMatchObject({ snapshotIds: [1n, 2n, 3n, 4n], jobSnapshotIds: [] })
  })

  it('always does as the five steps of the specification say, but for young strays', () => {
    fc.assert(
      fc.property(anyTableWithHistory, anyPolicy, (table, policy) => {
        expect(planRetention(table, policy)).toEqual({
          ...slowPlan(table, policy),
          jobSnapshotIds: [],
        })
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

interface AnyPolicy extends RetentionOptions {
  readonly olderThanMs: bigint
  readonly minSnapshotsToKeep: number
  readonly maxRefAgeMs: bigint
}

const anyMomentMs = fc.integer({ min: 1_500_000_000_000, max: 1_900_000_000_000 })

const anyPolicy: fc.Arbitrary<AnyPolicy> = fc.record({
  nowMs: anyMomentMs,
  olderThanMs: anyMomentMs.map(BigInt),
  minSnapshotsToKeep: fc.nat(4),
  maxRefAgeMs: anyAgeMs,
})

/** The steps one by one, each over all refs and snapshots. */
function slowPlan(table: TableMetadata, policy: AnyPolicy): Omit<RetentionPlan, 'jobSnapshotIds'> {
  const timeOf = new Map(table.snapshots.map((one) => [one.snapshotId, one.timestampMs]))
  const age = (id: bigint): bigint => BigInt(policy.nowMs - (timeOf.get(id) ?? Number.NaN))
  const isOld = (id: bigint): boolean => BigInt(timeOf.get(id) ?? 0) < policy.olderThanMs
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
        ref.maxSnapshotAgeMs === undefined ? !isOld(one) : age(one) <= ref.maxSnapshotAgeMs
      const isFirst = (one: bigint): boolean =>
        line.indexOf(one) < (ref.minSnapshotsToKeep ?? policy.minSnapshotsToKeep)
      return line.slice(0, line.indexOf(id) + 1).every((one) => isYoung(one) || isFirst(one))
    })
  const branches = staying.filter(({ kind }) => kind === 'branch')
  const isStray = (id: bigint): boolean =>
    !branches.some((ref) => lineOf(ref).includes(id)) && !isOld(id)
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
