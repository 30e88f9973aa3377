// Plans the read of the last appends, the first plan of the process; the table is loaded before, as its metadata lists the
// whole history.
import { openWarehouse } from 'frazil'

import { LAST_APPENDS, historyFolder, lastAppends } from '../appends.js'
import type { HistoryVariant } from '../appends.js'
import { reportSide } from '../measure.js'
import { sideSettings } from '../settings.js'

const settings = sideSettings()
const folder = historyFolder(settings.variant as HistoryVariant, settings)
const warehouse = await openWarehouse(folder)
const rides = await warehouse.loadTable('city.rides')
await reportSide(async () => {
  const { tasks } = await rides.appends(lastAppends(rides.snapshots)).plan()
  if (tasks.length !== LAST_APPENDS) throw new Error(`${tasks.length} files were planned`)
  return { files: tasks.length }
})
