import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bind } from '../../../src/expressions/bind.ts'
import type { BoundPredicate } from '../../../src/expressions/bound.ts'
import { parsePredicate } from '../../../src/expressions/parse.ts'
import type { Expression } from '../../../src/expressions/predicate.ts'
import type { Schema } from '../../../src/types/schema.ts'
import { anyExpressionOf, anyFilteredSchema } from '../../support/arbitraries/predicates.ts'
import { runs } from '../../support/runs.ts'
import { thrownBy } from '../../support/thrown.ts'

const schema: Schema = {
  schemaId: 0,
  fields: [
    { id: 1, name: 'id', required: true, type: { kind: 'long' } },
    { id: 2, name: 'count', required: false, type: { kind: 'int' } },
    { id: 3, name: 'fare', required: false, type: { kind: 'decimal', precision: 4, scale: 2 } },
    { id: 4, name: 'city', required: false, type: { kind: 'string' } },
    { id: 5, name: 'rating', required: false, type: { kind: 'double' } },
    {
      id: 6,
      name: 'driver',
      required: false,
      type: {
        kind: 'struct',
        fields: [{ id: 7, name: 'name', required: true, type: { kind: 'string' } }],
      },
    },
    {
      id: 8,
      name: 'tags',
      required: false,
      type: { kind: 'list', elementId: 9, elementRequired: true, element: { kind: 'string' } },
    },
    { id: 10, name: 'a.b', required: false, type: { kind: 'uuid' } },
    { id: 11, name: 'ts', required: false, type: { kind: 'timestamptz' } },
  ],
  identifierFieldIds: [],
}

function bound(expression: Expression): BoundPredicate {
  return bind(expression, schema)
}

/** Kind and literal, or only the kind. */
function gist(predicate: BoundPredicate): string {
  return 'literal' in predicate ? `${predicate.kind} ${String(predicate.literal)}` : predicate.kind
}

function compare(
  column: string,
  kind: 'eq' | 'not-eq' | 'lt' | 'lt-eq' | 'gt' | 'gt-eq',
  literal: unknown,
): string {
  return gist(bound({ kind, column: [column], literal }))
}

function number(text: string): unknown {
  return { kind: 'number-text', text }
}

