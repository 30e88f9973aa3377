// What is contained and what is not. Both calls into parquet-wasm are its synchronous ones, on bytes that are already in
// memory: a fault in a page is a plain error there, and a trap is an exception of that call. Its asynchronous reader ends
// the process on both, and its stream writer drops errors and leaves a shorter file. What remains: work blocks this thread
// for the length of a window, and pages that unfold into gigabytes reach the 4 GiB of WebAssembly before they trap.
import type { ReaderOptions, WriterProperties } from 'parquet-wasm'
import { IcebergError } from '../../base/errors.ts'
import type { DecodeOptions, EncodeOptions, ParquetCodec, ParquetCompression } from './codec.ts'
import { callParquetWasm, isTrap } from './runtime.ts'
import type { ParquetWasm } from './runtime.ts'

/** A codec that works in this thread. */
export function wasmCodec(): ParquetCodec {
  return { encode, decode }
}

async function encode(ipcStream: Uint8Array, options: EncodeOptions): Promise<Uint8Array> {
  try {
    return callParquetWasm((wasm) =>
      wasm.writeParquet(wasm.Table.fromIPCStream(ipcStream), writerProperties(wasm, options)),
    )
  } catch (error) {
    throw new IcebergError(isTrap(error) ? 'internal' : 'invalid', 'rows cannot be encoded', {
      cause: error,
    })
  }
}

async function* decode(file: Uint8Array, options: DecodeOptions): AsyncGenerator<Uint8Array> {
  const { rowCount, batchRows: batchSize, windowRows } = options
  for (let offset = 0; offset < rowCount; offset += windowRows) {
    const isWhole = rowCount <= windowRows
    // The decoder is asked for a part only where there is one: it takes a longer way then.
    yield* decodeWindow(file, { batchSize, ...(isWhole ? {} : { offset, limit: windowRows }) })
  }
}

/** All batches of a window at once: between two calls nothing of ours is left in WebAssembly. */
function decodeWindow(file: Uint8Array, options: ReaderOptions): Uint8Array[] {
  try {
    return callParquetWasm((wasm) => {
      const table = wasm.readParquet(file, options)
      try {
        return table.recordBatches().map((batch) => batch.intoIPCStream())
      } finally {
        table.free()
      }
    })
  } catch (error) {
    throw new IcebergError('corrupt', 'row group cannot be decoded', { cause: error })
  }
}

/** Consumed by the writer that it is given to. */
function writerProperties(wasm: ParquetWasm, options: EncodeOptions): WriterProperties {
  let builder = new wasm.WriterPropertiesBuilder()
    .setCompression(wasm.Compression[compressionNames[options.compression]])
    .setMaxRowGroupSize(MAX_ROWS)
  for (const column of options.plainColumns) {
    builder = builder.setColumnDictionaryEnabled(column, false)
  }
  return builder.build()
}

const MAX_ROWS = 0x7fffffff

const compressionNames = {
  uncompressed: 'UNCOMPRESSED',
  snappy: 'SNAPPY',
  gzip: 'GZIP',
  zstd: 'ZSTD',
  // Plain LZ4 is the deprecated frame that only Hadoop wrote alike.
  lz4: 'LZ4_RAW',
  brotli: 'BROTLI',
} as const satisfies Record<ParquetCompression, string>
