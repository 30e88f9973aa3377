import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bind } from '../../../src/expressions/bind.ts'
import { rowMatcher } from '../../../src/expressions/match-row.ts'
import type { Expression } from '../../../src/expressions/predicate.ts'
import type { Schema } from '../../../src/types/schema.ts'
import type { PrimitiveType } from '../../../src/types/type.ts'
import type { Value } from '../../../src/types/value.ts'
import {
  anyExpressionOf,
  anyFilteredSchema,
  anyRowsOf,
} from '../../support/arbitraries/predicates.ts'
import { runs } from '../../support/runs.ts'
import { matchesSlowly } from '../../support/slow-match.ts'

function columnOf(type: PrimitiveType): Schema {
  return {
    schemaId: 0,
    fields: [{ id: 1, name: 'x', required: false, type }],
    identifierFieldIds: [],
  }
}

function matches(type: PrimitiveType, expression: Expression, value: Value | null): boolean {
  return rowMatcher(bind(expression, columnOf(type)))([value])
}

const x = ['x']

describe('row matching', () => {
  it('never takes null for a match of a comparison or of its negation', () => {
    const comparison: Expression = { kind: 'eq', column: x, literal: 5 }
    expect(matches({ kind: 'int' }, comparison, null)).toBe(false)
    expect(matches({ kind: 'int' }, { kind: 'not', child: comparison }, null)).toBe(false)
    expect(matches({ kind: 'int' }, { kind: 'not-in', column: x, literals: [1, 2] }, null)).toBe(
      false,
    )
  })

  it('takes NaN for a match of is-nan alone', () => {
    const double: PrimitiveType = { kind: 'double' }
    expect(matches(double, { kind: 'gt', column: x, literal: 5 }, Number.NaN)).toBe(false)
    expect(matches(double, { kind: 'not-eq', column: x, literal: 5 }, Number.NaN)).toBe(false)
    expect(matches(double, { kind: 'eq', column: x, literal: Number.NaN }, Number.NaN)).toBe(false)
    expect(matches(double, { kind: 'is-nan', column: x }, Number.NaN)).toBe(true)
    expect(matches(double, { kind: 'not-nan', column: x }, Number.NaN)).toBe(false)
    expect(matches(double, { kind: 'not-nan', column: x }, null)).toBe(true)
  })

  it('takes minus zero for zero', () => {
    const double: PrimitiveType = { kind: 'double' }
    expect(matches(double, { kind: 'eq', column: x, literal: 0 }, -0)).toBe(true)
    expect(matches(double, { kind: 'lt', column: x, literal: 0 }, -0)).toBe(false)
    expect(matches(double, { kind: 'in', column: x, literals: [-0, 1] }, 0)).toBe(true)
  })

  it('compares a float column with the float that is nearest to the literal', () => {
    const float: PrimitiveType = { kind: 'float' }
    expect(matches(float, { kind: 'eq', column: x, literal: 0.1 }, Math.fround(0.1))).toBe(true)
    expect(matches(float, { kind: 'gt', column: x, literal: 0.1 }, Math.fround(0.1))).toBe(false)
  })

  it('places a double beyond all floats above them and below infinity', () => {
    const float: PrimitiveType = { kind: 'float' }
    const literal = 1e300
    expect(matches(float, { kind: 'lt', column: x, literal }, 3.4028234663852886e38)).toBe(true)
    expect(matches(float, { kind: 'gt', column: x, literal }, Number.POSITIVE_INFINITY)).toBe(true)
  })

  it('orders strings by code points and uuids by unsigned bytes', () => {
    const string: PrimitiveType = { kind: 'string' }
    expect(matches(string, { kind: 'gt', column: x, literal: '\uffff' }, '\u{10000}')).toBe(true)
    const high = Uint8Array.from({ length: 16 }, () => 0xff)
    const low = '00000000-0000-0000-0000-000000000001'
    expect(matches({ kind: 'uuid' }, { kind: 'gt', column: x, literal: low }, high)).toBe(true)
  })

  it('matches a value that was read as int after its column became long', () => {
    const long: PrimitiveType = { kind: 'long' }
    expect(matches(long, { kind: 'eq', column: x, literal: 5n }, 5)).toBe(true)
    expect(matches(long, { kind: 'in', column: x, literals: [5n, 6n] }, 5)).toBe(true)
    expect(matches(long, { kind: 'lt', column: x, literal: 6n }, 5)).toBe(true)
  })

  it('always agrees with three-valued logic over the expression as it was written', () => {
    const anyCase = anyFilteredSchema.chain((schema) =>
      anyRowsOf(schema).chain((rows) =>
        fc.tuple(fc.constant(schema), fc.constant(rows), anyExpressionOf(schema, rows)),
      ),
    )
    fc.assert(
      fc.property(anyCase, ([schema, rows, expression]) => {
        const match = rowMatcher(bind(expression, schema))
        for (const row of rows) {
          expect(match(row)).toBe(matchesSlowly(expression, schema, row))
        }
      }),
      runs(300),
    )
  })
})
