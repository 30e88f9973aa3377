import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { ancestorsOf } from '../../../src/metadata/history.ts'
import { snapshotRange } from '../../../src/metadata/snapshot-range.ts'
import type { HistoryPoint, RangeBounds } from '../../../src/metadata/snapshot-range.ts'
import type { Snapshot } from '../../../src/metadata/snapshot.ts'
import type { TableMetadata } from '../../../src/metadata/table-metadata.ts'
import { runs } from '../../support/runs.ts'
import { smallTable } from '../../support/small-table.ts'
import { thrownBy } from '../../support/thrown.ts'

/** Snapshots by id, parent and time. */
function tableOf(
  ...snapshots: readonly (readonly [id: bigint, parent: bigint | null, timestampMs: number])[]
): TableMetadata {
  return {
    ...smallTable(),
    snapshots: snapshots.map(([snapshotId, parentId, timestampMs]): Snapshot => ({
      snapshotId,
      parentId,
      timestampMs,
      sequenceNumber: 0n,
      manifestList: 'list.avro',
      operation: 'append',
      summary: new Map(),
      schemaId: null,
    })),
  }
}

const at = (timestampMs: number): HistoryPoint => ({ kind: 'time', timestampMs })
const id = (snapshotId: bigint): HistoryPoint => ({ kind: 'snapshot', snapshotId })

function idsOf(metadata: TableMetadata, bounds: RangeBounds): bigint[] {
  return snapshotRange(metadata, bounds).snapshots.map(({ snapshotId }) => snapshotId)
}

/** 1, 2, 3 and 4 a second apart, and 12 beside 3. */
const FORKED = tableOf(
  [1n, null, 1000],
  [2n, 1n, 2000],
  [3n, 2n, 3000],
  [12n, 2n, 3500],
  [4n, 3n, 4000],
)

describe('a range of snapshots', () => {
  it.each<[HistoryPoint, HistoryPoint | null, bigint[]]>([
    [id(1n), id(3n), [2n, 3n]],
    [id(1n), null, [2n, 3n, 4n]],
    [id(2n), id(2n), []],
    [at(0), id(2n), [1n, 2n]],
    [at(1000), at(3000), [2n, 3n]],
    [at(999), at(2999), [1n, 2n]],
    [id(1n), at(3999), [2n, 3n]],
    [at(5000), null, []],
    [at(0), at(999), []],
  ])('after %o up to %o is %o', (since, until, expected) => {
    expect(idsOf(FORKED, { headId: 4n, since, until })).toEqual(expected)
  })

  it('follows the line of its branch alone', () => {
    expect(idsOf(FORKED, { headId: 12n, since: id(1n), until: null })).toEqual([2n, 12n])
    expect(idsOf(FORKED, { headId: 12n, since: at(2000), until: at(9000) })).toEqual([12n])
  })

  it('says what it ends with, even if that is not in it', () => {
    const lastOf = (bounds: RangeBounds): bigint | undefined =>
      snapshotRange(FORKED, bounds).last?.snapshotId
    expect(lastOf({ headId: 4n, since: id(1n), until: at(3200) })).toBe(3n)
    expect(lastOf({ headId: 4n, since: id(3n), until: id(3n) })).toBe(3n)
    expect(lastOf({ headId: 4n, since: at(0), until: at(1) })).toBeUndefined()
  })

  it('of a branch without snapshots is empty', () => {
    expect(idsOf(smallTable(), { headId: null, since: at(0), until: null })).toEqual([])
    const missing = thrownBy(() =>
      idsOf(smallTable(), { headId: null, since: id(1n), until: null }),
    )
    expect(missing.kind).toBe('not-found')
  })

  it('takes a snapshot whose clock was behind for no older than the one before it', () => {
    const table = tableOf([1n, null, 1000], [2n, 1n, 5000], [3n, 2n, 2000], [4n, 3n, 6000])
    const between = (since: number, until: number): bigint[] =>
      idsOf(table, { headId: 4n, since: at(since), until: at(until) })
    expect(between(1000, 3000)).toEqual([])
    expect(between(3000, 5000)).toEqual([2n, 3n])
    expect(between(5000, 6000)).toEqual([4n])
  })

  it('never parts snapshots of one millisecond', () => {
    const table = tableOf([1n, null, 1000], [2n, 1n, 2000], [3n, 2n, 2000], [4n, 3n, 2001])
    expect(idsOf(table, { headId: 4n, since: at(1000), until: at(2000) })).toEqual([2n, 3n])
    expect(idsOf(table, { headId: 4n, since: at(2000), until: at(2001) })).toEqual([4n])
  })
})

