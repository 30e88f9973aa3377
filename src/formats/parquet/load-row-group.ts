// Brings a row group to the codec:
//  1. the chunks of the wanted columns, neighbours in one request;
//  2. sizes, counts and checksums of their pages, and what they would unfold to, before anything is decoded;
//  3. a file of just these chunks, to be decoded a window of rows at a time.
import { nextTurn } from '../../base/environment.ts'
import { IcebergError } from '../../base/errors.ts'
import type { ParquetCodec } from './codec.ts'
import type { ParquetColumn } from './file-schema.ts'
import type { ColumnChunk, ParquetFooter, RowGroup } from './footer.ts'
import { checkPages } from './pages.ts'
import { readRanges } from './random-access.ts'
import type { RandomAccess } from './random-access.ts'
import { rowGroupFile } from './row-group-file.ts'
import type { LoadedChunk } from './row-group-file.ts'

/** Where row groups are read from, and how much of them at a time. */
export interface RowGroupSource {
  readonly file: RandomAccess
  readonly footer: ParquetFooter
  readonly codec: ParquetCodec
  /** Rows a batch at most; 65,536 when absent. */
  readonly batchRows?: number
  /** What the wanted columns of one row group may take, uncompressed; 2 GiB when absent. */
  readonly maxRowGroupBytes?: number
}

export const DEFAULT_BATCH_ROWS = 65_536
const DEFAULT_MAX_ROW_GROUP_BYTES = 2 ** 31

/** What is decoded at a time. Row groups of other writers hold millions of rows; Arrow takes several times their size. */
const WINDOW_BYTES = 64 * 1024 * 1024
/** Values of a dictionary column are larger than their share of the chunk tells. */
const MAX_WINDOW_ROWS = 524_288
const MIN_VALUE_BYTES = 8

/** A row group that is to be read. */
export interface WantedRowGroup {
  /** Its place in the footer. */
  readonly index: number
  readonly rowGroup: RowGroup
}

/** A row group whose bytes are checked and with the codec. */
export interface LoadedRowGroup extends WantedRowGroup {
  readonly columns: readonly ParquetColumn[]
  /** Decodes them. */
  readonly ipcStreams: AsyncIterable<Uint8Array>
  /** Ends the decoding early. */
  readonly stop: AbortController
}

/**
 * Reads and checks the chunks of a row group. Nothing is decoded before the first of its streams is asked for.
 *
 * @throws IcebergError `corrupt` when pages are damaged, `limit` when they would take more than `maxRowGroupBytes`
 */
export async function loadRowGroup(
  { index, rowGroup }: WantedRowGroup,
  columns: readonly ParquetColumn[],
  source: RowGroupSource,
): Promise<LoadedRowGroup> {
  const { footer, codec, batchRows = DEFAULT_BATCH_ROWS } = source
  const { maxRowGroupBytes = DEFAULT_MAX_ROW_GROUP_BYTES } = source
  const chunks = columns.flatMap((column) => rowGroup.chunks[column.index] ?? [])
  const announcedBytes = sum(chunks, (one) => Math.max(one.sizeBytes, one.uncompressedBytes))
  checkLimit(announcedBytes, maxRowGroupBytes)
  const loaded = await loadChunks(source.file, chunks)
  // What the footer says of sizes is one thing, what the pages say another, and the decoder believes the pages.
  const uncompressedBytes = sum(loaded, ({ bytes, chunk }) => checkPages(bytes, chunk))
  checkLimit(uncompressedBytes, maxRowGroupBytes)
  await nextTurn()
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

/** What columns of a row group take uncompressed, as the footer says. */
export function uncompressedBytesOf(
  { chunks }: RowGroup,
  columns: readonly ParquetColumn[],
): number {
  return sum(columns, ({ index }) => chunks[index]?.uncompressedBytes ?? 0)
}

/** The chunks with their bytes, which are asked for in the order of the file. */
async function loadChunks(
  file: RandomAccess,
  chunks: readonly ColumnChunk[],
): Promise<readonly LoadedChunk[]> {
  const inFileOrder = chunks.toSorted((left, right) => left.offset - right.offset)
  const bytes = await readRanges(file, inFileOrder.map(rangeOf))
  const bytesOf = new Map(inFileOrder.map((chunk, place) => [chunk, bytes[place]]))
  return chunks.map((chunk) => ({ chunk, bytes: bytesOf.get(chunk) ?? new Uint8Array() }))
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

function sum<Item>(items: readonly Item[], sizeOf: (item: Item) => number): number {
  return items.reduce((total, item) => total + sizeOf(item), 0)
}
