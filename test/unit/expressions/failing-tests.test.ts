import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { bind } from '../../../src/expressions/bind.ts'
import { compileTest } from '../../../src/expressions/compile-test.ts'
import { failingTests } from '../../../src/expressions/failing-tests.ts'
import { rowMatcher } from '../../../src/expressions/match-row.ts'
import { parsePredicate } from '../../../src/expressions/parse.ts'
import { predicateText } from '../../../src/expressions/predicate-text.ts'
import type { BoundPredicate } from '../../../src/expressions/bound.ts'
import { parseSchemaText } from '../../../src/types/schema-text.ts'
import {
  anyExpressionOf,
  anyFilteredSchema,
  anyRowsOf,
} from '../../support/arbitraries/predicates.ts'
import { runs } from '../../support/runs.ts'

const anySubject = anyFilteredSchema.chain((schema) =>
  anyRowsOf(schema, { minLength: 1, maxLength: 4 }).chain((rows) =>
    fc.record({
      rows: fc.constant(rows),
      predicate: anyExpressionOf(schema, rows).map((expression) => bind(expression, schema)),
    }),
  ),
)

const schema = parseSchemaText('id long, city string, fare decimal(9, 2), at timestamptz, x double')

function bound(text: string): BoundPredicate {
  return bind(parsePredicate(text), schema)
}

describe('the tests that a predicate fails by', () => {
  it('are always there exactly when it does not hold, and none of them holds', () => {
    fc.assert(
      fc.property(anySubject, ({ rows, predicate }) => {
        for (const row of rows) {
          const failing = failingTests(predicate, (leaf) => rowMatcher(leaf)(row))
          const holds = compileTest(predicate, (leaf) => rowMatcher(leaf))(row)
          expect(failing === null).toBe(holds)
          for (const leaf of failing ?? []) expect(rowMatcher(leaf)(row)).toBe(false)
        }
      }),
      runs(200),
    )
  })

  it('are the first part of an and, and all parts of an or', () => {
    const failing = (text: string): readonly string[] | undefined =>
      failingTests(bound(text), (leaf) => leaf.column.path[0] === 'city')?.map(predicateText)
    expect(failing("city = 'Oslo' and id = 1 and x > 2")).toEqual(['id = 1'])
    expect(failing('id = 1 or x > 2')).toEqual(['id = 1', 'x > 2.0'])
    expect(failing("id = 1 or city = 'Oslo'")).toBeUndefined()
  })
})

describe('the text of a predicate', () => {
  it.each([
    [
      "city like 'O%' and (fare > 1.50 or id in (1, 2, 3, 4, 5, 6, 7))",
      'city starts with "O" and (fare > "1.50" or id in (1, 2, 3, 4, 5, 2 more))',
    ],
    [
      "at >= '2026-01-31T00:00:00Z' or x is nan",
      'at >= "2026-01-31T00:00:00.000000+00:00" or x is nan',
    ],
    ['id is not null', 'id is not null'],
    ["city not in ('a', 'b')", 'city not in ("a", "b")'],
  ])('of %s is %s', (text, expected) => {
    expect(predicateText(bound(text))).toBe(expected)
  })
})
