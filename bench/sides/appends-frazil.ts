// Reads the rows of the last appends to Arrow batches, none of which is kept.
import { openWarehouse } from 'frazil'

import { historyFolder, lastAppends } from '../appends.js'
import { reportSide } from '../measure.js'
import { Ride } from '../rides.js'
import { sideSettings } from '../settings.js'

const folder = historyFolder('long', sideSettings())
await reportSide(async () => {
  const warehouse = await openWarehouse(folder)
  const rides = await warehouse.loadTable('city.rides', Ride)
  let rows = 0
  for await (const batch of rides.appends(lastAppends(rides.snapshots)).batches()) {
    rows += batch.numRows
  }
  return { rows }
})
