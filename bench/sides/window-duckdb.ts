// The same window by DuckDB alone: the month read and filtered, each day sorted and written by a statement of its own, the files
// synced.
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

import { DuckDBInstance } from '@duckdb/node-api'

import { reportSide } from '../measure.js'
import { sideSettings } from '../settings.js'
import { syncFiles } from '../sync-files.js'
import { sourceFolder, targetFolder, windowTexts } from '../windows.js'

const settings = sideSettings()
const target = targetFolder(settings)
await rm(target, { recursive: true, force: true })
await mkdir(target)
await reportSide(async () => {
  const instance = await DuckDBInstance.create()
  const connection = await instance.connect()
  const [start, end] = windowTexts()
  const files = join(sourceFolder(settings), 'city/rides/data/*.parquet')
  await connection.run(`create temp table month as select *, cast(pickup as date) as day
    from read_parquet('${files}') where pickup > '${start}' and pickup <= '${end}'`)
  const days = await connection.runAndReadAll(
    'select distinct cast(day as varchar) from month order by 1',
  )
  let rows = 0
  for (const [day] of days.getRows()) {
    const copy = `copy (select * exclude day from month where day = '${String(day)}' order by pickup desc)
      to '${join(target, `${String(day)}.parquet`)}' (format parquet, compression zstd)`
    rows += (await connection.run(copy)).rowsChanged
  }
  await syncFiles(target)
  return { rows }
})