describe('a range that cannot be', () => {
  function faultOf(metadata: TableMetadata, bounds: RangeBounds): unknown {
    const { kind, context } = thrownBy(() => idsOf(metadata, bounds))
    return { kind, ...context }
  }

  it('starts after it ends', () => {
    const backwards = (since: HistoryPoint, until: HistoryPoint, headId = 4n): unknown =>
      faultOf(FORKED, { headId, since, until })
    expect(backwards(at(2), at(1))).toEqual({ kind: 'invalid', since: 2, until: 1 })
    expect(backwards(id(3n), id(2n))).toEqual({ kind: 'invalid', since: 3n, until: 2n })
    expect(backwards(id(3n), at(2500))).toEqual({ kind: 'invalid', since: 3n, until: 2500 })
    expect(backwards(at(3000), id(2n))).toEqual({ kind: 'invalid', since: 3000, until: 2n })
    // The line ends before the start.
    expect(backwards(id(4n), id(2n), 2n)).toEqual({ kind: 'invalid', since: 4n, until: 2n })
  })

  it('starts at a snapshot of another line, and is told where the lines part', () => {
    expect(faultOf(FORKED, { headId: 12n, since: id(3n), until: null })).toEqual({
      kind: 'invalid',
      since: 3n,
      commonSnapshotId: 2n,
    })
    const apart = tableOf([1n, null, 1000], [2n, null, 2000])
    expect(faultOf(apart, { headId: 2n, since: id(1n), until: null })).toEqual({
      kind: 'invalid',
      since: 1n,
      commonSnapshotId: 'none',
    })
  })

  it('ends at a snapshot of another line', () => {
    expect(faultOf(FORKED, { headId: 4n, since: id(1n), until: id(12n) })).toEqual({
      kind: 'invalid',
      until: 12n,
    })
  })

  it('starts or ends at a snapshot that never was', () => {
    const missing = { kind: 'not-found' }
    expect(faultOf(FORKED, { headId: 4n, since: id(9n), until: null })).toMatchObject(missing)
    expect(faultOf(FORKED, { headId: 9n, since: id(1n), until: id(9n) })).toMatchObject(missing)
  })
})

describe('a range of which the start expired', () => {
  /** 1 has expired; 2 still says that it came from it. */
  const expired = tableOf([2n, 1n, 2000], [3n, 2n, 3000])
  const headId = 3n

  it('is whole while the oldest snapshot came right after the start', () => {
    expect(idsOf(expired, { headId, since: id(1n), until: null })).toEqual([2n, 3n])
    expect(idsOf(expired, { headId, since: at(2000), until: null })).toEqual([3n])
  })

  it.each([id(7n), at(1999), at(0)])('is refused after %o, naming where to start', (since) => {
    const error = thrownBy(() => idsOf(expired, { headId, since, until: null }))
    expect(error).toMatchObject({
      kind: 'not-found',
      context: { oldestUsableSnapshotId: 1n, oldestUsableTimestampMs: 2000 },
    })
    const { oldestUsableSnapshotId, oldestUsableTimestampMs } = error.context
    for (const start of [
      id(oldestUsableSnapshotId as bigint),
      at(oldestUsableTimestampMs as number),
    ]) {
      expect(() => idsOf(expired, { headId, since: start, until: null })).not.toThrow()
    }
  })

  it('is refused after a snapshot that a tag keeps, if not all between are kept', () => {
    const tagged = tableOf([1n, null, 1000], [3n, 2n, 3000], [4n, 3n, 4000])
    expect(thrownBy(() => idsOf(tagged, { headId: 4n, since: id(1n), until: null }))).toMatchObject(
      {
        kind: 'not-found',
        context: { oldestUsableSnapshotId: 2n },
      },
    )
  })
})

