import { describe, expect, it } from 'vitest'
import type { BoundPredicate, PrimitiveColumn } from '../../../src/expressions/bound.ts'
import { summariesMatcher } from '../../../src/expressions/match-summaries.ts'
import type { FieldSummary } from '../../../src/layout/field-summary.ts'
import { valueToBytes } from '../../../src/types/single-value-binary.ts'
import type { PrimitiveType } from '../../../src/types/type.ts'

function columnOf(type: PrimitiveType): PrimitiveColumn {
  return { fieldId: 1000, positions: [0], type, required: false, path: ['p'] }
}

const double: PrimitiveType = { kind: 'double' }
const column = columnOf(double)

function mightMatch(predicate: BoundPredicate, summary: Partial<FieldSummary>): boolean {
  const whole = {
    containsNull: false,
    containsNan: null,
    lowerBound: null,
    upperBound: null,
    ...summary,
  }
  return summariesMatcher(predicate, [double])([whole])
}

function bound(value: number): Uint8Array {
  return valueToBytes(double, value)
}

describe('manifest pruning by partition summaries (spec: Manifest Lists)', () => {
  it('drops by bounds', () => {
    const summary = { lowerBound: bound(3), upperBound: bound(7) }
    expect(mightMatch({ kind: 'gt', column, literal: 7 }, summary)).toBe(false)
    expect(mightMatch({ kind: 'eq', column, literal: 7 }, summary)).toBe(true)
    expect(mightMatch({ kind: 'in', column, literals: [1, 2] }, summary)).toBe(false)
  })

  it('takes a summary without bounds for one of nulls and NaN alone', () => {
    expect(mightMatch({ kind: 'gt', column, literal: 7 }, { containsNull: true })).toBe(false)
    expect(mightMatch({ kind: 'gt', column, literal: 7 }, { containsNan: true })).toBe(false)
  })

  it('keeps a manifest whose summary says nothing at all', () => {
    expect(mightMatch({ kind: 'gt', column, literal: 7 }, {})).toBe(true)
    expect(mightMatch({ kind: 'not-null', column }, {})).toBe(true)
  })

  it('keeps NaN for not-null unless none is known to be there', () => {
    const notNull: BoundPredicate = { kind: 'not-null', column }
    expect(mightMatch(notNull, { containsNull: true, containsNan: true })).toBe(true)
    expect(mightMatch(notNull, { containsNull: true, containsNan: null })).toBe(true)
    expect(mightMatch(notNull, { containsNull: true, containsNan: false })).toBe(false)
    const isNan: BoundPredicate = { kind: 'is-nan', column }
    expect(mightMatch(isNan, { containsNan: false })).toBe(false)
    expect(mightMatch(isNan, { containsNan: null })).toBe(true)
  })

  it('keeps null for not-nan', () => {
    const notNan: BoundPredicate = { kind: 'not-nan', column }
    expect(mightMatch(notNan, { containsNull: true, containsNan: true })).toBe(true)
    expect(mightMatch(notNan, { containsNull: false, containsNan: true })).toBe(false)
  })

  it('does not look at summaries of opaque values', () => {
    const matcher = summariesMatcher({ kind: 'is-null', column }, [null])
    const summary = { containsNull: false, containsNan: null, lowerBound: null, upperBound: null }
    expect(matcher([summary])).toBe(true)
  })

  it('reads a bound from before its column was widened', () => {
    const long: PrimitiveType = { kind: 'long' }
    const matcher = summariesMatcher({ kind: 'eq', column: columnOf(long), literal: 5n }, [long])
    const five = valueToBytes({ kind: 'int' }, 5)
    const six = valueToBytes({ kind: 'int' }, 6)
    const summary = { containsNull: false, containsNan: null }
    expect(matcher([{ ...summary, lowerBound: five, upperBound: six }])).toBe(true)
    expect(matcher([{ ...summary, lowerBound: six, upperBound: six }])).toBe(false)
  })

  it('keeps a manifest whose bound cannot be read', () => {
    const summary = { lowerBound: new Uint8Array(3), upperBound: bound(7) }
    expect(mightMatch({ kind: 'lt', column, literal: 1 }, summary)).toBe(true)
  })
})
