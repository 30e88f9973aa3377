// Appends rides a few at a time, each time in a commit of its own: the histories that are read from.
import { openWarehouse } from 'frazil'

import { APPEND_ROWS, HISTORY, historyFolder } from '../appends.js'
import type { HistoryVariant } from '../appends.js'
import { reportSide } from '../measure.js'
import { Ride, rideBatches } from '../rides.js'
import { sideSettings } from '../settings.js'

const settings = sideSettings()
const variant = settings.variant as HistoryVariant
await reportSide(async (stopwatch) => {
  const warehouse = await openWarehouse(historyFolder(variant, settings))
  const rides = await warehouse.createTable('city.rides', { schema: Ride })
  const rows = APPEND_ROWS * HISTORY[variant]
  for (const batch of rideBatches(rows, stopwatch, 'in order', APPEND_ROWS)) {
    await rides.append([batch])
  }
  return { rows, commits: rides.snapshots.length }
})
