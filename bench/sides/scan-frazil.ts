// Scans the table of rides to Arrow batches, none of which is kept.
import { and, gtEq, lt, openWarehouse } from 'frazil'

import { reportSide } from '../measure.js'
import { Ride } from '../rides.js'
import { rideScan } from '../scans.js'
import type { ScanVariant } from '../scans.js'
import { ridesFolder, sideSettings } from '../settings.js'
import { variantOf, workersOf } from '../workers.js'

const settings = sideSettings()
const { columns, filter } = rideScan(variantOf(settings) as ScanVariant, settings.rows)
await reportSide(async () => {
  const warehouse = await openWarehouse(ridesFolder(settings), workersOf(settings))
  const rides = await warehouse.loadTable('city.rides', Ride)
  let scan = rides.scan()
  if (filter !== null) {
    scan = scan.where(and(gtEq(filter.column, filter.low), lt(filter.column, filter.high)))
  }
  const batches =
    columns === null ? scan.batches() : scan.selectPaths(columns.map((name) => [name])).batches()
  let rows = 0
  for await (const batch of batches) rows += batch.numRows
  return { rows }
})
