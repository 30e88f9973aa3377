import { describe, expect, it } from 'vitest'
import { IcebergError } from '../../../../src/base/errors.ts'
import { formatType } from '../../../../src/types/type.ts'
import type { Type } from '../../../../src/types/type.ts'
import { columns, engineForTests, viewOf } from '../../../support/sql/engine.ts'
import type { ValueRow } from '../../../support/sql/engine.ts'

const engine = engineForTests()
const oslo = engineForTests({ timeZone: 'Europe/Oslo' })

const key = async (sql: string): Promise<string> => engine.evaluateKey(sql)

const schema = columns({
  i: { kind: 'int' },
  l: { kind: 'long' },
  f: { kind: 'float' },
  d: { kind: 'double' },
  m: { kind: 'decimal', precision: 9, scale: 2 },
  fine: { kind: 'decimal', precision: 20, scale: 20 },
  s: { kind: 'string' },
  day: { kind: 'date' },
  moment: { kind: 'timestamptz' },
  local: { kind: 'timestamp' },
  bytes: { kind: 'binary' },
  end: { kind: 'string' },
  time: { kind: 'string' },
  tags: {
    kind: 'map',
    keyId: 0,
    key: { kind: 'string' },
    valueId: 0,
    valueRequired: false,
    value: { kind: 'int' },
  },
  list: { kind: 'list', elementId: 0, elementRequired: false, element: { kind: 'int' } },
} satisfies Record<string, Type>)

const row: ValueRow = [
  3,
  3n,
  0.5,
  2.5,
  150n,
  150n,
  'a%b',
  18_262,
  1_577_836_800_000_000n,
  1_577_836_800_000_000n,
  new Uint8Array([1]),
  'end of it',
  '2020-01-01',
  [['k', 7]],
  [1, 2],
]

/** The rows of a query over one row of each type. */
async function ask(sql: string): Promise<{ types: string[]; rows: ValueRow[] }> {
  const { rowsOf } = await import('../../../../src/formats/arrow/rows.ts')
  const result = await engine.query(sql, new Map([['v', viewOf(schema, [row])]]))
  const rows: ValueRow[] = []
  for await (const batch of result.batches) rows.push(...rowsOf(batch, result.schema))
  return { types: result.schema.fields.map(({ type }) => formatType(type)), rows }
}

/** What the engine says no with; fails the test when it does not. */
async function refusal(sql: string): Promise<IcebergError> {
  try {
    await ask(sql)
  } catch (error) {
    if (error instanceof IcebergError) return error
    throw error
  }
  throw new Error(`not refused: ${sql}`)
}

