// Appends rides of any day to a new table, in one commit: as they come, cut by day, or sorted.
import { rm } from 'node:fs/promises'

import { openWarehouse } from 'frazil'

import { reportSide } from '../measure.js'
import { Ride, rideBatches } from '../rides.js'
import { sideSettings } from '../settings.js'
import { sortFolder, sortTask } from '../sorts.js'
import type { SortVariant } from '../sorts.js'

const settings = sideSettings()
const variant = settings.variant as SortVariant
const folder = sortFolder(variant, settings)
const { rows, layout, options } = sortTask(variant, settings)
await rm(folder, { recursive: true, force: true })
await reportSide(async (stopwatch) => {
  const warehouse = await openWarehouse(folder)
  const rides = await warehouse.createTable('city.rides', { schema: Ride, ...layout })
  const { addedRows } = await rides.append(rideBatches(rows, stopwatch, 'any day'), options)
  return { rows: Number(addedRows) }
})
