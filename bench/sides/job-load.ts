// Loads the flights as the example does, a day a commit: what the job reads. Measured for what a commit costs.
import { openWarehouse } from 'frazil'

import { Flight, flightsByDay } from '../../examples/flights/source.js'
import { reportSide } from '../measure.js'
import { flightsFolder, sideSettings } from '../settings.js'

const settings = sideSettings()
await reportSide(async () => {
  const warehouse = await openWarehouse(flightsFolder(settings))
  const flights = await warehouse.createTable('air.flights', { schema: Flight })
  let [rows, commits] = [0, 0]
  for await (const { batches } of flightsByDay()) {
    const commit = await flights.append(batches)
    rows += Number(commit.addedRows)
    commits += 1
  }
  return { rows, commits }
})
