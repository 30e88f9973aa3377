// Appends rides to a new table of thirty partitions, each sorted by a column that is in no order, in one commit.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'

import { openWarehouse } from 'frazil'

import { reportSide } from '../measure.js'
import { Ride, rideBatches } from '../rides.js'
import { ridesFolder, sideSettings } from '../settings.js'

const settings = sideSettings()
await rm(ridesFolder(settings), { recursive: true, force: true })
const options = {
  memory: { sortBytes: Number.MAX_SAFE_INTEGER },
  spilled: { tempFolder: join(settings.folder, 'spill') },
  unsorted: { sort: 'none' },
}[settings.variant]
await reportSide(async (stopwatch) => {
  const warehouse = await openWarehouse(ridesFolder(settings))
  const rides = await warehouse.createTable('city.rides', {
    schema: Ride,
    partitionBy: ['bucket(30, pickup_zone)'],
    sortBy: ['fare'],
  })
  const { addedRows } = await rides.append(rideBatches(settings.rows, stopwatch), options)
  return { rows: Number(addedRows) }
})