describe('ranges of a history', () => {
  /** Snapshots of a tree: each comes from one before it; clocks go back now and then. */
  const anyTree: fc.Arbitrary<TableMetadata> = fc
    .array(fc.record({ parent: fc.nat(3), wait: fc.integer({ min: -2, max: 4 }) }), {
      minLength: 1,
      maxLength: 12,
    })
    .map((steps) => {
      let clockMs = 1000
      return tableOf(
        ...steps.map(({ parent, wait }, index) => {
          clockMs += wait
          const parentId = index === 0 ? null : BigInt(Math.max(1, index - parent))
          return [BigInt(index + 1), parentId, clockMs] as const
        }),
      )
    })

  /** How far along its line a point is, the slow way: a snapshot is as late as the latest up to it. */
  function isWithin(line: readonly Snapshot[], snapshot: Snapshot, point: HistoryPoint): boolean {
    const upTo = line.slice(0, line.indexOf(snapshot) + 1)
    if (point.kind === 'snapshot') {
      const end = line.findIndex(({ snapshotId }) => snapshotId === point.snapshotId)
      return line.indexOf(snapshot) <= end
    }
    return Math.max(...upTo.map(({ timestampMs }) => timestampMs)) <= point.timestampMs
  }

  const anyPick = fc.record({
    isTime: fc.boolean(),
    pick: fc.nat(),
    offset: fc.integer({ min: -2, max: 2 }),
  })
  const anyCase = fc.record({
    metadata: anyTree,
    head: fc.nat(),
    picks: fc.tuple(anyPick, anyPick, anyPick),
  })

  it('always compose, and always hold what came after their start and up to their end', () => {
    fc.assert(
      fc.property(anyCase, ({ metadata, head, picks }) => {
        const headId = metadata.snapshots[head % metadata.snapshots.length]?.snapshotId ?? 0n
        const line = [...ancestorsOf(metadata, headId)].toReversed()
        const countOf = (point: HistoryPoint): number =>
          line.filter((snapshot) => isWithin(line, snapshot, point)).length
        const [first, second, third] = picks
          .map(({ isTime, pick, offset }) => {
            const snapshot = line[pick % line.length]
            return isTime
              ? at((snapshot?.timestampMs ?? 0) + offset)
              : id(snapshot?.snapshotId ?? 0n)
          })
          .toSorted((left, right) => countOf(left) - countOf(right) || timeOf(left) - timeOf(right))
        if (first === undefined || second === undefined || third === undefined) return
        const between = (since: HistoryPoint, until: HistoryPoint): bigint[] =>
          idsOf(metadata, { headId, since, until })
        const whole = between(first, third)
        expect([...between(first, second), ...between(second, third)]).toEqual(whole)
        expect(whole).toEqual(
          line
            .filter((one) => isWithin(line, one, third) && !isWithin(line, one, first))
            .map(({ snapshotId }) => snapshotId),
        )
      }),
      runs(300),
    )
  })

  it('never change once the line is past their end', () => {
    fc.assert(
      fc.property(anyTree, fc.nat(), fc.nat(8), fc.nat(8), (metadata, head, from, length) => {
        const headId = metadata.snapshots[head % metadata.snapshots.length]?.snapshotId ?? 0n
        const [since, until] = [at(998 + from), at(998 + from + length)]
        const line = [...ancestorsOf(metadata, headId)].toReversed()
        const whole = idsOf(metadata, { headId, since, until })
        for (const [index, { snapshotId }] of line.entries()) {
          const isPast = line
            .slice(0, index + 1)
            .some(({ timestampMs }) => timestampMs > 998 + from + length)
          if (isPast) expect(idsOf(metadata, { headId: snapshotId, since, until })).toEqual(whole)
        }
      }),
      runs(200),
    )
  })
})

/** Points that stand for equally much are in order by time; a snapshot fits anywhere among them. */
function timeOf(point: HistoryPoint): number {
  return point.kind === 'time' ? point.timestampMs : 0
}
