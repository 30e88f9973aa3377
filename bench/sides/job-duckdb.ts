// The same job by DuckDB alone: the months of the table's data files, sorted, written a file a day. Its files are synced too.
//
// `ordered`: the month is read once and each day is written by a statement of its own, which keeps its order.
// `partition-by`: one statement a month, which is shorter and leaves most files out of order.
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

import { DuckDBInstance } from '@duckdb/node-api'
import type { DuckDBConnection } from '@duckdb/node-api'

import { reportSide } from '../measure.js'
import { flightsFolder, sideSettings } from '../settings.js'
import { syncFiles } from '../sync-files.js'

const MONTHS = 6

const settings = sideSettings()
const target = join(settings.folder, 'duckdb')
await rm(target, { recursive: true, force: true })
await mkdir(target)
await reportSide(async () => {
  const instance = await DuckDBInstance.create()
  const connection = await instance.connect()
  const files = join(flightsFolder(settings), 'air/flights/data/*.parquet')
  await connection.run(`create view flights as from read_parquet('${files}')`)
  let rows = 0
  for (let month = 1; month <= MONTHS; month += 1) rows += await writeMonth(connection, month)
  const written = await syncFiles(target)
  return { rows, files: written }
})

async function writeMonth(connection: DuckDBConnection, month: number): Promise<number> {
  const start = `timestamp '2001-${String(month).padStart(2, '0')}-01'`
  const query = `from flights where date >= ${start} and date < ${start} + interval 1 month`
  if (settings.variant === 'partition-by') {
    const copy = `copy (select *, cast(date as date) as day ${query} order by day, delay desc, date) to '${target}'
      (format parquet, compression zstd, partition_by (day), append)`
    return (await connection.run(copy)).rowsChanged
  }
  await connection.run(
    `create or replace temp table month as select *, cast(date as date) as day ${query}`,
  )
  const days = await connection.runAndReadAll(
    'select distinct cast(day as varchar) from month order by 1',
  )
  let rows = 0
  for (const [day] of days.getRows()) {
    const copy = `copy (select * exclude day from month where day = '${String(day)}' order by delay desc, date)
      to '${join(target, `${String(day)}.parquet`)}' (format parquet, compression zstd)`
    rows += (await connection.run(copy)).rowsChanged
  }
  return rows
}
