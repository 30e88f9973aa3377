import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RowValues } from '../../../src/layout/column-value.ts'
import { buildSortOrder } from '../../../src/layout/build-layout.ts'
import { parseSortFields } from '../../../src/layout/layout-text.ts'
import { rowComparator } from '../../../src/layout/row-order.ts'
import type { Schema } from '../../../src/types/schema.ts'
import { anyRowsOf } from '../../support/arbitraries/predicates.ts'
import { anySchema } from '../../support/arbitraries/schemas.ts'
import { anySortOrderOf } from '../../support/arbitraries/specs.ts'
import { runs } from '../../support/runs.ts'
import { thrownBy } from '../../support/thrown.ts'

const schema: Schema = {
  schemaId: 0,
  fields: [
    { id: 1, name: 'x', required: false, type: { kind: 'double' } },
    { id: 2, name: 'ts', required: false, type: { kind: 'timestamp' } },
  ],
  identifierFieldIds: [],
}

function sorted(text: string, rows: readonly RowValues[]): RowValues[] {
  const order = buildSortOrder(schema, parseSortFields(text), 1)
  return [...rows].sort(rowComparator(schema, order))
}

describe('the order of rows (spec: Sorting)', () => {
  it('puts NaN above all and minus zero below zero', () => {
    const values = [Number.NaN, Infinity, 0, 1, -0, -1, -Infinity]
    const rows = sorted(
      'x',
      values.map((value) => [value, null]),
    )
    expect(rows.map(([value]) => value)).toEqual([-Infinity, -1, -0, 0, 1, Infinity, Number.NaN])
  })

  it('puts nulls where they belong, whatever the direction', () => {
    const rows = [
      [1, null],
      [null, null],
      [2, null],
    ]
    const order = (text: string): unknown[] => sorted(text, rows).map(([value]) => value)
    expect(order('x asc nulls first')).toEqual([null, 1, 2])
    expect(order('x asc nulls last')).toEqual([1, 2, null])
    expect(order('x desc nulls first')).toEqual([null, 2, 1])
    expect(order('x desc nulls last')).toEqual([2, 1, null])
  })

  it('goes on to the next key among equals, and leaves ties as they are', () => {
    const rows = [
      [1, 5n],
      [2, 3n],
      [3, 86_400_000_000n],
      [4, -1n],
      [2, 9n],
    ]
    expect(sorted('day(ts), x desc', rows)).toEqual([
      [4, -1n],
      [2, 3n],
      [2, 9n],
      [1, 5n],
      [3, 86_400_000_000n],
    ])
  })

  it('orders by hours that are too far away to be stored', () => {
    const far = 9_223_372_036_854_775_807n
    expect(
      sorted('hour(ts) desc', [
        [1, 0n],
        [2, far],
      ]),
    ).toEqual([
      [2, far],
      [1, 0n],
    ])
  })

  it('refuses a key that cannot be computed', () => {
    const field = { sourceId: 9, direction: 'asc', nullOrder: 'nulls-first' } as const
    const order = { orderId: 1, fields: [{ ...field, transform: { kind: 'identity' as const } }] }
    expect(thrownBy(() => rowComparator(schema, order))).toMatchObject({ kind: 'unsupported' })
  })

  it('is always total: reflexive, antisymmetric and transitive', () => {
    const anyCase = anySchema().chain((some) =>
      fc.record({
        schema: fc.constant(some),
        order: anySortOrderOf(some),
        rows: anyRowsOf(some, { minLength: 3, maxLength: 3 }),
      }),
    )
    fc.assert(
      fc.property(anyCase, ({ schema: some, order, rows }) => {
        const comparator = rowComparator(some, order)
        const compare = (left: RowValues, right: RowValues): number =>
          Math.sign(comparator(left, right))
        const [a = [], b = [], c = []] = rows
        expect(compare(a, a)).toBe(0)
        expect(compare(a, b)).toBe(0 - compare(b, a) + 0)
        if (compare(a, b) <= 0 && compare(b, c) <= 0) expect(compare(a, c)).toBeLessThanOrEqual(0)
      }),
      runs(300),
    )
  })
})
