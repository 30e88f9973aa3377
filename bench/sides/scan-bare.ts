// Reads the same data file with parquet-wasm and nothing else. It has no filter: rows are counted by a loop over the
// column, which is less than a scan does, as it gathers no rows.
import { open, readdir } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'

import { tableFromIPC } from 'apache-arrow'
import type { RecordBatch } from 'apache-arrow'
import * as wasm from 'parquet-wasm'

import { reportSide } from '../measure.js'
import { rideScan } from '../scans.js'
import type { RideFilter, ScanVariant } from '../scans.js'
import { ridesFolder, sideSettings } from '../settings.js'

/** What frazil gives at a time. */
const BATCH_ROWS = 65_536

const settings = sideSettings()
const { columns, filter } = rideScan(settings.variant as ScanVariant, settings.rows)
await reportSide(async () => {
  const folder = join(ridesFolder(settings), 'city/rides/data')
  let rows = 0
  for (const name of await readdir(folder)) rows += await readFile(join(folder, name))
  return { rows }
})

async function readFile(path: string): Promise<number> {
  const handle = await open(path)
  const { size } = await handle.stat()
  // Any object with a size and slices is read as if it were a file of a browser's.
  const file = await wasm.ParquetFile.fromFile(fileLike(handle, size) as never)
  const stream = await file.stream({
    batchSize: BATCH_ROWS,
    ...(columns === null ? {} : { columns: [...columns] }),
  })
  let rows = 0
  for await (const part of stream as unknown as AsyncIterable<wasm.RecordBatch>) {
    for (const batch of tableFromIPC(part.intoIPCStream()).batches) {
      rows += filter === null ? batch.numRows : countMatches(batch, filter)
    }
  }
  await handle.close()
  return rows
}

function fileLike(handle: FileHandle, size: number) {
  return {
    size,
    slice: (start: number, end: number) => ({
      async arrayBuffer(): Promise<ArrayBuffer> {
        const bytes = new Uint8Array(end - start)
        await handle.read(bytes, 0, bytes.length, start)
        return bytes.buffer
      },
    }),
  }
}

function countMatches(batch: RecordBatch, { column, low, high }: RideFilter): number {
  const values = batch.getChild(column)?.data[0]?.values as BigInt64Array | Float64Array
  let rows = 0
  for (let row = 0; row < batch.numRows; row += 1) {
    const value = values[row] ?? 0
    if (value >= low && value < high) rows += 1
  }
  return rows
}
