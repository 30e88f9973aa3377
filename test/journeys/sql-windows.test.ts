/** Windows whose rows the SQL engine works out: the table is what DuckDB alone makes of the same rows. */
import { describe, expect, it } from 'vitest'

import { systemEnvironment } from '../../src/base/environment.ts'
import { openLake } from '../../src/jobs/lake.ts'
import { temporaryFolder } from '../support/folders.ts'
import {
  CONTEXT,
  HALF_OPEN,
  OPEN_CLOSED,
  TARGET,
  addedFiles,
  generateOrders,
  liveFiles,
  ordersConfig,
  ordersOracle,
  ordersWarehouse,
  readFiles,
} from '../support/jobs/orders.ts'
import { monthStart, ordersText, runJobs, windowOf } from '../support/jobs/run-orders.ts'
import { engineForTests } from '../support/sql/engine.ts'

const engine = engineForTests()

/** `W` is the window. What the two spell alike they are to mean alike. */
const QUERIES = [
  `select order_id, trim(city) as city, order_date from ${CONTEXT} where W and (city <> 'x' or city is null)`,
  `select order_id, city || '-' || customer as place, order_date from ${CONTEXT} where (city like 'O%' or amount > 0) and W`,
  `select order_id, cast(amount * 2 as decimal(14,2)) as twice, order_date from (select * from ${CONTEXT} where W) where amount > 0`,
  `select o.order_id, case when rating > 1 then 'good' when rating is null then 'none' else 'bad' end as verdict, o.order_date from ${CONTEXT} o where W and not is_gift`,
  `with month as (select * from ${CONTEXT} where W) select city, count(*) as orders, cast(sum(amount) as decimal(18,2)) as amount, max(order_date) as order_date from month group by city`,
  `select order_id, row_number() over (partition by city order by order_date, order_id) as nth, order_date from ${CONTEXT} where W and city in ('Oslo', 'oslo', 'Zürich', 'x')`,
  `select order_id, order_date from ${CONTEXT} where W and amount > (select avg(cast(amount as double)) from ${CONTEXT})`,
]

describe('a window of a query', () => {
  it.each(QUERIES)('gives the rows of DuckDB: %s', async (query) => {
    const orders = generateOrders('timestamp', { count: 240, seed: QUERIES.indexOf(query) })
    const folder = temporaryFolder()
    const warehouse = await ordersWarehouse(folder, 'timestamp', orders)
    const lake = openLake(await ordersConfig(folder), { environment: systemEnvironment })
    const oracle = await ordersOracle('timestamp', orders)
    const sql = query.replace('W', `(${HALF_OPEN})`)
    const text = ordersText([`select * from ${CONTEXT} where ${OPEN_CLOSED}`, quoted(sql)])
    let rows = 0

    for (let month = 0; month < 2; month += 1) {
      const answer = sql
        .replace('$|start|', monthStart(month))
        .replace('$|end|', monthStart(month + 1))
      const window = windowOf(await runJobs({ lake, engine, text }))
      expect(window).toMatchObject({
        outcome: 'written',
        run: month + 1,
        sources: [{ direct: false }],
      })
      const table = await warehouse.loadTable(TARGET)
      const added =
        table.currentSnapshot === null ? [] : await addedFiles(table, table.currentSnapshot)
      expect(await oracle.differences(answer, readFiles(added))).toEqual([])
      rows += await oracle.count(answer)
    }
    const live = await liveFiles(await warehouse.loadTable(TARGET))
    expect(await oracle.count(readFiles(live))).toBe(rows)
    expect(rows).toBeGreaterThan(5)
  })
})

/** A scalar of YAML on one line. */
function quoted(sql: string): string {
  return `"${sql.replaceAll('"', '\\"')}"`
}
