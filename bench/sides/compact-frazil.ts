// Compacts the table of small files, in one commit: as the rows lie or sorted, by batches or by DuckDB.
import { openWarehouse } from 'frazil'
import { duckdb } from 'frazil/duckdb'
import { compactFiles } from 'frazil/maintenance'

import { smallFilesFolder, undoCompaction } from '../compactions.js'
import type { CompactionVariant } from '../compactions.js'
import { reportSide } from '../measure.js'
import { Ride } from '../rides.js'
import { sideSettings } from '../settings.js'
import { spillFolder } from '../sorts.js'

const settings = sideSettings()
// What `comparisons` asks for.
const variant = settings.variant as CompactionVariant
const engine = variant.endsWith('DuckDB') ? { engine: duckdb() } : {}
const warehouse = await openWarehouse(smallFilesFolder(settings), engine)
const rides = await warehouse.loadTable('city.rides', Ride)
const before = rides.currentSnapshot?.snapshotId ?? 0n
let addedFiles: readonly string[] = []
await reportSide(async () => {
  const report = await compactFiles(rides, {
    ...(variant.startsWith('sort') ? { sort: 'fare' } : {}),
    tempFolder: spillFolder(settings),
  })
  addedFiles = report.addedFiles
  return { rows: Number(report.rows) }
})
await undoCompaction(rides, { before, addedFiles })
