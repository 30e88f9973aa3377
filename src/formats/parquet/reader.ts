// Reads row group by row group: its bytes are checked and handed to the codec (`load-row-group.ts`), and the rows that come
// out are held against the rows that the footer promised. While the rows of one are taken, the bytes of the next are read,
// and as many are decoded as the codec has threads for.
import { RecordBatch, Schema, Struct, makeData, tableFromIPC } from 'apache-arrow'

import { assert } from '../../base/assert.ts'
import { mapConcurrent, resume } from '../../base/concurrency.ts'
import { nextTurn } from '../../base/environment.ts'
import { IcebergError, withContext } from '../../base/errors.ts'
import type { ParquetCodec } from './codec.ts'
import type { ParquetColumn } from './file-schema.ts'
import type { RowGroup } from './footer.ts'
import { withTimestamps } from './int96.ts'
import { DEFAULT_BATCH_ROWS, loadRowGroup, uncompressedBytesOf } from './load-row-group.ts'
import type { LoadedRowGroup, RowGroupSource, WantedRowGroup } from './load-row-group.ts'
import { selectColumns } from './select-columns.ts'
import { ownCopy } from './shared-scratch.ts'

export interface ReadParquetOptions extends RowGroupSource {
  /**
   * Ids of the fields to read, of those inside groups too: a group's own id reads whether it is null and no more. Ids that
   * the file does not have are passed over. All columns when absent.
   */
  readonly fieldIds?: ReadonlySet<number>
  /** In the order in which they are read; all when absent. */
  readonly rowGroups?: readonly number[]
  readonly signal?: AbortSignal
}

/** What row groups that are read ahead may take, uncompressed. */
const MAX_AHEAD_BYTES = 256 * 1024 * 1024

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
    (one) => withRowGroup(one, () => loadRowGroup(one, columns, options)),
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
  return Math.max(0, ...wanted.map(({ rowGroup }) => uncompressedBytesOf(rowGroup, columns)))
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
    await nextTurn()
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

function* emptyBatches(rowCount: number, batchRows: number): Generator<RecordBatch> {
  for (let first = 0; first < rowCount; first += batchRows) {
    const length = Math.min(batchRows, rowCount - first)
    yield new RecordBatch(new Schema([]), makeData({ type: new Struct([]), length, children: [] }))
  }
}
