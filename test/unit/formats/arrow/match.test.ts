import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bind } from '../../../../src/expressions/bind.ts'
import { rowMatcher } from '../../../../src/expressions/match-row.ts'
import type { Expression } from '../../../../src/expressions/predicate.ts'
import { batchFromValues } from '../../../../src/formats/arrow/builders.ts'
import { batchMatcher } from '../../../../src/formats/arrow/match.ts'
import { batchProjector } from '../../../../src/formats/arrow/project.ts'
import type { Schema } from '../../../../src/types/schema.ts'
import type { PrimitiveType } from '../../../../src/types/type.ts'
import type { PrimitiveValue } from '../../../../src/types/value.ts'
import { anyBatchOf } from '../../../support/arbitraries/batches.ts'
import { anyExpressionOf } from '../../../support/arbitraries/predicates.ts'
import { anySchema } from '../../../support/arbitraries/schemas.ts'
import { runs } from '../../../support/runs.ts'

function schemaOf(type: PrimitiveType): Schema {
  return {
    schemaId: 0,
    identifierFieldIds: [],
    fields: [{ id: 1, name: 'c', required: false, type }],
  }
}

/** Row numbers that match, all or none spelled out. */
function matching(
  type: PrimitiveType,
  values: readonly (PrimitiveValue | null)[],
  test: Expression,
): number[] {
  const schema = schemaOf(type)
  const batch = batchFromValues(
    schema,
    values.map((value) => [value]),
  )
  const matches = batchMatcher(bind(test, schema), schema)(batch)
  if (matches === 'none') return []
  return matches === 'all' ? [...values.keys()] : [...matches]
}

const column = ['c']

describe('matching whole columns', () => {
  it('never takes null or NaN for more or less than anything', () => {
    const values = [null, Number.NaN, 1, 2]
    for (const kind of ['gt', 'not-eq', 'gt-eq'] as const) {
      const test: Expression = { kind, column, literal: 1 }
      expect(matching({ kind: 'double' }, values, test)).toEqual(kind === 'gt-eq' ? [2, 3] : [3])
    }
    expect(matching({ kind: 'double' }, values, { kind: 'not-nan', column })).toEqual([0, 2, 3])
  })

  it('takes minus zero for zero', () => {
    const test: Expression = { kind: 'eq', column, literal: 0 }
    expect(matching({ kind: 'float' }, [-0, 0, 1], test)).toEqual([0, 1])
  })

  it('compares all bits of a long, and strings by code points', () => {
    const longs = [(1n << 40n) + 1n, 1n << 40n, -1n, -(1n << 40n)]
    expect(matching({ kind: 'long' }, longs, { kind: 'lt', column, literal: 1n << 40n })).toEqual([
      2, 3,
    ])
    const test: Expression = { kind: 'gt', column, literal: '\uffff' }
    expect(matching({ kind: 'string' }, ['\u{10000}', 'z'], test)).toEqual([0])
  })

  it('tells all and none apart from some', () => {
    const schema = schemaOf({ kind: 'int' })
    const batch = batchFromValues(schema, [[1], [2]])
    const matchesOf = (literal: number): unknown =>
      batchMatcher(bind({ kind: 'gt', column, literal }, schema), schema)(batch)
    expect([matchesOf(0), matchesOf(1), matchesOf(2)]).toEqual(['all', Uint32Array.of(1), 'none'])
  })

  it('finds its columns in batches that hold only some of the schema', () => {
    const schema: Schema = {
      schemaId: 0,
      identifierFieldIds: [],
      fields: [
        { id: 1, name: 'a', required: false, type: { kind: 'int' } },
        { id: 2, name: 'b', required: false, type: { kind: 'int' } },
      ],
    }
    const read = { fields: schema.fields.slice(1) }
    const batch = batchFromValues(schema, [
      [1, 5],
      [5, 1],
    ])
    const bound = bind({ kind: 'eq', column: ['b'], literal: 1 }, schema)
    const projected = batchProjector(read.fields, batch.schema)(batch)
    expect(batchMatcher(bound, read)(projected)).toEqual(Uint32Array.of(1))
  })

  it('always finds the rows that match one by one', () => {
    const anyMatch = anySchema({ maxFields: 3 })
      .chain((schema) => anyBatchOf(schema, { maxLength: 30 }))
      .chain((input) =>
        fc.record({ input: fc.constant(input), test: anyExpressionOf(input.schema, input.rows) }),
      )
    fc.assert(
      fc.property(anyMatch, ({ input, test }) => {
        const { schema, rows, batch } = input
        const bound = bind(test, schema)
        const matchesRow = rowMatcher(bound)
        const expected = [...rows.keys()].filter((row) => matchesRow(rows[row] ?? []))
        const matches = batchMatcher(bound, schema)(batch)
        if (matches === 'all') expect(expected).toHaveLength(rows.length)
        else expect(matches === 'none' ? [] : [...matches]).toEqual(expected)
      }),
      runs(300),
    )
  })
})
