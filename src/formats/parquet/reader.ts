// Reads row group by row group:
//  1. the chunks of the wanted columns, neighbours in one request;
//  2. sizes, counts and checksums of their pages, and what they would unfold to, before anything is decoded;
//  3. a file of just these chunks through the codec, a window of rows at a time;
//  4. the rows that came out, against the rows that the footer promised.
import { RecordBatch, Schema, Struct, makeData, tableFromIPC } from 'apache-arrow'

import { assert } from '../../base/assert.ts'
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
  const { schema, rowGroups } = footer
  assert(Number.isInteger(batchRows) && batchRows > 0, 'batchRows must be a positive integer')
  const columns = fieldIds === undefined ? schema.columns : selectColumns(schema, fieldIds)
  for (const index of options.rowGroups ?? rowGroups.keys()) {
    const rowGroup = rowGroups[index]
    assert(rowGroup !== undefined, 'no such row group')
    options.signal?.throwIfAborted()
    try {
      if (columns.length === 0) yield* emptyBatches(rowGroup.rowCount, batchRows)
      else yield* readRowGroup(rowGroup, columns, options)
    } catch (error) {
      throw withContext(error, { rowGroup: index })
    }
  }
}

async function* readRowGroup(
  rowGroup: RowGroup,
  columns: readonly ParquetColumn[],
  options: ReadParquetOptions,
): AsyncGenerator<RecordBatch> {
  const { footer, codec, signal, batchRows = DEFAULT_BATCH_ROWS } = options
  const { rowCount } = rowGroup
  const loaded = await loadChunks(rowGroup, columns, options)
  const windowRows = windowRowsOf(rowCount, loaded, batchRows)
  const file = rowGroupFile(footer, rowGroup, loaded)
  let rowsRead = 0
  for await (const ipcStream of codec.decode(file, { rowCount, batchRows, windowRows })) {
    for (const batch of tableFromIPC(ipcStream).batches) {
      rowsRead += batch.numRows
      yield withTimestamps(batch, columns)
    }
    signal?.throwIfAborted()
  }
  if (rowsRead !== rowCount) {
    throw new IcebergError('corrupt', 'row group has not the rows that the footer says', {
      context: { rows: rowCount, found: rowsRead },
    })
  }
}

async function loadChunks(
  rowGroup: RowGroup,
  columns: readonly ParquetColumn[],
  options: ReadParquetOptions,
): Promise<readonly LoadedChunk[]> {
  const chunks = columns.flatMap((column) => rowGroup.chunks[column.index] ?? [])
  const { file, maxRowGroupBytes = DEFAULT_MAX_ROW_GROUP_BYTES } = options
  checkLimit(
    sum(chunks, (chunk) => Math.max(chunk.sizeBytes, chunk.uncompressedBytes)),
    maxRowGroupBytes,
  )
  const inFileOrder = chunks.toSorted((left, right) => left.offset - right.offset)
  const bytes = await readRanges(file, inFileOrder.map(rangeOf))
  const bytesOf = new Map(
    inFileOrder.map((chunk, index) => [chunk, bytes[index] ?? new Uint8Array()]),
  )
  const loaded = chunks.map((chunk) => ({ chunk, bytes: bytesOf.get(chunk) ?? new Uint8Array() }))
  // What the footer says of sizes is one thing, what the pages say another, and the decoder believes the pages.
  checkLimit(
    sum(loaded, (one) => checkPages(one.bytes, one.chunk)),
    maxRowGroupBytes,
  )
  return loaded
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
