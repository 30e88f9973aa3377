import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parsePredicate } from '../../../src/expressions/parse.ts'
import type { Expression } from '../../../src/expressions/predicate.ts'
import { runs } from '../../support/runs.ts'
import { thrownBy } from '../../support/thrown.ts'

function number(text: string): unknown {
  return { kind: 'number-text', text }
}

describe('the text form of predicates', () => {
  it('binds not before and, and and before or', () => {
    expect(parsePredicate('not a is null and b = 1 or c is nan')).toEqual({
      kind: 'or',
      children: [
        {
          kind: 'and',
          children: [
            { kind: 'not', child: { kind: 'is-null', column: ['a'] } },
            { kind: 'eq', column: ['b'], literal: number('1') },
          ],
        },
        { kind: 'is-nan', column: ['c'] },
      ],
    })
  })

  it('reads the example of the manual', () => {
    expect(
      parsePredicate(
        "a >= 5 and (city in ('Oslo', 'Bergen') or b.c is null) and not name like 'x%'",
      ),
    ).toEqual({
      kind: 'and',
      children: [
        { kind: 'gt-eq', column: ['a'], literal: number('5') },
        {
          kind: 'or',
          children: [
            { kind: 'in', column: ['city'], literals: ['Oslo', 'Bergen'] },
            { kind: 'is-null', column: ['b', 'c'] },
          ],
        },
        { kind: 'not', child: { kind: 'starts-with', column: ['name'], literal: 'x' } },
      ],
    })
  })

  it('reads every comparison', () => {
    const kinds = ['=', '!=', '<>', '<', '<=', '>', '>='].map(
      (sign) => parsePredicate(`a${sign}1`).kind,
    )
    expect(kinds).toEqual(['eq', 'not-eq', 'not-eq', 'lt', 'lt-eq', 'gt', 'gt-eq'])
  })

  it('reads literals of every kind', () => {
    const literal = (text: string): unknown => {
      const expression = parsePredicate(`a = ${text}`)
      return 'literal' in expression ? expression.literal : undefined
    }
    expect(literal("'it''s'")).toBe("it's")
    expect(literal('-12.50')).toEqual(number('-12.50'))
    expect(literal('+.5e-3')).toEqual(number('+.5e-3'))
    expect(literal('9223372036854775807')).toEqual(number('9223372036854775807'))
    expect(literal('TRUE')).toBe(true)
    expect(literal('false')).toBe(false)
    expect(literal("x'00fF'")).toEqual(Uint8Array.from([0, 255]))
    expect(literal("date '2026-01-31'")).toBe('2026-01-31')
    expect(literal("timestamp '2026-01-31T00:00:00'")).toBe('2026-01-31T00:00:00')
  })

  it('reads between, in, like and their negations', () => {
    expect(parsePredicate('a between 1 and 2 and b = 3')).toMatchObject({
      kind: 'and',
      children: [
        { kind: 'and', children: [{ kind: 'gt-eq' }, { kind: 'lt-eq' }] },
        { kind: 'eq', column: ['b'] },
      ],
    })
    expect(parsePredicate('a not between 1 and 2')).toMatchObject({
      kind: 'not',
      child: { kind: 'and' },
    })
    expect(parsePredicate('a not in (1)')).toMatchObject({ kind: 'not', child: { kind: 'in' } })
    expect(parsePredicate("a not like 'x%'")).toMatchObject({
      kind: 'not',
      child: { kind: 'starts-with' },
    })
    expect(parsePredicate("a like 'x'")).toEqual({ kind: 'eq', column: ['a'], literal: 'x' })
    expect(parsePredicate("a like '%'")).toEqual({
      kind: 'starts-with',
      column: ['a'],
      literal: '',
    })
    expect(parsePredicate('a is not null')).toEqual({ kind: 'not-null', column: ['a'] })
    expect(parsePredicate('a IS NOT NaN')).toEqual({ kind: 'not-nan', column: ['a'] })
  })

  it('takes quoted names as they are', () => {
    expect(parsePredicate('"a.b"."or"."say ""hi""" is null')).toEqual({
      kind: 'is-null',
      column: ['a.b', 'or', 'say "hi"'],
    })
    expect(parsePredicate('Straße = 1')).toMatchObject({ column: ['Straße'] })
    expect(parsePredicate('date = 1')).toMatchObject({ column: ['date'] })
  })

  it('reads constants', () => {
    expect(parsePredicate('true')).toEqual({ kind: 'true' })
    expect(parsePredicate(' ( FALSE ) ')).toEqual({ kind: 'false' })
  })

  it('says where it stopped understanding', () => {
    for (const [text, position, message] of [
      ['', 1, 'expected a column'],
      ['a', 2, 'expected a comparison'],
      ['a =', 4, 'expected a literal'],
      ['a = b', 5, 'expected a literal'],
      ['a = null', 5, 'a comparison with null never holds: use is null'],
      ['a = 1 b', 7, 'expected the end of the text'],
      ['(a = 1', 7, 'expected )'],
      ['a in ()', 7, 'expected a literal'],
      ["a = 'x", 5, 'quote is not closed'],
      ['a # 1', 3, 'unexpected character'],
      ['a == 1', 4, 'expected a literal'],
      ['a = 1x', 5, 'unexpected character'],
      ["a = x'0'", 5, 'expected pairs of hexadecimal digits'],
      ['order = 1 or and = 2', 14, 'expected a column: quote one that is called like a keyword'],
      ['a is 5', 6, 'expected null or nan'],
      ['a not = 5', 7, 'expected in, like or between'],
      ['🧊 = 1', 1, 'unexpected character'],
      ["a = '🧊' or ?", 12, 'unexpected character'],
    ] as const) {
      expect(
        thrownBy(() => parsePredicate(text)),
        text,
      ).toMatchObject({
        kind: 'invalid',
        message,
        context: { position },
      })
    }
  })

  it('refuses patterns that are more than a prefix', () => {
    for (const pattern of ['%x', 'a_b', 'a%b', 'a\\%']) {
      expect(thrownBy(() => parsePredicate(`a like '${pattern}'`))).toMatchObject({
        kind: 'unsupported',
        context: { position: 8 },
      })
    }
  })

  it('takes a text that begins with a brace for the JSON form', () => {
    expect(parsePredicate(' {"type": "is-null", "term": "a.b"}')).toEqual({
      kind: 'is-null',
      column: ['a.b'],
    })
    expect(thrownBy(() => parsePredicate('{"type": "is-null"}'))).toMatchObject({
      kind: 'invalid',
      context: { path: 'term' },
    })
    expect(thrownBy(() => parsePredicate('{"type": '))).toMatchObject({ kind: 'invalid' })
  })

  it('refuses what is nested too deep', () => {
    const text = `${'('.repeat(100_000)}a = 1${')'.repeat(100_000)}`
    expect(thrownBy(() => parsePredicate(text))).toMatchObject({ kind: 'limit' })
    const chain = Array.from({ length: 10_000 }, () => 'a = 1').join(' or ')
    expect(parsePredicate(chain).kind).toBe('or')
  })

  it('always gives back the names and texts that were put in', () => {
    const anyText = fc.string({ unit: 'binary', maxLength: 10 })
    fc.assert(
      fc.property(fc.array(anyText, { minLength: 1, maxLength: 3 }), anyText, (path, literal) => {
        const column = path.map((name) => `"${name.replaceAll('"', '""')}"`).join('.')
        const text = `${column} = '${literal.replaceAll("'", "''")}'`
        expect(parsePredicate(text)).toEqual({ kind: 'eq', column: path, literal })
      }),
      runs(200),
    )
  })

  it('never fails but with an error of its own', () => {
    const anyPiece = fc.oneof(
      fc.constantFrom(
        'a',
        'not',
        'and',
        'or',
        'in',
        'is',
        'null',
        'like',
        'between',
        '(',
        ')',
        ',',
        '.',
        '=',
      ),
      fc.constantFrom("'x%'", '1', '-', "x'00'", '"q"', 'date', '{', "'", '"', '<', '!'),
      fc.string({ maxLength: 3 }),
    )
    fc.assert(
      fc.property(fc.array(anyPiece, { maxLength: 12 }), (pieces) => {
        const outcome = parsed(pieces.join(' '))
        expect(outcome === null || typeof outcome.kind === 'string').toBe(true)
      }),
      runs(300),
    )
  })
})

/** Null when refused with an error of ours; any other error goes on. */
function parsed(text: string): Expression | null {
  try {
    return parsePredicate(text)
  } catch (error) {
    if (error instanceof Error && error.name === 'IcebergError') return null
    throw error
  }
}
