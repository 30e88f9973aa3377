import { describe, expect, it } from 'vitest'
import {
  alwaysFalse,
  alwaysTrue,
  and,
  between,
  eq,
  gt,
  gtEq,
  isIn,
  isNaN,
  isNull,
  lt,
  ltEq,
  not,
  notEq,
  notIn,
  notNaN,
  notNull,
  notStartsWith,
  or,
  startsWith,
} from '../../../src/expressions/build.ts'
import type { Predicate } from '../../../src/expressions/build.ts'

interface Ride {
  readonly id: bigint
  readonly city: string
  readonly rating?: number | null | undefined
}

function kindOf(predicate: Predicate<Ride>): string {
  return predicate.expression.kind
}

describe('predicate builders', () => {
  it('make the expressions that they are called after', () => {
    expect(kindOf(eq('id', 1n))).toBe('eq')
    expect(kindOf(notEq('id', 1n))).toBe('not-eq')
    expect(kindOf(lt('id', 1n))).toBe('lt')
    expect(between<Ride, 'id'>('id', 1n, 3n).expression).toEqual(
      and<Ride>(gtEq('id', 1n), ltEq('id', 3n)).expression,
    )
    expect(kindOf(ltEq('id', 1n))).toBe('lt-eq')
    expect(kindOf(gt('id', 1n))).toBe('gt')
    expect(kindOf(gtEq('id', 1n))).toBe('gt-eq')
    expect(kindOf(isIn('id', [1n]))).toBe('in')
    expect(kindOf(notIn('id', new Set([1n])))).toBe('not-in')
    expect(kindOf(isNull('city'))).toBe('is-null')
    expect(kindOf(notNull('city'))).toBe('not-null')
    expect(kindOf(isNaN('rating'))).toBe('is-nan')
    expect(kindOf(notNaN('rating'))).toBe('not-nan')
    expect(kindOf(startsWith('city', 'O'))).toBe('starts-with')
    expect(kindOf(notStartsWith('city', 'O'))).toBe('not-starts-with')
    expect(kindOf(not(isNull('city')))).toBe('not')
    expect(kindOf(alwaysTrue)).toBe('true')
    expect(kindOf(alwaysFalse)).toBe('false')
  })

  it('keep columns and literals as they were given', () => {
    const predicate: Predicate<Ride> = isIn(['city'], ['Oslo', 'Bergen'])
    expect(predicate).toEqual({
      expression: { kind: 'in', column: ['city'], literals: ['Oslo', 'Bergen'] },
    })
  })

  it('stay flat in a long chain', () => {
    const first: Predicate<Ride> = eq('id', 0n)
    const chain = Array.from({ length: 3_000 }, (_, index) => BigInt(index + 1)).reduce(
      (all, id) => or(all, eq('id', id)),
      first,
    )
    expect(chain.expression).toMatchObject({ kind: 'or' })
    expect('children' in chain.expression && chain.expression.children.length).toBe(3_001)
  })

  it('leave out what says nothing new', () => {
    const one: Predicate<Ride> = eq('id', 1n)
    const all: Predicate<Ride> = and(and(one, one), and(one))
    expect(all.expression).toEqual({
      kind: 'and',
      children: [one.expression, one.expression, one.expression],
    })
  })
})
