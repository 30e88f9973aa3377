// Makes the table of small files, each a commit of its own.
import { openWarehouse } from 'frazil'

import { SMALL_FILE_ROWS, smallFilesFolder } from '../compactions.js'
import { reportSide } from '../measure.js'
import { Ride, rideBatches } from '../rides.js'
import { sideSettings } from '../settings.js'

const settings = sideSettings()
await reportSide(async (stopwatch) => {
  const warehouse = await openWarehouse(smallFilesFolder(settings))
  const rides = await warehouse.createTable('city.rides', { schema: Ride })
  let rows = 0
  for (const batch of rideBatches(settings.rows, stopwatch, 'any day', SMALL_FILE_ROWS)) {
    rows += Number((await rides.append(batch)).addedRows)
  }
  return { rows }
})
