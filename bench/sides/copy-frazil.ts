// Reads rides of any day from a table, and appends them to a new one whose days are sorted, in one commit: by batches, or
// by DuckDB, which reads, sorts and writes the files by itself.
import { rm } from 'node:fs/promises'

import { openWarehouse } from 'frazil'
import { duckdb } from 'frazil/duckdb'

import { reportSide } from '../measure.js'
import { Ride } from '../rides.js'
import { sideSettings } from '../settings.js'
import { SORTED_DAYS, sortFolder, spillFolder } from '../sorts.js'

const settings = sideSettings()
const folder = sortFolder('days', settings)
await rm(folder, { recursive: true, force: true })
await reportSide(async () => {
  const source = await openWarehouse(sortFolder('source', settings))
  const rides = await source.loadTable('city.rides', Ride)
  const engine = settings.variant === 'by DuckDB' ? { engine: duckdb() } : {}
  const target = await openWarehouse(folder, engine)
  const days = await target.createTable('city.rides', { schema: Ride, ...SORTED_DAYS })
  const tempFolder = spillFolder(settings)
  const { addedRows } = await days.append(rides.scan().batches(), { tempFolder })
  return { rows: Number(addedRows) }
})
