import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseJson, stringifyJson } from '../../../src/base/json-exact.ts'
import { bind } from '../../../src/expressions/bind.ts'
import type { BoundPredicate } from '../../../src/expressions/bound.ts'
import { rowMatcher } from '../../../src/expressions/match-row.ts'
import { parsePredicate } from '../../../src/expressions/parse.ts'
import { expressionFromJson, expressionToJson } from '../../../src/expressions/predicate-json.ts'
import type { Schema } from '../../../src/types/schema.ts'
import {
  anyExpressionOf,
  anyFilteredSchema,
  anyRowsOf,
} from '../../support/arbitraries/predicates.ts'
import { runs } from '../../support/runs.ts'
import { thrownBy } from '../../support/thrown.ts'

const schema: Schema = {
  schemaId: 0,
  fields: [
    { id: 1, name: 'id', required: true, type: { kind: 'long' } },
    { id: 2, name: 'city', required: false, type: { kind: 'string' } },
    { id: 3, name: 'fare', required: false, type: { kind: 'decimal', precision: 9, scale: 2 } },
    { id: 4, name: 'day', required: false, type: { kind: 'date' } },
    { id: 5, name: 'ns', required: false, type: { kind: 'timestamp_ns' } },
    { id: 6, name: 'raw', required: false, type: { kind: 'binary' } },
    { id: 7, name: 'rating', required: false, type: { kind: 'double' } },
    {
      id: 8,
      name: 's',
      required: false,
      type: {
        kind: 'struct',
        fields: [{ id: 9, name: 'uuid', required: false, type: { kind: 'uuid' } }],
      },
    },
  ],
  identifierFieldIds: [],
}

function bound(json: unknown): BoundPredicate {
  return bind(expressionFromJson(json, ''), schema)
}

function fromText(text: string): BoundPredicate {
  return bind(parsePredicate(text), schema)
}

