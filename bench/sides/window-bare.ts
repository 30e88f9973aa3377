// What the window takes in parts, each by what does nothing else, one after the other: parquet-wasm reads the month's rows,
// DuckDB sorts them, parquet-wasm writes as many rows to as many files, which are synced.
import { mkdir, open, rm } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'

import { DuckDBInstance } from '@duckdb/node-api'
import { Table, tableFromIPC, tableToIPC } from 'apache-arrow'
import type { RecordBatch } from 'apache-arrow'
import * as wasm from 'parquet-wasm'

import { reportSide } from '../measure.js'
import { ROW_GROUP_ROWS } from '../rides.js'
import { sideSettings } from '../settings.js'
import { syncFiles } from '../sync-files.js'
import { sourceFolder, targetFolder, windowTexts } from '../windows.js'

/** Days of the month that is taken. */
const DAYS = 31
const BATCH_ROWS = 65_536

const settings = sideSettings()
const target = targetFolder(settings)
await rm(target, { recursive: true, force: true })
await mkdir(target)

// What DuckDB sorts is in its memory before: reading is measured once.
const instance = await DuckDBInstance.create()
const connection = await instance.connect()
const [start, end] = windowTexts()
const files = join(sourceFolder(settings), 'city/rides/data/*.parquet')
await connection.run(`create temp table month as select *, filename, cast(pickup as date) as day
  from read_parquet('${files}', filename = true) where pickup > '${start}' and pickup <= '${end}'`)
const found = await connection.runAndReadAll('select distinct filename from month')
const paths = found.getRows().map(([path]) => String(path))

await reportSide(async () => {
  const batches: RecordBatch[] = []
  for (const path of paths) batches.push(...(await readFile(path)))
  await connection.run('create temp table sorted as select * from month order by day, pickup desc')
  const rows = batches.reduce((sum, { numRows }) => sum + numRows, 0)
  const table = new Table(batches)
  for (let day = 0; day < DAYS; day += 1) {
    const slice = table.slice(
      Math.floor((rows * day) / DAYS),
      Math.floor((rows * (day + 1)) / DAYS),
    )
    await writeFile(join(target, `${day}.parquet`), slice)
  }
  await syncFiles(target)
  return { rows }
})

async function readFile(path: string): Promise<RecordBatch[]> {
  const handle = await open(path)
  const { size } = await handle.stat()
  // Any object with a size and slices is read as if it were a file of a browser's.
  const file = await wasm.ParquetFile.fromFile(fileLike(handle, size) as never)
  const stream = await file.stream({ batchSize: BATCH_ROWS })
  const batches: RecordBatch[] = []
  for await (const part of stream as unknown as AsyncIterable<wasm.RecordBatch>) {
    batches.push(...tableFromIPC(part.intoIPCStream()).batches)
  }
  await handle.close()
  return batches
}

function fileLike(handle: FileHandle, size: number) {
  return {
    size,
    slice: (from: number, to: number) => ({
      async arrayBuffer(): Promise<ArrayBuffer> {
        const bytes = new Uint8Array(to - from)
        await handle.read(bytes, 0, bytes.length, from)
        return bytes.buffer
      },
    }),
  }
}

async function writeFile(path: string, rows: Table): Promise<void> {
  const properties = new wasm.WriterPropertiesBuilder()
    .setCompression(wasm.Compression.ZSTD)
    .setMaxRowGroupSize(ROW_GROUP_ROWS)
    .build()
  const encoded = wasm.writeParquet(
    wasm.Table.fromIPCStream(tableToIPC(rows, 'stream')),
    properties,
  )
  const file = await open(path, 'wx')
  await file.writeFile(encoded)
  await file.close()
}