describe('binding', () => {
  it('finds columns by path and says where their values sit', () => {
    expect(bound({ kind: 'eq', column: ['driver', 'name'], literal: 'Ada' })).toEqual({
      kind: 'eq',
      column: {
        fieldId: 7,
        positions: [5, 0],
        type: { kind: 'string' },
        required: false,
        path: ['driver', 'name'],
      },
      literal: 'Ada',
    })
  })

  it('names the nearest column when there is none', () => {
    const error = thrownBy(() => bound({ kind: 'is-null', column: ['citi'] }))
    expect(error).toMatchObject({ kind: 'invalid', context: { column: 'citi', nearest: 'city' } })
  })

  it('takes a dot in a name for part of the name', () => {
    expect(bound({ kind: 'is-null', column: ['a.b'] }).kind).toBe('is-null')
    expect(thrownBy(() => bound({ kind: 'is-null', column: ['a', 'b'] }))).toMatchObject({
      kind: 'invalid',
    })
  })

  it('reads one name with dots as a way into a struct', () => {
    expect(bound({ kind: 'is-null', column: ['driver.name'] })).toMatchObject({
      column: { fieldId: 7 },
    })
    expect(thrownBy(() => bound({ kind: 'is-null', column: ['tags.element'] }))).toMatchObject({
      message: 'column lies in a list or a map',
    })
  })

  it('refuses columns inside lists and comparisons of nested columns', () => {
    expect(thrownBy(() => bound({ kind: 'is-null', column: ['tags', 'element'] }))).toMatchObject({
      kind: 'invalid',
      message: 'column lies in a list or a map',
    })
    expect(thrownBy(() => bound({ kind: 'eq', column: ['driver'], literal: 1 }))).toMatchObject({
      kind: 'invalid',
    })
    expect(bound({ kind: 'is-null', column: ['tags'] }).kind).toBe('is-null')
    expect(bound({ kind: 'not-null', column: ['driver'] }).kind).toBe('not-null')
  })

  it('decides tests for null of a required column, but not below an optional struct', () => {
    expect(gist(bound({ kind: 'is-null', column: ['id'] }))).toBe('false')
    expect(gist(bound({ kind: 'not-null', column: ['id'] }))).toBe('true')
    expect(gist(bound({ kind: 'is-null', column: ['driver', 'name'] }))).toBe('is-null')
  })

  it('keeps the meaning of numbers between two integers', () => {
    expect(compare('id', 'gt', 2.5)).toBe('gt-eq 3')
    expect(compare('id', 'lt', number('2.5'))).toBe('lt-eq 2')
    expect(compare('id', 'gt-eq', number('-2.5'))).toBe('gt-eq -2')
    expect(compare('id', 'eq', number('2.5'))).toBe('false')
    expect(compare('count', 'not-eq', number('2.5'))).toBe('not-null')
    expect(compare('id', 'eq', number('2.50e1'))).toBe('eq 25')
  })

  it('decides comparisons with numbers beyond the type for all but null', () => {
    expect(compare('count', 'lt', 3_000_000_000)).toBe('not-null')
    expect(compare('count', 'gt', 3_000_000_000)).toBe('false')
    expect(compare('count', 'gt-eq', -3_000_000_000n)).toBe('not-null')
    expect(compare('count', 'eq', number('1e999999999'))).toBe('false')
    expect(compare('id', 'lt', 2n ** 63n)).toBe('true')
    expect(compare('id', 'gt', number('-1e-999999999'))).toBe('gt-eq 0')
    expect(compare('count', 'lt-eq', number('2147483647.5'))).toBe('not-null')
    expect(compare('count', 'gt', number('-2147483648.5'))).toBe('not-null')
    expect(compare('count', 'gt', number('2147483647'))).toBe('gt 2147483647')
  })

  it('keeps the meaning of decimals with more places than the column', () => {
    expect(compare('fare', 'eq', '12.50')).toBe('eq 1250')
    expect(compare('fare', 'eq', '12.500')).toBe('eq 1250')
    expect(compare('fare', 'lt', '12.505')).toBe('lt-eq 1250')
    expect(compare('fare', 'gt', { unscaled: -12505n, scale: 3 })).toBe('gt-eq -1250')
    expect(compare('fare', 'gt', number('99.99'))).toBe('gt 9999')
    expect(compare('fare', 'gt', number('100'))).toBe('false')
  })

  it('refuses literals that are not of the type, null among them', () => {
    for (const [column, literal] of [
      ['id', '5'],
      ['id', true],
      ['id', 2 ** 53],
      ['id', Number.NaN],
      ['fare', 12.5],
      ['fare', 12n],
      ['fare', 'a lot'],
      ['city', 5],
      ['city', number('5')],
      ['city', '\ud800'],
      ['rating', '5'],
      ['rating', number('1e999')],
      ['ts', number('0')],
      ['ts', '2026-01-31T12:00:00'],
      ['city', null],
      ['city', undefined],
    ] as const) {
      const error = thrownBy(() => bound({ kind: 'eq', column: [column], literal }))
      expect(error, `${column} ${String(literal)}`).toMatchObject({ kind: 'invalid' })
    }
  })

  it('refuses tests that a type does not have', () => {
    expect(thrownBy(() => bound({ kind: 'is-nan', column: ['id'] }))).toMatchObject({
      kind: 'invalid',
    })
    expect(
      thrownBy(() => bound({ kind: 'starts-with', column: ['id'], literal: 5n })),
    ).toMatchObject({ kind: 'invalid' })
  })

  it('knows that a column of unknown type is null in every row', () => {
    const nothing: Schema = {
      schemaId: 0,
      fields: [{ id: 1, name: 'x', required: false, type: { kind: 'unknown' } }],
      identifierFieldIds: [],
    }
    for (const [text, kind] of [
      ['x is null', 'true'],
      ['x is not null', 'false'],
      ['x is nan', 'false'],
      ['x is not nan', 'true'],
      ['x = 5', 'false'],
      ["x != 'a'", 'false'],
      ['not x < 5', 'false'],
      ['x in (1, 2)', 'false'],
      ['x not in (1, 2)', 'false'],
      ["x like 'a%'", 'false'],
      ["x not like 'a%'", 'false'],
    ] as const) {
      expect(bind(parsePredicate(text), nothing), text).toEqual({ kind })
    }
  })

  it('tests shapes and variants for null alone', () => {
    const shapes: Schema = {
      schemaId: 0,
      fields: [
        { id: 1, name: 'g', required: false, type: { kind: 'geometry' } },
        { id: 2, name: 'h', required: false, type: { kind: 'geography' } },
        { id: 3, name: 'v', required: false, type: { kind: 'variant' } },
      ],
      identifierFieldIds: [],
    }
    for (const name of ['g', 'h', 'v']) {
      expect(bind(parsePredicate(`${name} is not null`), shapes)).toMatchObject({
        kind: 'not-null',
      })
      for (const test of ["= x'00'", "in ('a')", "like 'a%'", 'is nan']) {
        expect(
          thrownBy(() => bind(parsePredicate(`${name} ${test}`), shapes)),
          `${name} ${test}`,
        ).toMatchObject({ kind: 'invalid' })
      }
    }
  })

  it('holds times of either precision against times of the other', () => {
    const times: Schema = {
      schemaId: 0,
      fields: [
        { id: 1, name: 'us', required: false, type: { kind: 'timestamp' } },
        { id: 2, name: 'ns', required: false, type: { kind: 'timestamptz_ns' } },
      ],
      identifierFieldIds: [],
    }
    const literalOf = (text: string): unknown => bind(parsePredicate(text), times)
    expect(literalOf("ns = timestamptz_ns '1970-01-01T00:00:00.000001001Z'")).toMatchObject({
      literal: 1001n,
    })
    expect(literalOf("ns > '1970-01-01T00:00:00.000001+00:00'")).toMatchObject({ literal: 1000n })
    expect(literalOf("us < '1970-01-01T00:00:00.000001001'")).toMatchObject({
      kind: 'lt-eq',
      literal: 1n,
    })
    expect(literalOf("us >= '1969-12-31T23:59:59.999999999'")).toMatchObject({
      kind: 'gt-eq',
      literal: 0n,
    })
    expect(literalOf("us = '1970-01-01T00:00:00.000001001'")).toEqual({ kind: 'false' })
    expect(literalOf("us = '1970-01-01T00:00:00.000001000'")).toMatchObject({ literal: 1n })
    // Nanoseconds of 64 bits begin in 1677 and end in 2262.
    expect(literalOf("ns > '1677-09-21T00:12:43.145224Z'")).toMatchObject({ kind: 'not-null' })
    expect(literalOf("ns >= '1677-09-21T00:12:43.145225Z'")).toMatchObject({
      literal: -9_223_372_036_854_775_000n,
    })
    expect(literalOf("ns < '2262-04-11T23:47:16.854775Z'")).toMatchObject({
      literal: 9_223_372_036_854_775_000n,
    })
    expect(literalOf("ns < '2262-04-11T23:47:16.854776Z'")).toMatchObject({ kind: 'not-null' })
    expect(literalOf("ns = '9999-12-31T00:00:00Z'")).toEqual({ kind: 'false' })
    expect(literalOf("ns < '2262-04-11T23:47:16.854775808Z'")).toMatchObject({ kind: 'not-null' })
    expect(literalOf("ns > '1677-09-21T00:12:43.145224191Z'")).toMatchObject({ kind: 'not-null' })
    expect(literalOf("ns >= '1677-09-21T00:12:43.145224192Z'")).toMatchObject({
      literal: -(2n ** 63n),
    })
  })

  it('takes bytes for a uuid', () => {
    const literal = Uint8Array.from({ length: 16 }, (_, index) => index)
    expect(bound({ kind: 'eq', column: ['a.b'], literal })).toMatchObject({ literal })
  })

  it('keeps a set only where there are two different values', () => {
    const isIn = (...literals: unknown[]): string =>
      gist(bound({ kind: 'in', column: ['count'], literals }))
    expect(isIn()).toBe('false')
    expect(isIn(1, 1n, number('1.0'))).toBe('eq 1')
    expect(isIn(2.5)).toBe('false')
    expect(isIn(1, 2)).toBe('in')
    const notIn = (...literals: unknown[]): string =>
      gist(bound({ kind: 'not-in', column: ['rating'], literals }))
    expect(notIn()).toBe('true')
    expect(notIn(0, -0)).toBe('not-eq 0')
    expect(notIn(1, Number.NaN)).toBe('false')
  })

  it('knows that every string begins with the empty one', () => {
    expect(gist(bound({ kind: 'starts-with', column: ['city'], literal: '' }))).toBe('not-null')
    expect(gist(bound({ kind: 'not-starts-with', column: ['city'], literal: '' }))).toBe('false')
  })

  it('moves not to the tests of columns', () => {
    const either: Expression = {
      kind: 'or',
      children: [
        { kind: 'is-null', column: ['count'] },
        { kind: 'lt', column: ['count'], literal: 5 },
      ],
    }
    expect(bound({ kind: 'not', child: either })).toMatchObject({
      kind: 'and',
      children: [{ kind: 'not-null' }, { kind: 'gt-eq', literal: 5 }],
    })
  })

  it('refuses what is nested too deep, but not what is long', () => {
    let deep: Expression = { kind: 'true' }
    for (let depth = 0; depth < 100_000; depth += 1) deep = { kind: 'not', child: deep }
    expect(thrownBy(() => bound(deep))).toMatchObject({ kind: 'limit' })
    const children = Array.from({ length: 100_000 }, (): Expression => ({
      kind: 'is-null',
      column: ['count'],
    }))
    expect(bound({ kind: 'or', children }).kind).toBe('or')
  })

  it('always gives a predicate in the form that evaluators rely on', () => {
    const anyBound = anyFilteredSchema.chain((some) =>
      anyExpressionOf(some).map((expression) => bind(expression, some)),
    )
    fc.assert(
      fc.property(anyBound, (predicate) => {
        checkForm(predicate)
      }),
      runs(300),
    )
  })
})

function checkForm(predicate: BoundPredicate): void {
  if (predicate.kind === 'and' || predicate.kind === 'or') {
    expect(predicate.children.length).toBeGreaterThan(1)
    for (const child of predicate.children) {
      expect(['true', 'false', predicate.kind]).not.toContain(child.kind)
      checkForm(child)
    }
  }
  if (predicate.kind === 'in' || predicate.kind === 'not-in') {
    expect(new Set(predicate.literals.map(String)).size).toBe(predicate.literals.length)
    expect(predicate.literals.length).toBeGreaterThan(1)
  }
}
