import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { Declined } from '../../../src/duckdb/declined.ts'
import { conditionOf } from '../../../src/duckdb/predicate.ts'
import { literal } from '../../../src/duckdb/sql-text.ts'
import { duckdbType } from '../../../src/duckdb/types.ts'
import { bind } from '../../../src/expressions/bind.ts'
import { rowMatcher } from '../../../src/expressions/match-row.ts'
import type { Expression } from '../../../src/expressions/predicate.ts'
import type { Schema } from '../../../src/types/schema.ts'
import { isPrimitive } from '../../../src/types/type.ts'
import type { PrimitiveType } from '../../../src/types/type.ts'
import type { PrimitiveValue } from '../../../src/types/value.ts'
import {
  anyExpressionOf,
  anyNarrowSchema,
  anyRowsOf,
} from '../../support/arbitraries/predicates.ts'
import { openDatabase } from '../../support/duckdb.ts'
import { runs } from '../../support/runs.ts'

/** A table of one column as DuckDB is told it. */
function tableText(type: PrimitiveType, values: readonly (PrimitiveValue | null)[]): string {
  const rows = values.map((value, index) => {
    const text = value === null ? `CAST(NULL AS ${duckdbType(type)})` : literal(type, value)
    return `(${index}, ${text})`
  })
  return `(VALUES ${rows.join(', ')}) AS t(number, x)`
}

function columnOf({ fields: [field] }: Schema): PrimitiveType {
  if (field === undefined || !isPrimitive(field.type)) throw new Error('one primitive column')
  return field.type
}

const anyCase = anyNarrowSchema.chain((schema) =>
  anyRowsOf(schema, { minLength: 1, maxLength: 8 }).chain((rows) =>
    fc.record({
      schema: fc.constant(schema),
      rows: fc.constant(rows),
      expression: anyExpressionOf(schema, rows),
    }),
  ),
)

async function matches(
  type: PrimitiveType,
  values: readonly (PrimitiveValue | null)[],
  expression: Expression,
): Promise<readonly unknown[]> {
  const schema: Schema = {
    schemaId: 0,
    fields: [{ id: 1, name: 'x', required: false, type }],
    identifierFieldIds: [],
  }
  const condition = conditionOf(bind(expression, schema), () => 'x')
  const database = await openDatabase()
  const rows = await database.run(
    `SELECT number FROM ${tableText(type, values)} WHERE ${condition} ORDER BY number`,
  )
  return rows.map(([number]) => Number(number))
}

describe('conditions of DuckDB', () => {
  it('hold for no NaN where something is compared with it, as DuckDB by itself would have it', async () => {
    const values = [Number.NaN, 1, 3, null]
    const gt: Expression = { kind: 'gt', column: ['x'], literal: 2 }
    expect(await matches({ kind: 'double' }, values, gt)).toEqual([2])
    const notEq: Expression = { kind: 'not-eq', column: ['x'], literal: 1 }
    expect(await matches({ kind: 'float' }, values, notEq)).toEqual([2])
    expect(await matches({ kind: 'double' }, values, { kind: 'is-nan', column: ['x'] })).toEqual([
      0,
    ])
    const notNan: Expression = { kind: 'not-nan', column: ['x'] }
    expect(await matches({ kind: 'double' }, values, notNan)).toEqual([1, 2, 3])
  })

  it('compare a float with a double beyond all floats', async () => {
    const tenth = Math.fround(0.1)
    const eq: Expression = { kind: 'eq', column: ['x'], literal: 0.1 }
    expect(await matches({ kind: 'float' }, [tenth], eq)).toEqual([0])
    const lt: Expression = { kind: 'lt', column: ['x'], literal: 1e300 }
    expect(await matches({ kind: 'float' }, [tenth, Number.POSITIVE_INFINITY], lt)).toEqual([0])
  })

  it('find texts with quotes and null characters in them', async () => {
    const values = ["it's", 'a\0b', 'a']
    for (const [index, value] of values.entries()) {
      const eq: Expression = { kind: 'eq', column: ['x'], literal: value }
      expect(await matches({ kind: 'string' }, values, eq)).toEqual([index])
    }
  })

  it('always hold for the rows that match, of any type that DuckDB can be told of', async () => {
    const database = await openDatabase()
    await fc.assert(
      fc.asyncProperty(anyCase, async ({ schema, rows, expression }) => {
        const bound = bind(expression, schema)
        const isMatch = rowMatcher(bound)
        const expected = rows.flatMap((row, index) => (isMatch(row) ? [index] : []))
        const type = columnOf(schema)
        let sql: string
        try {
          // The rows are of one primitive column.
          const values = rows.map(([value]) => (value ?? null) as PrimitiveValue | null)
          const condition = conditionOf(bound, () => 'x')
          sql = `SELECT number FROM ${tableText(type, values)} WHERE ${condition} ORDER BY number`
        } catch (error) {
          if (error instanceof Declined) return
          throw error
        }
        const found = await database.run(sql)
        expect(found.map(([number]) => Number(number))).toEqual(expected)
      }),
      runs(200),
    )
  })
})
