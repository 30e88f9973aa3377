import { describe, expect, it } from 'vitest'
import { bind } from '../../../src/expressions/bind.ts'
import { metricsMatcher } from '../../../src/expressions/match-metrics.ts'
import type { Expression } from '../../../src/expressions/predicate.ts'
import { noMetrics } from '../../../src/types/metrics.ts'
import type { ColumnMetrics } from '../../../src/types/metrics.ts'
import type { Schema } from '../../../src/types/schema.ts'
import { valueToBytes } from '../../../src/types/single-value-binary.ts'
import type { PrimitiveType } from '../../../src/types/type.ts'
import type { PrimitiveValue } from '../../../src/types/value.ts'

const ROWS = 10n

interface Counts {
  readonly values?: bigint
  readonly nulls?: bigint
  readonly nans?: bigint
  readonly lower?: PrimitiveValue
  readonly upper?: PrimitiveValue
}

function metrics(type: PrimitiveType, counts: Counts): ColumnMetrics {
  const entry = <Item>(item: Item | undefined): Map<number, Item> =>
    item === undefined ? new Map() : new Map([[1, item]])
  const { lower, upper } = counts
  return {
    ...noMetrics,
    valueCounts: entry(counts.values),
    nullCounts: entry(counts.nulls),
    nanCounts: entry(counts.nans),
    lowerBounds: entry(lower === undefined ? undefined : valueToBytes(type, lower)),
    upperBounds: entry(upper === undefined ? undefined : valueToBytes(type, upper)),
  }
}

function mightMatch(type: PrimitiveType, expression: Expression, counts: Counts): boolean {
  const schema: Schema = {
    schemaId: 0,
    fields: [{ id: 1, name: 'x', required: false, type }],
    identifierFieldIds: [],
  }
  return metricsMatcher(bind(expression, schema))(metrics(type, counts), ROWS)
}

const x = ['x']
const int: PrimitiveType = { kind: 'int' }
const double: PrimitiveType = { kind: 'double' }
const string: PrimitiveType = { kind: 'string' }

describe('file pruning by counts and bounds (spec: Scan Planning)', () => {
  it('keeps a file of which nothing is known', () => {
    for (const kind of ['eq', 'not-eq', 'lt', 'lt-eq', 'gt', 'gt-eq'] as const) {
      expect(mightMatch(int, { kind, column: x, literal: 5 }, {})).toBe(true)
    }
    expect(mightMatch(int, { kind: 'is-null', column: x }, {})).toBe(true)
    expect(mightMatch(double, { kind: 'is-nan', column: x }, {})).toBe(true)
    expect(mightMatch(double, { kind: 'not-nan', column: x }, {})).toBe(true)
  })

  it('drops a file whose bounds leave no match', () => {
    const counts = { lower: 3, upper: 7 }
    expect(mightMatch(int, { kind: 'lt', column: x, literal: 3 }, counts)).toBe(false)
    expect(mightMatch(int, { kind: 'lt-eq', column: x, literal: 3 }, counts)).toBe(true)
    expect(mightMatch(int, { kind: 'gt', column: x, literal: 7 }, counts)).toBe(false)
    expect(mightMatch(int, { kind: 'in', column: x, literals: [2, 8] }, counts)).toBe(false)
    expect(mightMatch(int, { kind: 'in', column: x, literals: [2, 7] }, counts)).toBe(true)
    expect(mightMatch(int, { kind: 'not-eq', column: x, literal: 3 }, counts)).toBe(true)
    expect(mightMatch(int, { kind: 'not-eq', column: x, literal: 3 }, { lower: 3, upper: 3 })).toBe(
      false,
    )
    expect(
      mightMatch(int, { kind: 'not-in', column: x, literals: [3, 4] }, { lower: 3, upper: 3 }),
    ).toBe(false)
  })

  it('drops for any comparison a file that holds only nulls and NaN', () => {
    const counts = { values: 10n, nulls: 4n, nans: 6n }
    expect(mightMatch(double, { kind: 'gt', column: x, literal: 0 }, counts)).toBe(false)
    expect(mightMatch(double, { kind: 'not-eq', column: x, literal: 0 }, counts)).toBe(false)
    expect(mightMatch(double, { kind: 'is-nan', column: x }, counts)).toBe(true)
    expect(mightMatch(double, { kind: 'not-null', column: x }, counts)).toBe(true)
    expect(mightMatch(double, { kind: 'not-nan', column: x }, counts)).toBe(true)
    expect(
      mightMatch(double, { kind: 'not-nan', column: x }, { ...counts, nulls: 0n, nans: 10n }),
    ).toBe(false)
  })

  it('covers both zeros with a bound of either', () => {
    expect(mightMatch(double, { kind: 'eq', column: x, literal: -0 }, { lower: 0, upper: 1 })).toBe(
      true,
    )
    expect(
      mightMatch(double, { kind: 'eq', column: x, literal: 0 }, { lower: -1, upper: -0 }),
    ).toBe(true)
    expect(mightMatch(double, { kind: 'lt', column: x, literal: 0 }, { lower: -0, upper: 1 })).toBe(
      false,
    )
  })

  it('takes a bound that is NaN for unknown', () => {
    const counts = { lower: Number.NaN, upper: Number.NaN }
    expect(mightMatch(double, { kind: 'eq', column: x, literal: 5 }, counts)).toBe(true)
    expect(mightMatch(double, { kind: 'lt', column: x, literal: 5 }, counts)).toBe(true)
  })

  it('takes bounds that contradict each other for unknown', () => {
    const counts = { lower: 7, upper: 3 }
    expect(mightMatch(int, { kind: 'eq', column: x, literal: 1 }, counts)).toBe(true)
  })

  it('compares uuids as unsigned bytes', () => {
    const literal = 'ffffffff-ffff-ffff-ffff-ffffffffffff'
    const low = new Uint8Array(16)
    const high = new Uint8Array(16).fill(0xff)
    const uuid: PrimitiveType = { kind: 'uuid' }
    expect(mightMatch(uuid, { kind: 'eq', column: x, literal }, { lower: low, upper: high })).toBe(
      true,
    )
  })

  it('knows what lies between two strings with a prefix', () => {
    const startsWith: Expression = { kind: 'starts-with', column: x, literal: 'os' }
    const not: Expression = { kind: 'not', child: startsWith }
    expect(mightMatch(string, startsWith, { lower: 'oslo', upper: 'paris' })).toBe(true)
    expect(mightMatch(string, startsWith, { lower: 'o', upper: 'osaka' })).toBe(true)
    expect(mightMatch(string, startsWith, { lower: 'ot', upper: 'paris' })).toBe(false)
    expect(mightMatch(string, startsWith, { lower: 'a', upper: 'o' })).toBe(false)
    expect(mightMatch(string, not, { lower: 'osaka', upper: 'oslo' })).toBe(false)
    expect(mightMatch(string, not, { lower: 'os', upper: 'ot' })).toBe(true)
  })

  it('does not trust a count of no nulls where null structs went uncounted', () => {
    const schema: Schema = {
      schemaId: 0,
      fields: [
        {
          id: 2,
          name: 's',
          required: false,
          type: { kind: 'struct', fields: [{ id: 1, name: 'x', required: false, type: int }] },
        },
      ],
      identifierFieldIds: [],
    }
    const matcher = metricsMatcher(bind({ kind: 'is-null', column: ['s', 'x'] }, schema))
    expect(matcher(metrics(int, { values: 8n, nulls: 0n }), ROWS)).toBe(true)
    expect(matcher(metrics(int, { values: 10n, nulls: 0n }), ROWS)).toBe(false)
  })
})
