import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { Declined } from '../../../src/duckdb/declined.ts'
import { storedValue } from '../../../src/duckdb/layout-sql.ts'
import { literal } from '../../../src/duckdb/sql-text.ts'
import { partitionText } from '../../../src/duckdb/transform-sql.ts'
import { isKind } from '../../../src/base/errors.ts'
import { transformFunction } from '../../../src/layout/apply-transform.ts'
import { canTransform, resultType } from '../../../src/layout/transform.ts'
import type { Transform } from '../../../src/layout/transform.ts'
import { equalValues } from '../../../src/types/compare.ts'
import type { PrimitiveType } from '../../../src/types/type.ts'
import type { PrimitiveValue } from '../../../src/types/value.ts'
import { anyKnownTransform } from '../../support/arbitraries/specs.ts'
import { anyPrimitiveTypeOf } from '../../support/arbitraries/types.ts'
import { anyPrimitiveValueOf } from '../../support/arbitraries/values.ts'
import { openDatabase } from '../../support/duckdb.ts'
import { runs } from '../../support/runs.ts'

const anyCase = anyPrimitiveTypeOf(3).chain((type) =>
  fc.record({
    type: fc.constant(type),
    transform: anyKnownTransform,
    values: fc.array(fc.option(anyPrimitiveValueOf(type), { freq: 6 }), {
      minLength: 1,
      maxLength: 8,
    }),
  }),
)

/** What partitions would hold; null also for what they cannot. */
function partitionValue(
  transform: Transform,
  type: PrimitiveType,
  value: PrimitiveValue | null,
): PrimitiveValue | null {
  try {
    return transformFunction(transform, type)(value)
  } catch (error) {
    if (isKind(error, 'invalid')) return null
    throw error
  }
}

function question(
  transform: Transform,
  type: PrimitiveType,
  values: readonly (PrimitiveValue | null)[],
): string | null {
  try {
    const rows = values.map((value, index) => {
      return `(${index}, ${value === null ? 'NULL' : literal(type, value)})`
    })
    const text = partitionText(transform, type, 'x')
    return `SELECT ${text} FROM (VALUES ${rows.join(', ')}) AS t(number, x) ORDER BY number`
  } catch (error) {
    if (error instanceof Declined) return null
    throw error
  }
}

describe('transforms by DuckDB', () => {
  it('keep the mark of byte order that a text begins with', async () => {
    const database = await openDatabase()
    const sql = question({ kind: 'identity' }, { kind: 'string' }, ['\ufeffa'])
    const [[plain = null] = []] = await database.run(sql ?? '')
    expect(plain === null ? null : storedValue({ kind: 'string' }, plain)).toBe('\ufeffa')
  })

  it('always give the values of partitions, for every value that DuckDB can be told of', async () => {
    const database = await openDatabase()
    let asked = 0
    await fc.assert(
      fc.asyncProperty(anyCase, async ({ type, transform, values }) => {
        const result = resultType(transform, type)
        if (!canTransform(transform, type) || result === null || values.every((v) => v === null)) {
          return
        }
        const sql = question(transform, type, values)
        if (sql === null) return
        asked += 1
        const answer = await database.run(sql)
        for (const [index, value] of values.entries()) {
          const expected = partitionValue(transform, type, value)
          // Beyond what partitions hold; whoever stores it checks.
          if (expected === null && value !== null) continue
          const plain = answer[index]?.[0] ?? null
          const got = plain === null ? null : storedValue(result, plain)
          expect(equalValues(result, got, expected)).toBe(true)
        }
      }),
      runs(300),
    )
    expect(asked).toBeGreaterThan(0)
  })
})
