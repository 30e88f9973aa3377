import { describe, expectTypeOf, it } from 'vitest'
import {
  alwaysTrue,
  and,
  eq,
  gt,
  gtEq,
  isIn,
  isNaN,
  isNull,
  lt,
  not,
  notIn,
  notNull,
  or,
  predicateOf,
  startsWith,
} from '../../src/expressions/build.ts'
import type { Predicate } from '../../src/expressions/build.ts'
import { schema, t } from '../../src/types/define.ts'
import type { RowInput } from '../../src/types/row-types.ts'

const Ride = schema({
  id: t.long(),
  city: t.string(),
  ts: t.timestamptz(),
  fare: t.decimal(9, 2),
  driver: t.struct({ name: t.string(), rating: t.double().optional() }).optional(),
  tags: t.map(t.string(), t.string()).optional(),
  'a.b': t.int(),
})
type Ride = RowInput<typeof Ride>

declare function where(filter: Predicate<Ride>): void
declare function whereUnknown(filter: Predicate<Record<string, unknown>>): void

describe('predicates of typed rows', () => {
  it('take their row type from where they stand', () => {
    where(eq('city', 'Oslo'))
    where(gt('id', 5n))
    where(gt('id', 5))
    where(gtEq('ts', '2026-01-31T12:00:00Z'))
    where(lt('ts', new Date(0)))
    where(eq('fare', '12.50'))
    where(eq('fare', { unscaled: 1250n, scale: 2 }))
    where(isIn('city', ['Oslo', 'Bergen']))
    where(notIn('id', new Set([1n, 2n])))
    where(startsWith('driver.name', 'A'))
    where(gt('driver.rating', 4.5))
    where(isNaN('driver.rating'))
    where(isNull('driver'))
    where(notNull('tags'))
    where(eq('a.b', 5))
    where(alwaysTrue)
    where(predicateOf({ kind: 'true' }))
  })

  it('take it through combinations', () => {
    where(and(eq('city', 'Oslo'), or(lt('id', 5n), not(isNull('driver')))))
    const january: Predicate<Ride> = and(
      gtEq('ts', '2026-01-01T00:00:00Z'),
      lt('ts', '2026-02-01T00:00:00Z'),
    )
    where(not(january))
  })

  it('take names from the root one by one, for what the types do not know', () => {
    where(eq(['driver', 'name'], 'Ada'))
    where(isNull(['driver', 'name']))
  })

  it('take any column of rows that are not known', () => {
    whereUnknown(eq('anything', 5))
    whereUnknown(and(isNull('a.b.c'), isIn('x', ['y'])))
  })

  it('fit rows with more columns, and none with fewer', () => {
    expectTypeOf<Predicate<{ city: string }>>().toExtend<Predicate<{ city: string; id: bigint }>>()
    expectTypeOf<Predicate<{ city: string; id: bigint }>>().not.toExtend<
      Predicate<{ city: string }>
    >()
  })

  it('refuse columns and values that the rows do not have', () => {
    // @ts-expect-error no such column
    where(eq('town', 'Oslo'))
    // @ts-expect-error no such field
    where(eq('driver.age', 5))
    // @ts-expect-error members of a map are no columns
    where(isNull('tags.size'))
    // @ts-expect-error no such column
    where(isNull('town'))
    // @ts-expect-error a string column
    where(eq('city', 5))
    // @ts-expect-error null is tested for
    where(eq('city', null))
    // @ts-expect-error decimals are text
    where(eq('fare', 12.5))
    // @ts-expect-error one of the values
    where(isIn('city', ['Oslo', 5]))
    // @ts-expect-error only strings have a prefix
    where(startsWith('id', 'a'))
    // @ts-expect-error inside a combination
    where(and(eq('city', 'Oslo'), eq('town', 'Oslo')))
    // @ts-expect-error not a predicate
    where({ expression: { kind: 'true' } })
  })

  it('refuse a predicate of other rows', () => {
    const other: Predicate<{ town: string }> = eq('town', 'Oslo')
    // @ts-expect-error a ride has no town
    where(other)
    // @ts-expect-error kept in a variable, it is annotated
    eq('city', 'Oslo')
  })
})
