// Plans a scan, the first one of the process.
import { openWarehouse } from 'frazil'

import { reportSide } from '../measure.js'
import { planningFolder, planningQuestion } from '../planning.js'
import type { PlanningVariant } from '../planning.js'
import { sideSettings } from '../settings.js'

const settings = sideSettings()
const { filter, files } = planningQuestion(settings.variant as PlanningVariant, settings)
await reportSide(async () => {
  const warehouse = await openWarehouse(planningFolder(settings))
  const rides = await warehouse.loadTable('city.rides')
  const scan = filter === null ? rides.scan() : rides.scan().where(filter)
  const { tasks } = await scan.plan()
  if (tasks.length !== files) throw new Error(`${tasks.length} files were planned, not ${files}`)
  return {}
})
