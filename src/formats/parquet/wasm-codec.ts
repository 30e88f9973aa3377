// What is contained and what is not. Both calls into parquet-wasm are its synchronous ones, on bytes that are already in
// memory: a fault in a page is a plain error there, and a trap is an exception of that call. Its asynchronous reader ends
// the process on both, and its stream writer drops errors and leaves a shorter file. What remains: work blocks its thread
// for the length of a window, and pages may unfold to all the memory that an instance may have before they trap.
import type { ReaderOptions, Table, WriterProperties } from 'parquet-wasm'

import { IcebergError } from '../../base/errors.ts'
import type { DecodeOptions, EncodeOptions, ParquetCodec, ParquetCompression } from './codec.ts'
import { exportedBatch } from './exported-batch.ts'
import { ipcBatch } from './ipc-batch.ts'
import { WasmTrap, callParquetWasm, memoryOf } from './runtime.ts'
import type { ParquetWasm } from './runtime.ts'
import { SharedScratch, ownCopies } from './shared-scratch.ts'

/** Some rows of a row group. */
export interface DecodeWindow {
  readonly batchRows: number
  /** Which rows; all of them when absent. */
  readonly rows?: { readonly first: number; readonly count: number }
}

/** A codec that works in this thread. */
export function wasmCodec(): ParquetCodec {
  // parquet-wasm copies what it is given once more, to its own memory.
  const scratch = new SharedScratch(KEPT)
  async function* decodeWindows(
    bytes: Uint8Array,
    options: DecodeOptions,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Uint8Array> {
    for (const window of windowsOf(options)) {
      signal?.throwIfAborted()
      yield* decodeWindow(bytes, window, ownCopies)
    }
    scratch.giveBack(bytes)
  }
  return {
    threads: 0,
    async encode(ipcStream, options, { signal } = {}) {
      signal?.throwIfAborted()
      const bytes = scratch.filledWith(ipcStream)
      const piece = encodeRowGroup(bytes, options)
      scratch.giveBack(bytes)
      return { bytes: piece, release: () => {} }
    },
    decode: (file, options, { signal } = {}) =>
      decodeWindows(scratch.filledWith(file), options, signal),
  }
}

/** Row groups that are read ahead, and the one that is decoded. */
const KEPT = 3

/** What is to be decoded at a time. */
export function windowsOf({ rowCount, batchRows, windowRows }: DecodeOptions): DecodeWindow[] {
  // The decoder is asked for a part only where there is one: it takes a longer way then.
  if (rowCount <= windowRows) return rowCount === 0 ? [] : [{ batchRows }]
  return Array.from({ length: Math.ceil(rowCount / windowRows) }, (_, index) => ({
    batchRows,
    rows: { first: index * windowRows, count: windowRows },
  }))
}

/** Encodes in this thread, as {@link ParquetCodec.encode} says. */
export function encodeRowGroup(ipcStream: Uint8Array, options: EncodeOptions): Uint8Array {
  try {
    return callParquetWasm((wasm) =>
      wasm.writeParquet(wasm.Table.fromIPCStream(ipcStream), writerProperties(wasm, options)),
    )
  } catch (cause) {
    throw failure('rows cannot be encoded', cause, { trap: 'internal', fault: 'invalid' })
  }
}

/** Copies streams, each given in parts, out of memory that is gone after the call. */
export type CopyStreams = (streams: readonly (readonly Uint8Array[])[]) => readonly Uint8Array[]

/** All batches of a window at once: between two calls nothing of ours is left in WebAssembly. */
export function decodeWindow(
  file: Uint8Array,
  { batchRows, rows }: DecodeWindow,
  copy: CopyStreams,
): readonly Uint8Array[] {
  const options: ReaderOptions = {
    batchSize: batchRows,
    ...(rows === undefined ? {} : { offset: rows.first, limit: rows.count }),
  }
  try {
    return callParquetWasm((wasm) => {
      const table = wasm.readParquet(file, options)
      try {
        return copyBatches(wasm, table, copy)
      } finally {
        table.free()
      }
    })
  } catch (cause) {
    throw failure('row group cannot be decoded', cause, { trap: 'corrupt', fault: 'corrupt' })
  }
}

/** Straight from where they lie, where that is understood: 6 ms in place of 12, of a row group that takes 50 to decode. */
function copyBatches(wasm: ParquetWasm, table: Table, copy: CopyStreams): readonly Uint8Array[] {
  const schema = table.schema.intoIPCStream()
  const batches = table.recordBatches()
  const exports = batches.map((batch) => batch.toFFI())
  try {
    const memory = memoryOf(wasm)
    const found = exports.map((one) =>
      exportedBatch(memory, { array: one.arrayAddr(), schema: one.schemaAddr() }),
    )
    const known = found.filter((batch) => batch !== null)
    if (known.length === found.length) return copy(known.map((batch) => ipcBatch(schema, batch)))
    return copy(table.recordBatches().map((batch) => [batch.intoIPCStream()]))
  } finally {
    for (const one of [...exports, ...batches]) one.free()
  }
}

function failure(
  message: string,
  cause: unknown,
  kinds: { readonly trap: 'internal' | 'corrupt'; readonly fault: 'invalid' | 'corrupt' },
): IcebergError {
  if (!(cause instanceof WasmTrap)) return new IcebergError(kinds.fault, message, { cause })
  if (!cause.isOutOfMemory) return new IcebergError(kinds.trap, message, { cause })
  return new IcebergError('limit', 'row group does not fit in the memory of the codec', { cause })
}

/** Consumed by the writer that it is given to. */
function writerProperties(
  wasm: ParquetWasm,
  { compression, dictionaries, pageBytes, dictionaryBytes }: EncodeOptions,
): WriterProperties {
  let builder = new wasm.WriterPropertiesBuilder()
    .setCompression(wasm.Compression[compressionNames[compression]])
    .setMaxRowGroupSize(MAX_ROWS)
    .setDictionaryEnabled(dictionaries.byDefault)
  for (const column of dictionaries.exceptions) {
    builder = builder.setColumnDictionaryEnabled(column, !dictionaries.byDefault)
  }
  if (pageBytes !== undefined) builder = builder.setDataPageSizeLimit(pageBytes)
  if (dictionaryBytes !== undefined) {
    builder = builder.setDictionaryPageSizeLimit(dictionaryBytes)
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
