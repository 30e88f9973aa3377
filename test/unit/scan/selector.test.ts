import { describe, expect, it } from 'vitest'

import { selectSnapshot, timeToMs } from '../../../src/scan/selector.ts'
import { applyUpdates } from '../../../src/metadata/updates.ts'
import type { TableMetadata } from '../../../src/metadata/table-metadata.ts'
import { ONE_COLUMN, appended, smallTable } from '../../support/small-table.ts'
import { thrownBy } from '../../support/thrown.ts'

const NOW_MS = 5000

/** Snapshots 1 at 2000 and 2 at 3000, then another column, then snapshot 3 at 4000. */
function evolved(): TableMetadata {
  const before = appended(appended(smallTable(), 1n, 2000), 2n, 3000)
  const fields = [
    ...ONE_COLUMN.fields,
    { id: 2, name: 'city', required: false, type: { kind: 'string' as const } },
  ]
  const wider = applyUpdates(
    before,
    [
      { action: 'add-schema', schema: { ...ONE_COLUMN, fields } },
      { action: 'set-current-schema', schemaId: -1 },
      { action: 'set-snapshot-ref', name: 'audit', ref: { snapshotId: 1n, kind: 'tag' } },
    ],
    { nowMs: 3500 },
  )
  return appended(wider, 3n, 4000)
}

function selected(
  selector: Parameters<typeof selectSnapshot>[1],
): readonly [bigint | undefined, number] {
  const { snapshot, schema } = selectSnapshot(evolved(), selector)
  return [snapshot?.snapshotId, schema.fields.length]
}

describe('a version of a table (spec: Point in Time Reads (Time Travel))', () => {
  it('is the newest when none is named', () => {
    expect(selected({ kind: 'current' })).toEqual([3n, 2])
  })

  it('has its own schema when it is named by id', () => {
    expect(selected({ kind: 'snapshot', snapshotId: 2n })).toEqual([2n, 1])
    expect(selected({ kind: 'snapshot', snapshotId: 3n })).toEqual([3n, 2])
  })

  it('has its own schema when it is named by time, its own millisecond included', () => {
    expect(selected({ kind: 'as-of', timestampMs: 2000 })).toEqual([1n, 1])
    expect(selected({ kind: 'as-of', timestampMs: 2999 })).toEqual([1n, 1])
    expect(selected({ kind: 'as-of', timestampMs: 3000 })).toEqual([2n, 1])
    expect(selected({ kind: 'as-of', timestampMs: NOW_MS })).toEqual([3n, 2])
  })

  it('has the schema of the table when it is named by a ref', () => {
    expect(selected({ kind: 'ref', name: 'audit' })).toEqual([1n, 2])
    expect(selected({ kind: 'ref', name: 'main' })).toEqual([3n, 2])
  })

  it('is none in a table without snapshots', () => {
    expect(selectSnapshot(smallTable(), { kind: 'current' }).snapshot).toBeNull()
    expect(selectSnapshot(smallTable(), { kind: 'ref', name: 'main' }).snapshot).toBeNull()
  })

  it.each([
    { kind: 'snapshot', snapshotId: 9n },
    { kind: 'as-of', timestampMs: 1999 },
    { kind: 'ref', name: 'other' },
  ] as const)('is not found where there is none: $kind', (selector) => {
    expect(thrownBy(() => selectSnapshot(evolved(), selector)).kind).toBe('not-found')
    expect(thrownBy(() => selectSnapshot(smallTable(), selector)).kind).toBe('not-found')
  })
})

describe('a time', () => {
  it('is ISO 8601 with an offset, or milliseconds', () => {
    expect(timeToMs('1970-01-01T00:00:01Z')).toBe(1000)
    expect(timeToMs('1970-01-01T02:00:00+01:00')).toBe(3_600_000)
    expect(timeToMs('1500')).toBe(1500)
    expect(timeToMs('-1')).toBe(-1)
    expect(timeToMs(1500n)).toBe(1500)
    expect(timeToMs(1500)).toBe(1500)
  })

  it('loses what is finer than a millisecond, downwards', () => {
    expect(timeToMs('1970-01-01T00:00:00.001999Z')).toBe(1)
    expect(timeToMs('1969-12-31T23:59:59.999999Z')).toBe(-1)
  })

  it.each(['2026-01-31T12:00:00', '2026-01-31', 'yesterday', ''])('is not %j', (time) => {
    expect(thrownBy(() => timeToMs(time))).toMatchObject({ kind: 'invalid', context: { time } })
  })

  it.each([null, undefined, Number.NaN, 1.5, {}, new Date(0)])('is never %s', (time) => {
    expect(thrownBy(() => timeToMs(time as never)).kind).toBe('invalid')
  })
})
