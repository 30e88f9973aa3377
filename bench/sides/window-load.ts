// Fourteen months of rides, a commit each: what the window is taken out of.
import { rm } from 'node:fs/promises'

import { openWarehouse } from 'frazil'

import { reportSide } from '../measure.js'
import { Ride, rideBatches } from '../rides.js'
import { sideSettings } from '../settings.js'
import { anyTimeOf, months, sourceFolder } from '../windows.js'

const settings = sideSettings()
await rm(sourceFolder(settings), { recursive: true, force: true })
await reportSide(async (stopwatch) => {
  const warehouse = await openWarehouse(sourceFolder(settings))
  const rides = await warehouse.createTable('city.rides', { schema: Ride })
  let rows = 0
  for (const month of months(settings)) {
    const commit = await rides.append(rideBatches(month.rows, stopwatch, anyTimeOf(month)))
    rows += Number(commit.addedRows)
  }
  return { rows }
})
