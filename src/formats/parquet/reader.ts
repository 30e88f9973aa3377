// Reads row group by row group:
//  1. the chunks of the wanted columns, neighbours in one request;
//  2. sizes, counts and checksums of their pages, and what they would unfold to, before anything is decoded;
//  3. a file of just these chunks through the codec, a window of rows at a time;
//  4. the rows that came out, against the rows that the footer promised.
// While the rows of one are taken, the bytes of the next are read, and as many are decoded as the codec has threads for.
import { RecordBatch, Schema, Struct, makeData, tableFromIPC } from 'apache-arrow'

import { assert } from '../../base/assert.ts'
import { mapConcurrent } from '../../base/concurrency.ts'
import { IcebergError, withContext } from '../../base/errors.ts'
import type { ParquetCodec } from './codec.ts'
import type { ParquetColumn } from './file-schema.ts'
import type { ColumnChunk, ParquetFooter, RowGroup } from './footer.ts'
import { withTimestamps } from './int96.ts'
import { checkPages } from './pages.ts'
import { readRanges } from './random-access.ts'
import type { RandomAccess } from './random-access.ts'
import { rowGroupFile } from './row-group-file.ts'
import type { LoadedChunk } from './row-group-file.ts'
import { selectColumns } from './select-columns.ts'
import { ownCopy } from './shared-scratch.ts'

export interface ReadParquetOptions {
  readonly file: RandomAccess
  readonly footer: ParquetFooter
  readonly codec: ParquetCodec
  /**
   * Ids of the fields to read, of those inside groups too: a group's own id reads whether it is null and no more. Ids that
   * the file does not have are passed over. All columns when absent.
   */
  readonly fieldIds?: ReadonlySet<number>
  /** In the order in which they are read; all when absent. */
  readonly rowGroups?: readonly number[]
  /** Rows a batch at most; 65,536 when absent. */
  readonly batchRows?: number
  /** What the wanted columns of one row group may take, uncompressed; 2 GiB when absent. */
  readonly maxRowGroupBytes?: number
  readonly signal?: AbortSignal
}

const DEFAULT_BATCH_ROWS = 65_536
const DEFAULT_MAX_ROW_GROUP_BYTES = 2 ** 31

/** What row groups that are read ahead may take, uncompressed. */
const MAX_AHEAD_BYTES = 256 * 1024 * 1024

/** What is decoded at a time. Row groups of other writers hold millions of rows; Arrow takes several times their size. */
const WINDOW_BYTES = 64 * 1024 * 1024
/** Values of a dictionary column are larger than their share of the chunk tells. */
const MAX_WINDOW_ROWS = 524_288
const MIN_VALUE_BYTES = 8

/**
 * Reads a Parquet file as record batches in the file's own schema, in the order of its rows. Fields carry their ids in
 * the metadata under `PARQUET:field_id`, at every level that has one. A batch may have columns besides, and none when
 * none is wanted or the file has none of them; it still has its rows.
 *
 * @throws IcebergError `corrupt` when pages are damaged or the rows are not as many as the footer says
 * @throws IcebergError `limit` when a row group would take more than `maxRowGroupBytes`
 */
export async function* readParquet(options: ReadParquetOptions): AsyncGenerator<RecordBatch> {
  const { footer, fieldIds, batchRows = DEFAULT_BATCH_ROWS } = options
  assert(Number.isInteger(batchRows) && batchRows > 0, 'batchRows must be a positive integer')
  const columns =
    fieldIds === undefined ? footer.schema.columns : selectColumns(footer.schema, fieldIds)
  const wanted = wantedRowGroups(options)
  if (columns.length === 0) {
    for (const { rowGroup } of wanted) yield* emptyBatches(rowGroup.rowCount, batchRows)
    return
  }
  for await (const rowGroup of decodedAhead(wanted, columns, options)) {
    try {
      yield* rowGroup.batches
    } catch (error) {
      throw withContext(error, { rowGroup: rowGroup.index })
    }
  }
}

