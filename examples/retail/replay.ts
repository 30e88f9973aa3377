// A job without a file: orders by month, and a run of it done again.
import { join } from 'node:path'

import { openWarehouse } from 'frazil'
import { incrementalJob, loadConfigFile } from 'frazil/jobs'

import { Order } from './orders.js'

const { catalogs } = await loadConfigFile(join('examples/retail', 'frazil.yaml'), process.env)
const local = catalogs.get('local')
if (local?.type !== 'file') throw new Error('the example keeps its tables in files')
const warehouse = await openWarehouse(local.warehouse)
const source = await warehouse.loadTable('retail.orders', Order)
const target = (await warehouse.tableExists('retail.orders_replayed'))
  ? await warehouse.loadTable('retail.orders_replayed', Order)
  : await warehouse.createTable('retail.orders_replayed', {
      schema: Order,
      partitionBy: ['day(order_date)'],
    })

const monthly = incrementalJob({
  id: 'orders-replayed',
  source,
  target,
  window: { column: 'order_date', start: '2025-01-01', step: '1 month' },
  write: { mode: 'overwrite-partitions', sort: 'order_date' },
})
for await (const { run, window, rows } of monthly.catchUp()) {
  if (run !== null) console.log(`run ${run}: ${window.start} to ${window.end}, ${rows} orders`)
}
const again = await monthly.replay(1)
console.log(`run 1 again: ${again.rows} orders in place of those that it had left`)
