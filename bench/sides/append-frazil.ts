// Appends rides to a new table, in one commit.
import { rm } from 'node:fs/promises'

import { openWarehouse } from 'frazil'

import { reportSide } from '../measure.js'
import { Ride, rideBatches } from '../rides.js'
import { ridesFolder, sideSettings } from '../settings.js'
import { workersOf } from '../workers.js'

const settings = sideSettings()
await rm(ridesFolder(settings), { recursive: true, force: true })
await reportSide(async (stopwatch) => {
  const warehouse = await openWarehouse(ridesFolder(settings), workersOf(settings))
  const rides = await warehouse.createTable('city.rides', { schema: Ride })
  const { addedRows } = await rides.append(rideBatches(settings.rows, stopwatch))
  return { rows: Number(addedRows) }
})