interface WantedRowGroup {
  /** Its place in the footer. */
  readonly index: number
  readonly rowGroup: RowGroup
}

/** The bytes themselves are with the codec. */
interface LoadedRowGroup extends WantedRowGroup {
  readonly columns: readonly ParquetColumn[]
  /** Decodes them. */
  readonly ipcStreams: AsyncIterable<Uint8Array>
  /** Ends the decoding early. */
  readonly stop: AbortController
}

interface DecodedRowGroup extends WantedRowGroup {
  /** The first of them is being decoded, or is. */
  readonly batches: AsyncIterable<RecordBatch>
}

function wantedRowGroups({ footer, rowGroups }: ReadParquetOptions): readonly WantedRowGroup[] {
  return Array.from(rowGroups ?? footer.rowGroups.keys(), (index) => {
    const rowGroup = footer.rowGroups[index]
    assert(rowGroup !== undefined, 'no such row group')
    return { index, rowGroup }
  })
}

function decodedAhead(
  wanted: readonly WantedRowGroup[],
  columns: readonly ParquetColumn[],
  options: ReadParquetOptions,
): AsyncGenerator<DecodedRowGroup> {
  const { codec, signal } = options
  // Large row groups are not worth their memory twice.
  const fit = Math.floor(MAX_AHEAD_BYTES / Math.max(1, largest(wanted, columns)))
  const loaded = mapConcurrent(
    wanted,
    Math.max(1, Math.min(READ_AHEAD, fit)),
    (one) => withRowGroup(one, () => load(one, columns, options)),
    signal,
  )
  return mapConcurrent(
    loaded,
    Math.max(1, Math.min(decodedAtOnce(codec), fit)),
    (one, stop) => withRowGroup(one, () => startDecoding(one, options, stop)),
    signal,
  )
}

/** Row groups whose bytes are read at once: the next one's, while those of the last are decoded. */
const READ_AHEAD = 2

/** One for each thread; besides a single thread the rows of the last one are taken. */
function decodedAtOnce({ threads }: ParquetCodec): number {
  return threads === 1 ? 2 : threads
}

function largest(wanted: readonly WantedRowGroup[], columns: readonly ParquetColumn[]): number {
  return Math.max(
    0,
    ...wanted.map(({ rowGroup }) =>
      sum(columns, ({ index }) => rowGroup.chunks[index]?.uncompressedBytes ?? 0),
    ),
  )
}

async function withRowGroup<Result>(
  { index }: WantedRowGroup,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    throw withContext(error, { rowGroup: index })
  }
}

async function startDecoding(
  { index, rowGroup, columns, ipcStreams, stop }: LoadedRowGroup,
  options: ReadParquetOptions,
  signal: AbortSignal,
): Promise<DecodedRowGroup> {
  const streams = until(signal, stop, ipcStreams)
  const first = await streams.next()
  const batches = decodedBatches(resume(first, streams), rowGroup, columns, options)
  return { index, rowGroup, batches }
}

/** Row groups that are decoded ahead are kept where the codec has them, not among the objects of this thread. */
async function* decodedBatches(
  ipcStreams: AsyncIterable<Uint8Array>,
  { rowCount }: RowGroup,
  columns: readonly ParquetColumn[],
  options: ReadParquetOptions,
): AsyncGenerator<RecordBatch> {
  let rowsRead = 0
  for await (const ipcStream of ipcStreams) {
    for (const batch of tableFromIPC(owned(ipcStream)).batches) {
      rowsRead += batch.numRows
      yield withTimestamps(batch, columns)
    }
    options.signal?.throwIfAborted()
  }
  if (rowsRead !== rowCount) {
    throw new IcebergError('corrupt', 'row group has not the rows that the footer says', {
      context: { rows: rowCount, found: rowsRead },
    })
  }
}