describe('what both spell alike and mean differently', () => {
  it.each([
    // Casts of fractions cut off.
    ['select cast(2.7 as int)', '2'],
    ['select cast(-2.5 as int)', '-2'],
    ['select cast(-2.7e0 as long)', '-2'],
    ['select cast(1.99999999999999999999 as smallint)', '1'],
    ["select cast(' 12 ' as int)", '12'],
    // A function of null is null.
    ["select coalesce(concat('a', null), 'none')", 'none'],
    ["select concat('a', 1, true)", 'a1true'],
    // Natural, and null where there is none.
    ['select cast(log(10) > 2.3 and log(10) < 2.31 as string)', 'true'],
    ["select coalesce(cast(log(0) > 0 as string), 'null')", 'null'],
    // Sunday is 1.
    ["select dayofweek(date '2026-11-22')", '1'],
    // Position 0 is position 1; what is before the start counts.
    ["select substring('abc', 0, 2)", 'ab'],
    ["select substring('abc', 2)", 'bc'],
    ["select substring('abc', -2)", 'bc'],
    ["select substr('abc', -5, 3)", 'a'],
    ["select substring('abc', 2, 100)", 'bc'],
    ["select concat('<', substring('abc', 1, -1), '>')", '<>'],
    // The backslash escapes, in literals and in LIKE.
    [String.raw`select 'a\tb'`, 'a\tb'],
    [String.raw`select 'it\'s'`, "it's"],
    [String.raw`select "it's \"so\""`, `it's "so"`],
    [String.raw`select '\u00e6\U0001F600\101'`, 'æ😀A'],
    [String.raw`select cast('a%c' like 'a\%c' as string)`, 'true'],
    [String.raw`select cast('abc' like 'a\%c' as string)`, 'false'],
    [String.raw`select cast('abc' not like 'a\%c' as string)`, 'true'],
    [String.raw`select cast('abc' like concat('a', '\\', '%c') as string)`, 'false'],
    // A quotient is a fraction, unless it is asked for whole.
    ['select 1 / 2', '0.5'],
    ['select -7 div 2', '-3'],
    ['select 5L + 1', '6'],
    // Arrays count from 0.
    ['select array(7, 8)[1]', '8'],
    // From the half on away from zero, of the digits that are written.
    ['select round(1.005D, 2)', '1.01'],
    ['select round(-2.5)', '-3'],
    ["select cast('abc' rlike '^a.c$' as string)", 'true'],
    ["select regexp_replace('a1b22', '[0-9]+', '<$0>')", 'a<1>b<22>'],
    ["select concat_ws('-', split('a,b', ',')[0], null, 'c')", 'a-c'],
    ['select cast(null <=> 1 as string)', 'false'],
    // A date moved by days or months is a date, by hours a timestamp.
    ["select date '2020-01-31' + interval '1' month", '2020-02-29'],
    ["select date '2020-03-31' - interval 1 month", '2020-02-29'],
    ["select date '2020-01-31' + interval 1 hour", '2020-01-31 01:00:00'],
    ["select date '2020-01-31' + 1", '2020-02-01'],
    ["select date_add(date '2020-01-31', 1)", '2020-02-01'],
    ["select date_sub('2020-02-01', 1)", '2020-01-31'],
    ["select datediff('2020-02-01', '2020-01-01')", '31'],
    ["select add_months('2020-01-31', 1)", '2020-02-29'],
    // TIMESTAMP has a zone, TIMESTAMP_NTZ has none.
    ["select cast(timestamp '2020-01-01 00:00:00' as string)", '2020-01-01 00:00:00'],
    ["select length('æ😀')", '2'],
    ["select concat('<', trim('  x\u00a0'), '>')", '<x\u00a0>'],
  ])('%s is %j', async (sql, text) => {
    expect(await key(sql)).toBe(text)
  })

  it('orders nulls first, and last when descending', async () => {
    const view = viewOf(columns({ n: { kind: 'int' } }), [[1], [null], [2]])
    const order = async (sql: string): Promise<unknown> => {
      const { batches } = await engine.query(sql, new Map([['v', view]]))
      const all: unknown[] = []
      for await (const batch of batches) for (const each of batch) all.push(each?.['n'])
      return all
    }
    expect(await order('select n from v order by n')).toEqual([null, 1, 2])
    expect(await order('select n from v order by n desc')).toEqual([2, 1, null])
    expect(await order('select n from v order by n nulls last')).toEqual([1, 2, null])
    expect(await order('select n from v order by row_number() over (order by n desc)')).toEqual([
      2,
      1,
      null,
    ])
  })

  it.each([
    ['select sum(i) as x from v', 'long', 3n],
    ['select sum(l) as x from v', 'long', 3n],
    ['select sum(m) as x from v', 'decimal(19, 2)', 150n],
    ['select avg(m) as x from v', 'decimal(13, 6)', 1_500_000n],
    ['select sum(m) over () as x from v', 'decimal(19, 2)', 150n],
    ['select count(*) as x from v', 'long', 1n],
    ['select avg(i) as x from v', 'double', 3],
    ['select m as x from v', 'decimal(9, 2)', 150n],
    ['select m * 2 as x from v', 'decimal(11, 2)', 300n],
    ['select m + i as x from v', 'decimal(13, 2)', 450n],
    // More digits than 64 bits hold.
    [
      'select cast(99999999.99 as decimal(10, 2)) * 99999999.99 as x from v',
      'decimal(21, 4)',
      99_999_999_980_000_000_001n,
    ],
    ['select m / 3 as x from v', 'decimal(13, 6)', 500_000n],
    ['select x + 1 as x from (select m * 2 as x from v) as q', 'decimal(12, 2)', 400n],
    ['select f > 0.1 as x from v', 'boolean', true],
    ['select f + 0.1 as x from v', 'double', 0.6],
    ['select size(list) as x from v', 'int', 2],
    ['select year(moment) as x from v', 'int', 2020],
    ['select length(s) as x from v', 'int', 3],
    ['select f / 2 as x from v', 'double', 0.25],
    ['select cast(local as timestamp) as x from v', 'timestamptz', 1_577_836_800_000_000n],
    ['select cast(moment as timestamp_ntz) as x from v', 'timestamp', 1_577_836_800_000_000n],
    ['select cast(moment as date) as x from v', 'date', 18_262],
    ["select tags['k'] as x from v", 'int', 7],
    ['select v.end as x from v', 'string', 'end of it'],
  ])('%s is a %s', async (sql, type, value) => {
    expect(await ask(sql)).toEqual({ types: [type], rows: [[value]] })
  })

  it.each([
    // What is an error in Spark too.
    ["select cast('abc' as int) as x from v", 'text is no whole number', 12],
    ["select i from v where i = '2.7'", 'text is no whole number', 26],
    ["select i from v where i in (1, 'x')", 'text is no whole number', 31],
    ["select coalesce(i, 'none') as x from v", 'text is no whole number', 19],
    ["select cast('infinity' as date) as x from v", 'text is no date', 12],
    ["select i from v where day > 'epoch'", 'text is no date', 28],
    ['select i / 0 as x from v', 'division by zero', 9],
    ['select i % (i - 3) as x from v', 'division by zero', 9],
    ['select list[2] as x from v', 'index beyond an array', 7],
    ["select to_timestamp(s, 'yyyy') as x from v", 'text of another pattern', 7],
    ['select i from v where s = 5', 'text is no whole number', 22],
    ['select i from v where no_such = 1', 'no such column', 22],
    ['select v.i from v join v as w on v.i = w.i where i = 1', 'name of two columns', 49],
  ])('%s is wrong: %s', async (sql, message, offset) => {
    expect(await refusal(sql)).toMatchObject({ kind: 'invalid', message, context: { offset } })
  })

  it.each([
    // Digits that Spark would drop, so that the type fits.
    ['select fine * fine as x from v', 'a decimal of more than 38 digits is refused', 12],
    ['select null as x from v', 'null without a cast is refused', undefined],
    // Text that would be spelled otherwise.
    ['select cast(d as string) as x from v', 'this cast is refused', 7],
    ['select concat(list, s) as x from v', 'this cast is refused', 14],
    ['select cast(d as decimal(9, 2)) as x from v', 'this cast is refused', 7],
    ["select upper('straße') as x from v", 'the case of such letters is refused', 7],
    // Operators that bind otherwise.
    ['select s || i + 1 as x from v', 'operators in this order are refused', 9],
    ["select i from v where s = s like 'a'", 'operators in this order are refused', 24],
    // Regular expressions that Java reads otherwise, or that are not known before they run.
    [
      String.raw`select i from v where s rlike '(?i)a'`,
      'a regular expression of this form is refused',
      24,
    ],
    [
      String.raw`select i from v where s rlike 'a\\b'`,
      'a regular expression of this form is refused',
      24,
    ],
    [
      String.raw`select regexp_replace(s, 'a*', 'b') as x from v`,
      'a regular expression of this form is refused',
      7,
    ],
    [
      'select i from v where s rlike time',
      'a regular expression is refused unless it is a literal',
      24,
    ],
    // Spellings of DuckDB's own, and those that are not known yet.
    ['select 2 ^ 3 as x from v', 'this function is refused', 9],
    ["select i from v where s ilike 'a'", 'this function is refused', 24],
    ["select i from v where regexp_matches(s, 'a')", 'this function is refused', 22],
    ["select i from v where s similar to 'a'", 'this spelling is refused', 24],
    ['select i // 2 as x from v', 'this spelling is refused', 9],
    ['select frazil_array(1) as x from v', 'this spelling is refused', 7],
    ['select i + cast(1 as hugeint) as x from v', 'a cast to this type is refused', 11],
    ['select cast(s as varchar(3)) as x from v', 'a text of a length is refused', 17],
    [
      'select cast(s as decimal) as x from v',
      'a decimal without precision and scale is refused',
      17,
    ],
    ["select date_trunc('decade', moment) as x from v", 'this unit of date_trunc is refused', 7],
    [
      "select date_format(moment, 'yyyy-MM-dd G') as x from v",
      'this pattern of a date is refused',
      7,
    ],
    ["select moment + interval '1.5' month as x from v", 'an interval of this form is refused', 25],
    [
      "select '2020-01-01' + interval 1 day as x from v",
      'an interval beside a text is refused',
      20,
    ],
    ['select day - day as x from v', 'operands of such types are refused', 11],
    ['select 5Z as x from v', 'this suffix of a number is refused', 7],
    ["select X'1a' as x from v", 'this prefix of a literal is refused', 7],
    ["select 'a' 'b' as x from v", 'literals side by side are refused', 11],
    [
      'select i from v where i > any (select i from v)',
      'comparing with a subquery this way is refused',
      24,
    ],
    [
      'select i from v where i in (select day from v as w)',
      'values of these types are refused beside each other',
      24,
    ],
    ['select i from v union by name select i from v', 'this set operation is refused', undefined],
    ['select * exclude (i) from v', 'a star of this form is refused', 7],
    ['select i from v tablesample 10%', 'a sample is refused', 14],
    ['select i from range(5) as v(i)', 'this source of rows is refused', 14],
    ['select i from v limit 10%', 'a limit of this form is refused', undefined],
    ['select distinct on (i) i from v', 'distinct on is refused', undefined],
    ['select i from v qualify row_number() over (order by i) = 1', 'qualify is refused', 55],
    [
      'select explode(list) as a, explode(list) as b from v',
      'two generators of rows in one select are refused',
      27,
    ],
    [
      'select sum(i) over (order by i range between 1 preceding and current row) as x from v',
      'this frame of a window is refused',
      7,
    ],
    ['select localtimestamp as x from v', 'this function is refused', 7],
    ['select current_user as x from v', 'this function is refused', 7],
    ['create table t (i int)', 'anything but a query is refused', undefined],
  ])('%s is refused: %s', async (sql, message, offset) => {
    const error = await refusal(sql)
    expect(error.kind).toBe('unsupported')
    // What is refused, why, and what to do.
    expect(error.message).toMatch(/^[^:]+ (?:is|are) refused\b[^:]*: .+, so .+$/)
    expect(error.message.split(': ')[0]).toBe(message)
    if (offset !== undefined) expect(error.context).toMatchObject({ offset })
  })
})

