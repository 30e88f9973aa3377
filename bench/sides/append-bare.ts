// Writes rides to one Parquet file with parquet-wasm and nothing else: the same compression, row groups and dictionaries,
// and the file is synced before it counts as written.
import { open, rm } from 'node:fs/promises'
import { ReadableStream } from 'node:stream/web'

import { Table, tableToIPC } from 'apache-arrow'
import * as wasm from 'parquet-wasm'

import { reportSide } from '../measure.js'
import { PLAIN_COLUMNS, ROW_GROUP_ROWS, rideBatches } from '../rides.js'
import { bareFile, sideSettings } from '../settings.js'

const settings = sideSettings()
await rm(bareFile(settings), { force: true })
await reportSide(async (stopwatch) => {
  const batches = rideBatches(settings.rows, stopwatch)
  const source = new ReadableStream<wasm.RecordBatch>({
    pull(controller) {
      const next = batches.next()
      if (next.done === true) return controller.close()
      const table = wasm.Table.fromIPCStream(tableToIPC(new Table([next.value]), 'stream'))
      for (const batch of table.recordBatches()) controller.enqueue(batch)
      table.free()
    },
  })
  // The types are those of browsers, which name the same class.
  const encoded = (await wasm.transformParquetStream(
    source as never,
    writerProperties(),
  )) as AsyncIterable<Uint8Array>
  const file = await open(bareFile(settings), 'wx')
  for await (const chunk of encoded) await file.write(chunk)
  await file.sync()
  await file.close()
  return { rows: settings.rows }
})

function writerProperties(): wasm.WriterProperties {
  const builder = new wasm.WriterPropertiesBuilder()
    .setCompression(wasm.Compression.ZSTD)
    .setMaxRowGroupSize(ROW_GROUP_ROWS)
  return PLAIN_COLUMNS.reduce(
    (built, column) => built.setColumnDictionaryEnabled(column, false),
    builder,
  ).build()
}