/** Stops the source when the signal aborts. */
async function* until<Item>(
  signal: AbortSignal,
  stop: AbortController,
  source: AsyncIterable<Item>,
): AsyncGenerator<Item> {
  const onAbort = (): void => stop.abort(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    yield* source
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

function owned(ipcStream: Uint8Array): Uint8Array {
  return ipcStream.buffer instanceof SharedArrayBuffer ? ownCopy(ipcStream) : ipcStream
}

async function* resume<Item>(
  first: IteratorResult<Item, unknown>,
  rest: AsyncIterator<Item>,
): AsyncGenerator<Item> {
  if (first.done === true) return
  yield first.value
  yield* { [Symbol.asyncIterator]: () => rest }
}

async function load(
  { index, rowGroup }: WantedRowGroup,
  columns: readonly ParquetColumn[],
  options: ReadParquetOptions,
): Promise<LoadedRowGroup> {
  const chunks = columns.flatMap((column) => rowGroup.chunks[column.index] ?? [])
  const { file, maxRowGroupBytes = DEFAULT_MAX_ROW_GROUP_BYTES } = options
  checkLimit(
    sum(chunks, (chunk) => Math.max(chunk.sizeBytes, chunk.uncompressedBytes)),
    maxRowGroupBytes,
  )
  const inFileOrder = chunks.toSorted((left, right) => left.offset - right.offset)
  const bytes = await readRanges(file, inFileOrder.map(rangeOf))
  const bytesOf = new Map(
    inFileOrder.map((chunk, place) => [chunk, bytes[place] ?? new Uint8Array()]),
  )
  const loaded = chunks.map((chunk) => ({ chunk, bytes: bytesOf.get(chunk) ?? new Uint8Array() }))
  // What the footer says of sizes is one thing, what the pages say another, and the decoder believes the pages.
  const uncompressedBytes = sum(loaded, (one) => checkPages(one.bytes, one.chunk))
  checkLimit(uncompressedBytes, maxRowGroupBytes)
  const { footer, codec, batchRows = DEFAULT_BATCH_ROWS } = options
  const { rowCount } = rowGroup
  const windowRows = windowRowsOf(rowCount, loaded, batchRows)
  const stop = new AbortController()
  const ipcStreams = codec.decode(
    rowGroupFile(footer, rowGroup, loaded),
    { rowCount, batchRows, windowRows, uncompressedBytes },
    { signal: stop.signal },
  )
  return { index, rowGroup, columns: chunks.map(({ column }) => column), ipcStreams, stop }
}

function rangeOf({ offset, sizeBytes }: ColumnChunk): { start: number; end: number } {
  return { start: offset, end: offset + sizeBytes }
}

function checkLimit(bytes: number, limitBytes: number): void {
  if (bytes <= limitBytes) return
  throw new IcebergError('limit', 'row group too large', { context: { bytes, limitBytes } })
}

/** As many rows as fit in the window by what is known of their size, in whole batches. */
function windowRowsOf(rowCount: number, loaded: readonly LoadedChunk[], batchRows: number): number {
  const groupBytes = sum(loaded, ({ chunk }) =>
    Math.max(chunk.uncompressedBytes, Number(chunk.valueCount) * MIN_VALUE_BYTES),
  )
  const rowsThatFit = Math.floor((WINDOW_BYTES * rowCount) / Math.max(1, groupBytes))
  const batches = Math.floor(Math.min(rowsThatFit, MAX_WINDOW_ROWS) / batchRows)
  return Math.max(1, batches) * batchRows
}

function* emptyBatches(rowCount: number, batchRows: number): Generator<RecordBatch> {
  for (let first = 0; first < rowCount; first += batchRows) {
    const length = Math.min(batchRows, rowCount - first)
    yield new RecordBatch(new Schema([]), makeData({ type: new Struct([]), length, children: [] }))
  }
}

function sum<Item>(items: readonly Item[], sizeOf: (item: Item) => number): number {
  return items.reduce((total, item) => total + sizeOf(item), 0)
}
