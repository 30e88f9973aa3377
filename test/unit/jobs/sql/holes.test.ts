import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bindHoles, findHoles } from '../../../../src/jobs/sql/holes.ts'
import { tokenize } from '../../../../src/jobs/sql/spark-tokens.ts'
import { anyString } from '../../../support/arbitraries/values.ts'
import { runs } from '../../../support/runs.ts'
import { columns, engineForTests, rowsOfQuery, viewOf } from '../../../support/sql/engine.ts'

const bind = (sql: string, values: Readonly<Record<string, string>>): string =>
  bindHoles(sql, new Map(Object.entries(values)))

describe('finding holes', () => {
  it('tells those in literals from bare ones', () => {
    const sql = `select '$|start|', "x$|end|y" from v where 1 = $|n|`
    expect(findHoles(sql)).toEqual([
      { name: 'start', start: 8, end: 16, quoted: true },
      { name: 'end', start: 21, end: 27, quoted: true },
      { name: 'n', start: 47, end: 51, quoted: false },
    ])
  })

  it('finds none in comments and backquoted names', () => {
    const sql = "select `$|a|` -- $|b|\n, 1 /* $|c| /* nested */ '$|d|' */ -- on \\\n$|e|\n"
    expect(findHoles(sql)).toEqual([])
  })

  it('takes a backslash before the dollar sign for an escape', () => {
    expect(findHoles(String.raw`select '\$|a|', '\\$|b|'`)).toMatchObject([{ name: 'b' }])
  })

  it.each([
    ['select $|start', 7, 'hole is not closed'],
    ["select '$|start'", 8, 'hole is not closed'],
    ['select $||', 7, 'hole has no name'],
    ["select '$||'", 8, 'hole has no name'],
    ['select $1', 7, 'unexpected character'],
    ["select 'abc", 7, 'quote is not closed'],
    [String.raw`select 'abc\'`, 7, 'quote is not closed'],
    ['select `abc', 7, 'quote is not closed'],
    ['select 1 /* /* */', 9, 'comment is not closed'],
  ])('refuses %s at offset %i', (sql, offset, message) => {
    expect(() => findHoles(sql)).toThrow(
      expect.objectContaining({ kind: 'invalid', message, context: { offset } }),
    )
  })
})

describe('binding holes', () => {
  it('binds the window of an incremental job', () => {
    expect(
      bind("select * from ctx where d > '$|start|' AND d <= '$|end|'", {
        start: '2020-01-01 00:00:00',
        end: '2020-02-01 00:00:00',
      }),
    ).toBe("select * from ctx where d > '2020-01-01 00:00:00' AND d <= '2020-02-01 00:00:00'")
  })

  it('keeps a value with quotes and backslashes inside its literal', () => {
    expect(bind("select '$|a|'", { a: String.raw`' or 1=1 --\ ` })).toBe(
      String.raw`select ''' or 1=1 --\\ '`,
    )
  })

  it('does not take a value for a hole', () => {
    expect(bind("select '$|a|'", { a: '$|a|' })).toBe(String.raw`select '\$|a|'`)
    expect(bind("select '$|a|'", { a: '$|' })).toBe(String.raw`select '\$|'`)
  })

  it('does not let a value complete an escape that stands before it', () => {
    const [, literal] = tokenize(bind(String.raw`select '\1$|a|'`, { a: '01' }))
    expect(literal).toMatchObject({ parts: [{ text: '101' }] })
  })

  it('keeps a bare number apart from what stands beside it', () => {
    expect(bind('select x-$|a|', { a: '-5' })).toBe('select x- -5 ')
    expect(bind('select 1 = $|a|', { a: '10' })).toBe('select 1 =  10 ')
  })

  it.each([
    ['where x > $|a|', '1 or true'],
    ['where x > $|a|', '2020-01-01'],
    ['where x > $|a|', "'x'"],
    ['where x > $|a|', ''],
    ['where x > $|a|', '-true'],
    ['where x $|a|', '-5'],
    ['where (x) $|a|', '+5'],
    ["where x > '$|a|'", 'nul\0'],
    ["where x > '$|a|'", '\ud800'],
    ['where x > $|b|', '1'],
  ])('refuses %s with %j', (sql, a) => {
    expect(() => bind(sql, { a })).toThrow(expect.objectContaining({ kind: 'invalid' }))
  })

  it('never changes any other token, whatever the value', () => {
    const template = `select "a$|v|b", 'it''s', $|n| from \`t\` where x = '$|v|' -- $|v|`
    const anyText = anyString.filter((text) => !text.includes('\0'))
    fc.assert(
      fc.property(anyText, fc.nat(), (v, n) => {
        const bound = bindHoles(
          template,
          new Map([
            ['v', v],
            ['n', String(n)],
          ]),
        )
        expect(shapeOf(bound)).toEqual(shapeOf(template, { v, n: String(n) }))
      }),
      runs(300),
    )
  })
})

/** The tokens without their places, holes filled in from `values`. */
function shapeOf(sql: string, values: Readonly<Record<string, string>> = {}): unknown[] {
  return tokenize(sql).map((token) => {
    if (token.kind === 'hole') return ['number', values[token.name]]
    if (token.kind === 'text') {
      return token.parts
        .map((part) => (part.kind === 'text' ? part.text : values[part.name]))
        .join('')
    }
    return [token.kind, sql.slice(token.start, token.end)]
  })
}

describe('a bound literal', () => {
  const engine = engineForTests()

  it('always means the value to DuckDB, and nothing else changes', async () => {
    const anyText = anyString.filter((text) => !text.includes('\0'))
    await fc.assert(
      fc.asyncProperty(fc.array(anyText, { minLength: 1, maxLength: 20 }), async (values) => {
        const names = values.map((_, index) => `v${index}`)
        const bound = bindHoles(
          `select ${names.map((name) => `'<$|${name}|>' as ${name}, 7 as _${name}`).join(', ')} from v`,
          new Map(names.map((name, index) => [name, values[index] ?? ''])),
        )
        const view = viewOf(columns({ n: { kind: 'int' } }), [[1]])
        const expected = values.flatMap((value) => [`<${value}>`, 7])
        expect(await rowsOfQuery(engine, bound, view)).toEqual([expected])
      }),
      runs(60),
    )
  })
})