describe('spellings of Spark', () => {
  it.each([
    ['select /*+ REPARTITION(3) */ i as x from v -- and so on', 3],
    ['select i as x /* a /* nested */ comment */ from v;', 3],
    ['select i as x from v -- goes on \\\n where i = 99\n', 3],
    ['select v.end as x from v', 'end of it'],
    ['select case when end is not null then end end as x from v', 'end of it'],
    [
      'select from + to as x from (select i as from, i as to from v) as q where from between to and 99 and not from = 7',
      6,
    ],
    [
      'select max(at) as x from (select i as at, s as order from v) as q where at > 1 group by order',
      3,
    ],
    ['select case when i == 3 then 1 else 0 end as x from v where `end` <> "x"', 1],
    ['select `we``ird` as x from (select i as `we``ird` from v) as q', 3],
    ['with w as (select i as n from v), u as (select n + 1 as n from w) select n as x from u', 4],
    ['select (select max(i) from v) as x from v', 3],
    ['select i as x from v where exists (select l from v as w where w.l = v.i)', 3],
    ['select row_number() over (partition by s order by i) as x from v', 1],
    ["select count(distinct s) as x from v where s like 'a%' and not s like 'b%'", 1n],
    ['select max(i) filter (where i > 5) as x from v', null],
    ['select i as x from v where i between 1 and 3 and i in (3, 4) and s is not null', 3],
    ['select if(i > 2, 1, 0) as x from v', 1],
    ["select try_cast('no' as int) as x from v", null],
    ["select try_cast('12' as int) as x from v", 12],
    ['select nvl(nullif(i, 3), 9) as x from v', 9],
    ["select cast(interval 1 day + moment > '2020-01-01 12:00:00' as int) as x from v", 1],
    ["select year(moment + interval '2 years') as x from v", 2022],
    ['select i % 2 as x from v', 1],
    ['select - abs(- i) as x from v', -3],
    ['select x from v lateral view explode(list) e as x where x > 1', 2],
    ['select x from v lateral view outer posexplode(list) e as p, x where p = 1', 2],
    ['select i as x from v left semi join v as w on v.i = w.i', 3],
    ['select i as x from v join v as w using (i)', 3],
    ['select i as x from v minus select 4', 3],
    ['select i as x from v distribute by i sort by i', 3],
    ['select i as x from v where i in (select i from v)', 3],
    ['select i as x from v union select 3', 3],
    ['select i as x from v group by x having x > 1', 3],
    ['select x from (select i + 1 as one, one - 1 as x from v) as q', 3],
    ['select i as x from v where l in (select i from v)', 3],
  ])('%s', async (sql, value) => {
    expect((await ask(sql)).rows).toEqual([[value]])
  })
})

