import { describe, expect, it } from 'vitest'
import { describePredicate } from '../../../../src/expressions/describe.ts'
import { bindHoles } from '../../../../src/jobs/sql/holes.ts'
import { pushdownOf } from '../../../../src/jobs/sql/pushdown.ts'
import type { Pushdown } from '../../../../src/jobs/sql/pushdown.ts'
import { columns, engineForTests, rowsOfQuery, viewOf } from '../../../support/sql/engine.ts'

const engine = engineForTests()

const schema = columns({
  id: { kind: 'long' },
  Amount: { kind: 'double' },
  city: { kind: 'string' },
  order_date: { kind: 'timestamptz' },
  driver: {
    kind: 'struct',
    fields: [{ id: 0, name: 'Name', required: false, type: { kind: 'string' } }],
  },
})

async function pushdown(sql: string, timeZone = 'UTC'): Promise<Pushdown> {
  const tree = await engine.parse(sql, new Map([['v', schema]]))
  return pushdownOf(tree, 'v', schema, timeZone)
}

const ALL = ['id', 'Amount', 'city', 'order_date', 'driver']

describe('the window of an incremental job', () => {
  const sql = bindHoles(
    "select * from V where order_date > '$|start|' AND order_date <= '$|end|'",
    new Map([
      ['start', '2020-01-01 00:00:00'],
      ['end', '2020-02-01 00:00:00'],
    ]),
  )

  it('is the scan’s alone when the session is in UTC', async () => {
    expect(await pushdown(sql)).toEqual({
      expression: {
        kind: 'and',
        children: [
          { kind: 'gt', column: ['order_date'], literal: 1_577_836_800_000_000n },
          { kind: 'lt-eq', column: ['order_date'], literal: 1_580_515_200_000_000n },
        ],
      },
      fully: true,
      columns: ALL,
    })
  })

  it('is DuckDB’s in another zone, whose rules the scan does not know', async () => {
    expect(await pushdown(sql, 'Europe/Oslo')).toEqual({
      expression: { kind: 'true' },
      fully: false,
      columns: null,
    })
  })
})

describe('what a scan can do of a query', () => {
  it('finds columns without case, also qualified and in structs', async () => {
    const { expression } = await pushdown(
      "select * from v as t where T.AMOUNT < 1 and driver.name = 'a' and t.driver.NAME is not null",
    )
    expect(expression).toEqual({
      kind: 'and',
      children: [
        { kind: 'lt', column: ['Amount'], literal: 1 },
        { kind: 'eq', column: ['driver', 'Name'], literal: 'a' },
        { kind: 'not-null', column: ['driver', 'Name'] },
      ],
    })
  })

  it('keeps the rows in which a float is NaN where DuckDB does', async () => {
    const { expression } = await pushdown('select * from v where Amount > 5')
    expect(describePredicate(expression)).toMatch(/is nan/i)
  })

  it('takes the conjuncts that it knows, and leaves the others to the query', async () => {
    expect(await pushdown('select * from v where id > 5 and length(city) = 3')).toEqual({
      expression: { kind: 'gt', column: ['id'], literal: { kind: 'number-text', text: '5' } },
      fully: false,
      columns: null,
    })
  })

  it.each([
    'select * from v where id > 5 or length(city) = 3',
    'select * from v where not (id > 5 and length(city) = 3)',
    'select * from v where id + 1 > 5',
    "select * from v where city like 'a_'",
    'select * from v where id = null',
  ])('leaves all of %s to the query', async (sql) => {
    expect(await pushdown(sql)).toEqual({
      expression: { kind: 'true' },
      fully: false,
      columns: null,
    })
  })

  it.each([
    [
      'a second reading of the view',
      'select * from v where id > 5 and id = (select max(id) from v)',
    ],
    ['a join', 'select a.id from v as a join v as b on a.id = b.id where a.id > 5'],
    ['a query in between', 'select * from (select id + 1 as id from v) as q where id > 5'],
    ['a view of the query’s own', 'with w as (select * from v) select * from w where id > 5'],
    ['other names for its columns', 'select * from v as t(a, b, c, d, e) where a > 5'],
  ])('does nothing below %s', async (_, sql) => {
    expect(await pushdown(sql)).toMatchObject({ expression: { kind: 'true' }, columns: null })
  })

  it('means the column where an item of the query has its name', async () => {
    const sql = 'select id + 1 as Amount from v where amount > 5'
    expect((await pushdown(sql)).expression).toMatchObject({
      kind: 'or',
      children: [{ kind: 'gt', column: ['Amount'] }, { kind: 'is-nan' }],
    })
    const rows = [
      [1n, 9, 'a', 0n, null],
      [9n, 1, 'b', 0n, null],
    ]
    expect(await rowsOfQuery(engine, sql, viewOf(schema, rows))).toEqual([[2n]])
  })

  it.each([
    ['select * from v', ALL],
    ['select v.* from v', ALL],
    ['select city, ID from v where id > 5', ['city', 'id']],
    ['select t.city as city from v t', ['city']],
  ])('is the answer of %s', async (sql, names) => {
    expect((await pushdown(sql)).columns).toEqual(names)
  })

  it.each([
    'select *, id as twin from v',
    'select city as town from v',
    'select city as CITY from v',
    'select driver.name from v',
    'select distinct city from v',
    'select city from v order by city',
    'select city from v limit 1',
    'select city from v group by city',
    'select city from v group by all',
    'select count(*) as n from v',
    'select city from v having true',
  ])('is not the answer of %s', async (sql) => {
    expect((await pushdown(sql)).columns).toBeNull()
  })
})
