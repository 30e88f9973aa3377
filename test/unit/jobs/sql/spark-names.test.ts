import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { respell } from '../../../../src/jobs/sql/spark-text.ts'

describe('names that DuckDB keeps for itself', () => {
  let instance: DuckDBInstance
  let keywords: readonly string[]

  beforeAll(async () => {
    instance = await DuckDBInstance.create(':memory:')
    keywords = (await ask('SELECT keyword_name FROM duckdb_keywords() ORDER BY 1')).map(String)
  })
  afterAll(() => instance.closeSync())

  async function ask(query: string, ...values: readonly string[]): Promise<readonly unknown[]> {
    const connection = await instance.connect()
    try {
      return (await connection.runAndReadAll(query, [...values])).getRows().map(([value]) => value)
    } finally {
      connection.closeSync()
    }
  }

  /** What DuckDB reads, apart from where it stands. */
  async function tree(sql: string): Promise<string> {
    const [json] = await ask('SELECT json_serialize_sql($1::VARCHAR)', respell(sql).text)
    return String(json).replaceAll(/"(?:query_location|position)":"?\d+"?/g, '')
  }

  it.each([
    [
      'select at from v where at > 1 order by at',
      'select "at" from v where "at" > 1 order by "at"',
    ],
    ['select order, end from v order by order', 'select "order", "end" from v order by "order"'],
    ['select case when end > 1 then 1 end from v', 'select case when "end" > 1 then 1 end from v'],
    [
      'select 1 from v where not to = 1 and not end',
      'select 1 from v where not "to" = 1 and not "end"',
    ],
    ['select from, to from v', 'select "from", "to" from v'],
    ['select i as and from v', 'select i as and from v'],
    ['select v.from from v', 'select v.from from v'],
    // In Spark a view of another name, joined.
    ['select * from v asof join w on true', 'select * from v "asof" join w on true'],
  ])('%s', (sql, spelled) => {
    expect(respell(sql).text.replaceAll(' ,', ',')).toBe(spelled)
  })

  it.each([
    'select i is distinct from j, i is not distinct from j from v where i not in (1) and s not like s',
    'select sum(i) over (partition by s order by i) as x from v group by i having i > 1 limit 3',
    'select * from v left join w using (i) cross join u where i in (1) and not i is null',
    "select trim(both ' ' from s), trim(leading from s), left(s, 2) from v",
    'select all i from (with u as (select i from v) select * from u union all table u) as w',
    'select case when i > 1 then 1 else 2 end, substring(s from 2 for 3) from v, lateral (select 1)',
  ])('%s stays as it is', (sql) => {
    expect(respell(sql).text).toBe(sql)
  })

  it('are always read as if they stood in backquotes, where Spark takes them for names', async () => {
    const templates = [
      'select ? from v',
      'select i, ? from v where ? > 1 and i < ? order by ?, i',
      'select v.?, ? + 1 from v group by i, ? having ? = 1',
      'select w.x from (select ? as x from v) as w where ? between ? and ?',
      'select case when ? > 1 then ? else ? end as x from v',
      'with u as (select ?, i from v) select u.? from u join v on u.? = v.?',
    ]
    for (const word of keywords.filter((keyword) => !BEGINS_AN_OPERAND.has(keyword))) {
      for (const template of templates) {
        const [plain, quoted] = [word, `\`${word}\``].map((name) => template.replaceAll('?', name))
        expect([plain, await tree(plain ?? '')]).toEqual([plain, await tree(quoted ?? '')])
      }
      const inside = `select max(?) as ?, i as ? from v`
      if (MAY_FOLLOW_A_BRACKET.has(word)) continue
      expect(await tree(inside.replaceAll('?', word))).toBe(
        await tree(inside.replaceAll('?', `\`${word}\``)),
      )
    }
  })
})

/** Words that mean more at the beginning of an operand, or of a list, in Spark too. */
const BEGINS_AN_OPERAND = new Set(
  'all any array case cast current_catalog distinct exists false interval lateral not null select true'.split(
    ' ',
  ),
)

const MAY_FOLLOW_A_BRACKET = new Set([
  'both',
  'from',
  'leading',
  'table',
  'trailing',
  'where',
  'with',
])