describe('faults of SQL', () => {
  it.each([
    ['select i from', 'syntax error at end of input', 9],
    ['select i,, l from v', 'syntax error at or near ","', 9],
    ["select i from v where day > '2020-13-01'", 'date field value out of range', undefined],
    ['select i + 2147483647 as x from v', 'Overflow in addition', undefined],
  ])('%s says %s', async (sql, detail, offset) => {
    const { kind, context } = await refusal(sql)
    expect(kind).toBe('invalid')
    expect(context['detail']).toContain(detail)
    if (offset !== undefined) expect(context['offset']).toBe(offset)
  })

  it.each([
    ['select i from other', 'no such view', 14],
    ['select `time`, "æ😀", no_such from v', 'no such column', 22],
    ['select i from main.v', 'no such view', 14],
    ['select 1 as x; select 2 as x', 'more than one query', undefined],
    ['', 'no query', undefined],
    ['select i + 1 from v', 'expression without a name: say which with AS', undefined],
    ['select i, l as I from v', 'result has two columns of one name', undefined],
    ["select '$|hole|' as x from v", 'hole has no value', 8],
  ])('%j says %s', async (sql, message, offset) => {
    const error = await refusal(sql)
    expect(error).toMatchObject({ kind: 'invalid', message })
    if (offset !== undefined) expect(error.context).toMatchObject({ offset })
  })

  it('never tells values of rows', async () => {
    const view = viewOf(columns({ s: { kind: 'string' } }), [['my secret 4711']])
    const rows = async (sql: string): Promise<void> => {
      const { batches } = await engine.query(sql, new Map([['v', view]]))
      for await (const batch of batches) expect(batch.numRows).toBe(1)
    }
    for (const type of ['double', 'boolean', 'uuid', 'decimal(9, 2)']) {
      const error: unknown = await rows(`select cast(s as ${type}) as x from v`).catch(
        (reason: unknown) => reason,
      )
      expect(error).toBeInstanceOf(IcebergError)
      expect(JSON.stringify([String(error), error])).not.toMatch(/secret|4711/)
    }
  })

  it('lets no query out of its box', async () => {
    for (const source of [
      "read_text('/etc/hostname')",
      "'/etc/hostname'",
      'duckdb_settings()',
      'information_schema.tables',
      'sqlite_master',
    ]) {
      expect((await refusal(`select * from ${source}`)).kind).toMatch(/invalid|unsupported/)
    }
    expect((await refusal('set lock_configuration = false')).kind).toBe('unsupported')
    expect((await refusal("copy v to '/tmp/x'")).kind).toBe('unsupported')
    expect((await refusal("select getenv('HOME') as x from v")).message).toMatch(
      /^this function is refused/,
    )
  })
})

