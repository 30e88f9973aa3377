import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parsePartitionFields, parseSortFields } from '../../../src/layout/layout-text.ts'
import { runs } from '../../support/runs.ts'
import { thrownBy } from '../../support/thrown.ts'

describe('partition fields as text', () => {
  it('are columns, transforms of columns, and names for them', () => {
    expect(parsePartitionFields(' DAY(ts) as day_partition ,city, identity("a.b".c)')).toEqual([
      { column: ['ts'], transform: { kind: 'day' }, name: 'day_partition' },
      { column: ['city'], transform: { kind: 'identity' } },
      { column: ['a.b', 'c'], transform: { kind: 'identity' } },
    ])
  })

  it('may be columns that are called like a transform', () => {
    expect(parsePartitionFields('day, hour as "as"')).toEqual([
      { column: ['day'], transform: { kind: 'identity' } },
      { column: ['hour'], transform: { kind: 'identity' }, name: 'as' },
    ])
  })

  it('are refused with the place where they go wrong', () => {
    for (const [text, position] of [
      ['', 1],
      ['day(ts', 7],
      ['day()', 5],
      ['city,', 6],
      ['city town', 6],
      ['city as', 8],
      ['minute(ts)', 1],
      ['ts desc', 4],
      ['5', 1],
    ] as const) {
      expect(
        thrownBy(() => parsePartitionFields(text)),
        text,
      ).toMatchObject({
        kind: 'invalid',
        context: { position },
      })
    }
  })

  it('have the parameter of a transform before its column', () => {
    expect(parsePartitionFields('bucket(16, id), Truncate(4, a.city) as head')).toEqual([
      { column: ['id'], transform: { kind: 'bucket', numBuckets: 16 } },
      { column: ['a', 'city'], transform: { kind: 'truncate', width: 4 }, name: 'head' },
    ])
    expect(parsePartitionFields('bucket(2147483647, id)')).toMatchObject([
      { transform: { numBuckets: 2147483647 } },
    ])
  })

  it('are refused when the parameter is none', () => {
    for (const [text, position] of [
      ['bucket(0, id)', 8],
      ['bucket(-1, id)', 8],
      ['bucket(2147483648, id)', 8],
      ['bucket(1e3, id)', 8],
      ['bucket(2.0, id)', 8],
      ['bucket(id)', 8],
      ['bucket(16)', 10],
      ['truncate(4 city)', 12],
      ['day(4, ts)', 5],
    ] as const) {
      expect(
        thrownBy(() => parsePartitionFields(text)),
        text,
      ).toMatchObject({ kind: 'invalid', context: { position } })
    }
  })

  it('always give quoted names back', () => {
    const anyPath = fc.array(fc.string({ unit: 'binary', maxLength: 8 }), {
      minLength: 1,
      maxLength: 3,
    })
    fc.assert(
      fc.property(fc.array(anyPath, { minLength: 1, maxLength: 3 }), (paths) => {
        const text = paths
          .map((path) => path.map((name) => `"${name.replaceAll('"', '""')}"`).join('.'))
          .join(', ')
        expect(parsePartitionFields(text).map(({ column }) => column)).toEqual(paths)
      }),
      runs(200),
    )
  })
})

describe('sort fields as text', () => {
  it('are ascending with nulls first, or descending with nulls last, unless told', () => {
    const orders = parseSortFields(
      'a, b asc, c desc, d nulls last, e DESC NULLS FIRST, day(f) desc',
    )
    expect(orders.map(({ direction, nullOrder }) => `${direction} ${nullOrder}`)).toEqual([
      'asc nulls-first',
      'asc nulls-first',
      'desc nulls-last',
      'asc nulls-last',
      'desc nulls-first',
      'desc nulls-last',
    ])
    expect(orders[5]).toMatchObject({ column: ['f'], transform: { kind: 'day' } })
  })

  it('are refused with the place where they go wrong', () => {
    expect(thrownBy(() => parseSortFields('a nulls'))).toMatchObject({
      kind: 'invalid',
      message: 'expected last',
      context: { position: 8 },
    })
    expect(thrownBy(() => parseSortFields('a as b'))).toMatchObject({ context: { position: 3 } })
  })
})
