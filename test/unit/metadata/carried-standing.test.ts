import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { unreachable } from '../../../src/base/assert.ts'
import { carriedStandings } from '../../../src/metadata/carried-standing.ts'
import { JOB_STATE_PREFIX, jobStanding } from '../../../src/metadata/job-standing.ts'
import type { JobStanding } from '../../../src/metadata/job-standing.ts'
import type { TableMetadata } from '../../../src/metadata/table-metadata.ts'
import { applyUpdates } from '../../../src/metadata/updates.ts'
import { appendUpdates } from '../../support/arbitraries/metadata.ts'
import { runs } from '../../support/runs.ts'
import { smallTable } from '../../support/small-table.ts'

const KEY = `${JOB_STATE_PREFIX}orders.by-day`
const TIME_MS = 1_760_000_000_000

/** What happens to a table that a job writes to. */
type Step =
  /** A run of the job: with rows, or without. */
  | { readonly kind: 'run' | 'idle-run' }
  | { readonly kind: 'other-commit' }
  /** To a snapshot of main, by its number from the head. */
  | { readonly kind: 'roll-back'; readonly back: number }

interface History {
  readonly table: TableMetadata
  readonly runs: number
}

function committed(table: TableMetadata, summary: ReadonlyMap<string, string>): TableMetadata {
  const snapshotId = BigInt(table.snapshots.length + 1)
  const snapshot = { snapshotId, operation: 'append' as const, summary, timestampMs: TIME_MS }
  return applyUpdates(table, appendUpdates(table, snapshot), { nowMs: TIME_MS })
}

function stateText(run: number): string {
  return `{"run":${run},"keys":{"end":"${run}"}}`
}

/** As a job sets it: with the snapshot of the same commit, or with the head. */
function withProperty(table: TableMetadata, run: number): TableMetadata {
  const head = table.snapshots.find(({ snapshotId }) => snapshotId === table.currentSnapshotId)
  const anchor = `"branch":"main","snapshot-id":${head?.snapshotId ?? null},"sequence-number":${head?.sequenceNumber ?? 0}`
  const updates = new Map([[KEY, `${stateText(run).slice(0, -1)},${anchor}}`]])
  return applyUpdates(table, [{ action: 'set-properties', updates }], { nowMs: TIME_MS })
}

function lineOf(table: TableMetadata): bigint[] {
  const line: bigint[] = []
  for (let id = table.currentSnapshotId; id !== null;) {
    const snapshot = table.snapshots.find((one) => one.snapshotId === id)
    if (snapshot === undefined) break
    line.push(id)
    id = snapshot.parentId
  }
  return line
}

function after({ table, runs: count }: History, step: Step): History {
  switch (step.kind) {
    case 'run':
      return {
        table: withProperty(committed(table, new Map([[KEY, stateText(count + 1)]])), count + 1),
        runs: count + 1,
      }
    case 'idle-run':
      return { table: withProperty(table, count + 1), runs: count + 1 }
    case 'other-commit':
      return { table: committed(table, new Map()), runs: count }
    case 'roll-back': {
      const line = lineOf(table)
      const snapshotId = line[step.back % Math.max(1, line.length)]
      if (snapshotId === undefined) return { table, runs: count }
      const ref = { snapshotId, kind: 'branch' } as const
      const update = { action: 'set-snapshot-ref', name: 'main', ref } as const
      return { table: applyUpdates(table, [update], { nowMs: TIME_MS }), runs: count }
    }
    default:
      return unreachable(step)
  }
}

/** A run after a rollback counts on from where the job then stood, which makes numbers be used twice. */
function historyOf(steps: readonly Step[]): TableMetadata {
  let history: History = { table: smallTable(), runs: 0 }
  for (const step of steps) {
    history = after({ ...history, runs: runOf(jobStanding(history.table, { key: KEY })) }, step)
  }
  return history.table
}

function runOf(standing: JobStanding): number {
  if (standing.kind === 'none' || standing.kind === 'lost') return 0
  return Number(/"run":(\d+)/.exec(standing.text)?.[1])
}

function without(table: TableMetadata, snapshotIds: readonly bigint[]): TableMetadata {
  return applyUpdates(table, [{ action: 'remove-snapshots', snapshotIds }], { nowMs: TIME_MS })
}

/** The table after an expiry as it should be. */
function expired(table: TableMetadata, snapshotIds: readonly bigint[]): TableMetadata {
  const left = without(table, snapshotIds)
  return applyUpdates(left, carriedStandings(table, left), { nowMs: TIME_MS })
}

const run = { kind: 'run' } as const
const other = { kind: 'other-commit' } as const

describe('where a job stands', () => {
  it('is told by the property alone once its snapshot has expired', () => {
    const table = historyOf([run, other, other])
    const left = expired(table, [1n])
    expect(left.properties).toBe(table.properties)
    expect(runOf(jobStanding(left, { key: KEY }))).toBe(1)
  })

  it('is not what a property says that a rollback has undone', () => {
    const table = historyOf([run, run, { kind: 'roll-back', back: 1 }, other])
    expect(runOf(jobStanding(table, { key: KEY }))).toBe(1)
    // Nothing would show then that the second run was undone.
    expect(runOf(jobStanding(without(table, [1n, 2n]), { key: KEY }))).toBe(2)
    const left = expired(table, [1n, 2n])
    expect(jobStanding(left, { key: KEY })).toMatchObject({ kind: 'kept' })
    expect(runOf(jobStanding(left, { key: KEY }))).toBe(1)
    expect(JSON.parse(left.properties.get(KEY) ?? '')).toMatchObject({ 'snapshot-id': 3 })
  })

  it('is not known when it was not known before', () => {
    const undone = historyOf([other, run, { kind: 'roll-back', back: 1 }, other])
    expect(jobStanding(undone, { key: KEY }).kind).toBe('none')
    expect(jobStanding(without(undone, [1n, 2n]), { key: KEY }).kind).toBe('kept')
    expect(jobStanding(expired(undone, [1n, 2n]), { key: KEY }).kind).toBe('lost')
  })

  it('stays what it is where it cannot be read', () => {
    const properties = new Map([[KEY, 'no state']])
    const table = { ...historyOf([other, other]), properties }
    expect(expired(table, [1n]).properties).toEqual(properties)
  })

  it('is always the same after an expiry, whatever was run, undone and expired', () => {
    const anyStep: fc.Arbitrary<Step> = fc.oneof(
      fc.constantFrom({ kind: 'run' } as const, { kind: 'idle-run' } as const, other),
      fc.record({ kind: fc.constant('roll-back' as const), back: fc.nat(4) }),
    )
    const anyHistory = fc
      .tuple(fc.array(anyStep, { maxLength: 12 }), fc.array(fc.nat(12), { maxLength: 8 }))
      .map(([steps, picks]) => ({ table: historyOf(steps), picks: picks.map(BigInt) }))
    fc.assert(
      fc.property(anyHistory, ({ table, picks }) => {
        const gone = picks.filter((id) => id !== table.currentSnapshotId)
        const left = expired(table, gone)
        const [was, is] = [jobStanding(table, { key: KEY }), jobStanding(left, { key: KEY })]
        expect(runOf(is)).toBe(runOf(was))
        // Nor does a second expiry, or a rollback to what is left, lead anywhere else.
        const later = lineOf(left).filter((id) => id !== left.currentSnapshotId)
        expect(runOf(jobStanding(expired(left, later), { key: KEY }))).toBe(runOf(was))
      }),
      runs(500),
    )
  })
})
