// Makes the table that the workflows of this folder read: `retail.orders`, a commit for each week of fourteen months.
import { join } from 'node:path'

import { openWarehouse } from 'frazil'
import { loadConfigFile } from 'frazil/jobs'

import { Order, ordersByWeek } from './orders.js'

/** The table property that says how far the load has come; it is set by the commit of each week. */
const LOADED = 'example.loaded-until'

const { catalogs } = await loadConfigFile(join('examples/retail', 'frazil.yaml'), process.env)
const local = catalogs.get('local')
if (local?.type !== 'file') throw new Error('the example keeps its tables in files')
const warehouse = await openWarehouse(local.warehouse)
const orders = (await warehouse.tableExists('retail.orders'))
  ? await warehouse.loadTable('retail.orders', Order)
  : await warehouse.createTable('retail.orders', {
      schema: Order,
      partitionBy: ['month(order_date)'],
    })
const loadedUntil = orders.properties.get(LOADED) ?? ''
let rows = 0n
for (const week of ordersByWeek()) {
  if (week.until <= loadedUntil) continue
  const commit = await orders.transaction(async (tx) => {
    await tx.append(week.orders)
    tx.setProperties({ [LOADED]: week.until })
  })
  rows += commit.addedRows
}
console.log(`retail.orders: loaded ${rows} orders`)