describe('predicates as JSON', () => {
  it('are constants as JSON has them, or as objects', () => {
    for (const json of [true, { type: 'true' }, { type: 'literal', value: true }]) {
      expect(expressionFromJson(json, '')).toEqual({ kind: 'true' })
    }
    for (const json of [false, { type: 'false' }, { type: 'literal', value: false }]) {
      expect(expressionFromJson(json, '')).toEqual({ kind: 'false' })
    }
  })

  it('are read in the older form and in the newer one', () => {
    const id = { type: 'reference', name: 'id' }
    const expected = fromText('id < 5')
    for (const json of [
      { type: 'lt', term: 'id', value: 5 },
      { type: 'LT', term: { type: 'reference', term: 'id' }, value: { type: 'literal', value: 5 } },
      { type: 'lt', left: id, right: 5 },
      { type: 'lt', left: id, right: { type: 'literal', value: 5, 'data-type': 'long' } },
      { type: 'gt', left: 5, right: id },
    ]) {
      expect(bound(json)).toEqual(expected)
    }
    const inSet = fromText('id in (1, 2)')
    expect(bound({ type: 'in', term: 'id', values: [1, 2] })).toEqual(inSet)
    const typed = { type: 'literals', values: [1, 2], 'data-type': 'long' }
    expect(bound({ type: 'in', child: id, values: typed })).toEqual(inSet)
    expect(bound({ type: 'not_eq', term: 'id', value: 1 })).toEqual(fromText('id != 1'))
  })

  it('hold literals as values are spelled in JSON', () => {
    const eq = (term: string, value: unknown): BoundPredicate => bound({ type: 'eq', term, value })
    expect(eq('id', 9223372036854775807n)).toEqual(fromText('id = 9223372036854775807'))
    expect(eq('fare', '12.50')).toEqual(fromText('fare = 12.5'))
    expect(eq('fare', 12.5)).toEqual(fromText('fare = 12.5'))
    expect(eq('day', '2026-01-31')).toEqual(fromText("day = '2026-01-31'"))
    expect(eq('day', 1)).toEqual(fromText("day = '1970-01-02'"))
    expect(eq('ns', '1970-01-01T00:00:00.000000001')).toMatchObject({ literal: 1n })
    expect(eq('ns', 1)).toMatchObject({ literal: 1n })
    expect(eq('raw', '00ff')).toEqual(fromText("raw = x'00ff'"))
    expect(eq('city', '00ff')).toEqual(fromText("city = '00ff'"))
    expect(eq('rating', 'Infinity')).toMatchObject({ literal: Infinity })
    expect(eq('rating', 'NaN')).toEqual({ kind: 'false' })
    const uuid = 'f79c3e09-677c-4bbd-a479-3f349cb785e7'
    expect(eq('s.uuid', uuid)).toEqual(fromText(`s.uuid = '${uuid}'`))
  })

  it('refuse literals that are not of the column', () => {
    for (const [term, value] of [
      ['id', '5'],
      ['id', true],
      ['fare', 'x'],
      ['raw', '0'],
      ['raw', 5],
      ['rating', 'five'],
      ['day', 1.5],
      ['city', 5],
    ] as const) {
      expect(
        thrownBy(() => bound({ type: 'eq', term, value })),
        `${term} ${value}`,
      ).toMatchObject({ kind: 'invalid' })
    }
  })

  it('say where they are wrong', () => {
    for (const [json, path] of [
      [null, 'filter'],
      [{ type: 'lt', term: 'id' }, 'filter.value'],
      [{ type: 'lt', value: 5 }, 'filter.term'],
      [{ type: 'near', term: 'id', value: 5 }, 'filter.type'],
      [{ type: 'in', term: 'id', values: 5 }, 'filter.values'],
      [{ type: 'in', term: 'id', values: [1, null] }, 'filter.values[1]'],
      [{ type: 'and', left: true }, 'filter.right'],
      [{ type: 'not', child: { type: 'eq', term: 5, value: 5 } }, 'filter.child.term'],
    ] as const) {
      expect(
        thrownBy(() => expressionFromJson(json, 'filter')),
        stringifyJson(json),
      ).toMatchObject({ kind: 'corrupt', context: { path } })
    }
  })

  it('refuse functions and ids of columns by name', () => {
    const transform = { type: 'transform', transform: 'bucket[4]', term: 'id' }
    const apply = { type: 'apply', function: 'lower', arguments: [] }
    for (const json of [
      { type: 'eq', term: transform, value: 1 },
      { type: 'eq', left: apply, right: 'x' },
      { type: 'eq', left: { type: 'reference', id: 1 }, right: 1 },
      { type: 'eq', left: { type: 'reference', name: 'id' }, right: apply },
      { type: 'starts-with', left: 'Oslo', right: { type: 'reference', name: 'city' } },
    ]) {
      expect(thrownBy(() => expressionFromJson(json, ''))).toMatchObject({ kind: 'unsupported' })
    }
  })

  it('are written in the older form, lists as pairs', () => {
    const json = expressionToJson(
      fromText("id = 5 and fare in (1, 2.5) and raw > x'00' and city is null"),
    )
    expect(json).toEqual({
      type: 'and',
      left: {
        type: 'and',
        left: { type: 'eq', term: 'id', value: 5n },
        right: { type: 'in', term: 'fare', values: ['1.00', '2.50'] },
      },
      right: {
        type: 'and',
        left: { type: 'gt', term: 'raw', value: '00' },
        right: { type: 'is-null', term: 'city' },
      },
    })
  })

  it('nest no deeper than need be', () => {
    const many = fromText(Array.from({ length: 5000 }, (_, id) => `id != ${id}`).join(' and '))
    const text = stringifyJson(expressionToJson(many))
    expect(bind(parsePredicate(text), schema)).toEqual(many)
  })

  it('always come back from text as a predicate of the same rows', () => {
    const anyCase = anyFilteredSchema.chain((rowSchema) =>
      anyRowsOf(rowSchema).chain((rows) =>
        fc.record({
          rowSchema: fc.constant(rowSchema),
          rows: fc.constant(rows),
          expression: anyExpressionOf(rowSchema, rows),
        }),
      ),
    )
    fc.assert(
      fc.property(anyCase, ({ rowSchema, rows, expression }) => {
        const predicate = bind(expression, rowSchema)
        const text = stringifyJson(expressionToJson(predicate))
        const read = bind(expressionFromJson(parseJson(text), ''), rowSchema)
        for (const row of rows) expect(rowMatcher(read)(row)).toBe(rowMatcher(predicate)(row))
      }),
      runs(300),
    )
  })
})