describe('keys', () => {
  it.each([
    ["select to_timestamp('2020-01-01 00:00:00')", '2020-01-01 00:00:00'],
    ["select to_timestamp('2020-01-01 00:00:00') + INTERVAL '1' MONTH", '2020-02-01 00:00:00'],
    ["select to_timestamp('2020-01-31T12:30:00.120') + INTERVAL 1 MONTH", '2020-02-29 12:30:00.12'],
    ['SELECT "2022-09-01 00:00:00"', '2022-09-01 00:00:00'],
    ["select '2022-01-01'", '2022-01-01'],
    ['select current_timestamp()', '2026-01-01 00:00:00'],
    ['select CURRENT_TIMESTAMP', '2026-01-01 00:00:00'],
    ['select now() - interval 1 hour', '2025-12-31 23:00:00'],
    ['select current_date', '2026-01-01'],
    ["select to_date('2020-02-03 04:05:06')", '2020-02-03'],
    ["select date_format(now(), 'yyyy-MM-dd\\'T\\'HH:mm:ss.SSS')", '2026-01-01T00:00:00.000'],
    ["select date_trunc('MM', to_timestamp('2020-02-03 04:05:06'))", '2020-02-01 00:00:00'],
    ['select 10', '10'],
    ['select 12.50', '12.50'],
    ['select -9223372036854775807', '-9223372036854775807'],
    ['select max(x) from (select 5 as x)', '5'],
    ['select extract(year from now())', '2026'],
  ])('%s is %s', async (sql, text) => {
    expect(await key(sql)).toBe(text)
  })

  it('are in the zone of the session, and without it', async () => {
    expect(await oslo.evaluateKey('select current_timestamp()')).toBe('2026-01-01 01:00:00')
    expect(await oslo.evaluateKey('select current_date')).toBe('2026-01-01')
    expect(await oslo.evaluateKey("select to_timestamp('2020-06-01 00:00:00Z')")).toBe(
      '2020-06-01 02:00:00',
    )
    // A month later is a month later on the clock on the wall.
    expect(
      await oslo.evaluateKey("select to_timestamp('2020-03-01 00:00:00') + interval 1 month"),
    ).toBe('2020-04-01 00:00:00')
    // So is a day, also when it is told in hours: this one has 23 of them.
    const eve = "to_timestamp('2020-03-28 12:00:00')"
    expect(await oslo.evaluateKey(`select ${eve} + interval 1 day`)).toBe('2020-03-29 12:00:00')
    expect(await oslo.evaluateKey(`select ${eve} + interval 25 hours`)).toBe('2020-03-29 13:00:00')
    expect(await oslo.evaluateKey(`select ${eve} + interval 15 hours`)).toBe('2020-03-29 04:00:00')
  })

  it.each([
    ['select 1, 2', 'key has more than one column'],
    ['select 1 where false', 'key has no row'],
    [
      'select x from (select 1 as x) as a cross join (select 1 as y) as b where x = 2',
      'key has no row',
    ],
    ['select null', 'key is null'],
    ['select cast(null as timestamp)', 'key is null'],
    ["select date '9999-12-31' + 1", 'key is outside of the years 0 to 9999'],
    ['select * from v', 'no such view'],
  ])('%s is refused: %s', async (sql, message) => {
    await expect(key(sql)).rejects.toMatchObject({ kind: 'invalid', message })
  })
})
