import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { holeComparisons, viewsRead, wordsOf } from '../../../../src/jobs/workflow/sql-outline.ts'
import { runs } from '../../../support/runs.ts'

const SQL_PIECES = [
  "'$|x|'",
  '$|x|',
  'a',
  '.',
  '(',
  ')',
  ',',
  '<',
  '=',
  '>',
  'between',
  'and',
  'cast',
  'date',
  'from',
  'with',
  '+',
  '1 ',
]

describe('viewsRead', () => {
  it.each([
    ['select 1', []],
    ['select * from calls', ['calls']],
    ['select * from calls c, ports as p, `quays`', ['calls', 'ports', 'quays']],
    [
      'select * from calls c join ports p on c.a = p.a left outer join quays on true',
      ['calls', 'ports', 'quays'],
    ],
    ['select * from (select * from calls) x', ['calls']],
    ['select * from calls where a in (select a from ports)', ['calls', 'ports']],
    ['select * from calls union all select * from calls', ['calls']],
    ['select * from raw.calls', ['raw.calls']],
    ['with c as (select * from calls) select * from c', ['calls']],
    [
      'with a as (select * from calls), b(x) as (select x from a) select * from a join b',
      ['calls'],
    ],
    ['select * from calls -- from ports\n/* from quays */', ['calls']],
    ['select \'from ports\', "from quays" from calls', ['calls']],
    ['select extract(year from at) from calls', ['calls']],
    ['select a is distinct from b from calls', ['calls']],
    ['SELECT * FROM calls WHERE a > 1 ORDER BY a, b', ['calls']],
    ["select * from calls where a > $|from| and b in ('$|join|', c)", ['calls']],
  ])('sees in %s', (sql, views) => {
    expect(viewsRead(sql)).toEqual(views)
  })

  it('does not take a function for a view', () => {
    expect(viewsRead("select * from read_text('/etc/passwd')")).toEqual([])
  })
})

describe('holeComparisons', () => {
  it.each([
    ["a > '$|x|'", [['a', '>', 'x']]],
    [
      "a>='$|x|'and a<'$|y|'",
      [
        ['a', '>=', 'x'],
        ['a', '<', 'y'],
      ],
    ],
    ['a = $|x|', [['a', '=', 'x']]],
    ["'$|x|' < a", [['a', '>', 'x']]],
    ["'$|x|' >= a", [['a', '<=', 'x']]],
    ["c.a <= '$|x|'", [['c.a', '<=', 'x']]],
    ["`odd name` <= '$|x|'", [['odd name', '<=', 'x']]],
    [
      "a between '$|x|' and '$|y|'",
      [
        ['a', '>=', 'x'],
        ['a', '<=', 'y'],
      ],
    ],
    ["a > timestamp '$|x|'", [['a', '>', 'x']]],
    ["a > to_timestamp('$|x|')", [['a', '>', 'x']]],
    ["a > cast('$|x|' as timestamp)", [['a', '>', 'x']]],
    ["cast(a as date) > to_date(cast('$|x|' as string), 'yyyy')", [['a', '>', 'x']]],
    ["date > '$|x|'", [['date', '>', 'x']]],
    [
      "(a > '$|x|') or (b <= '$|y|')",
      [
        ['a', '>', 'x'],
        ['b', '<=', 'y'],
      ],
    ],
  ])('sees %s', (sql, comparisons) => {
    const seen = holeComparisons(`select * from t where ${sql}`)
    expect(seen.map(({ column, operator, key }) => [column, operator, key])).toEqual(comparisons)
  })

  it.each([
    "a <> '$|x|'",
    "a != '$|x|'",
    "a <=> '$|x|'",
    "a not between '$|x|' and '$|y|'",
    "not a > '$|x|'",
    "a > 'before $|x|'",
    "a > '$|x|' + interval 1 day",
    "a + 1 > '$|x|'",
    "1 + a > '$|x|'",
    "length(a) > '$|x|'",
    "'$|x|' > '$|y|'",
    'a > b',
    "a like '$|x|'",
  ])('is not sure about %s', (sql) => {
    expect(holeComparisons(`select * from t where ${sql}`)).toEqual([])
  })

  it('always comes back from a text that has tokens', () => {
    const piece = fc.constantFrom(...SQL_PIECES)
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        // With spaces, so that no two literals stand side by side.
        const sql = pieces.join(' , ')
        for (const { column, key } of holeComparisons(sql))
          expect([column !== '', key]).toEqual([true, 'x'])
        for (const view of viewsRead(sql)) expect(view).not.toBe('')
      }),
      runs(200),
    )
  })
})

describe('wordsOf', () => {
  it('leaves out what is quoted or said aside', () => {
    expect(
      wordsOf('select NOW() - interval \'1 day\' as `max`, "least" -- current_date\n'),
    ).toEqual(['select', 'now', 'interval', 'as'])
  })
})
