// Record batches are gathered to row groups; each is encoded by itself, put in its place in the file, and handed to the
// store, which is writing the object meanwhile. So memory holds one row group, however long the file gets.
import { TransformStream } from 'node:stream/web'
import type { WritableStreamDefaultWriter } from 'node:stream/web'

import { Table, tableToIPC, util } from 'apache-arrow'
import type { RecordBatch, Schema as ArrowSchema } from 'apache-arrow'

import { assert } from '../../base/assert.ts'
import { IcebergError } from '../../base/errors.ts'
import type { ObjectStore } from '../../io/object-store.ts'
import type { Schema } from '../../types/schema.ts'
import { batchFromValues } from '../arrow/builders.ts'
import { arrowSchemaOf } from '../arrow/schema.ts'
import { sliceBatch } from '../arrow/take.ts'
import { FileAssembler } from './assemble.ts'
import type { ParquetCodec, ParquetCompression } from './codec.ts'

export interface ParquetWriterOptions {
  readonly schema: Schema
  readonly codec: ParquetCodec
  readonly store: ObjectStore
  /** Where the file is created. */
  readonly location: string
  /** `zstd` when absent. */
  readonly compression?: ParquetCompression
  /** Rows a row group at most; 122,880 when absent. */
  readonly rowGroupRows?: number
  /**
   * Bytes a row group at most, as Arrow holds them in memory, which is more than the row group takes on disk. At least
   * one row is written. 128 MiB when absent.
   */
  readonly rowGroupBytes?: number
  /** Names of top-level columns whose values seldom repeat, so that a dictionary would not pay. */
  readonly plainColumns?: readonly string[]
  readonly signal?: AbortSignal
}

/** A data file as it was written (spec: Data File Fields). */
export interface WrittenParquet {
  readonly fileSizeBytes: bigint
  readonly recordCount: bigint
  /** Compressed bytes by field id. */
  readonly columnSizes: ReadonlyMap<number, bigint>
  /** Where row groups begin, ascending; empty for a file without rows. */
  readonly splitOffsets: readonly bigint[]
}

/** One Parquet file being written. Calls must not overlap. After a call that throws, {@link abort} is all that is left. */
export interface ParquetWriter {
  /** Rows taken so far. */
  readonly rows: number
  /** Bytes of the file so far; rows that wait for their row group to fill are not in it. */
  readonly bytesWritten: number
  /** What the waiting rows take in memory. */
  readonly pendingBytes: number
  /** Takes a batch whose schema is that of `arrowSchemaOf` for the table's. Its buffers must not change until the file is closed. */
  write(batch: RecordBatch): Promise<void>
  /** Ends the row group that is being filled, to free its memory. */
  endRowGroup(): Promise<void>
  /**
   * Ends the file. Only after this is there an object.
   *
   * @throws IcebergError what the store's `put` throws
   */
  close(): Promise<WrittenParquet>
  /** Gives up: no object appears. Never throws; without effect after {@link close}. */
  abort(reason: unknown): Promise<void>
}

const DEFAULT_ROW_GROUP_ROWS = 122_880
const DEFAULT_ROW_GROUP_BYTES = 128 * 1024 * 1024

/** Begins to write a Parquet file with the columns of a table (spec: Parquet). */
export function openParquetWriter(options: ParquetWriterOptions): ParquetWriter {
  return new StreamingWriter(options)
}

class StreamingWriter implements ParquetWriter {
  readonly #options: ParquetWriterOptions
  readonly #arrowSchema: ArrowSchema
  readonly #assembler: FileAssembler
  readonly #sink: WritableStreamDefaultWriter<Uint8Array>
  readonly #stored: Promise<number>
  #pending: RecordBatch[] = []
  #pendingRows = 0
  #pendingBytes = 0
  #rows = 0

  constructor(options: ParquetWriterOptions) {
    const { store, location, schema, signal } = options
    this.#options = options
    this.#arrowSchema = arrowSchemaOf(schema)
    this.#assembler = new FileAssembler(schema)
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
    this.#sink = writable.getWriter()
    this.#stored = store.put(location, readable, 'create', signal === undefined ? {} : { signal })
    // Who writes or closes next is told. A store that fails before it reads would leave a write waiting for ever.
    this.#stored.catch((error: unknown) => readable.cancel(error)).catch(ignore)
    this.#sink.closed.catch(ignore)
  }

  get rows(): number {
    return this.#rows
  }

  get bytesWritten(): number {
    return this.#assembler.sizeBytes
  }

  get pendingBytes(): number {
    return this.#pendingBytes
  }

  async write(batch: RecordBatch): Promise<void> {
    assert(util.compareSchemas(this.#arrowSchema, batch.schema), 'a batch is not of the schema')
    const { rowGroupRows = DEFAULT_ROW_GROUP_ROWS, rowGroupBytes = DEFAULT_ROW_GROUP_BYTES } =
      this.#options
    const rowBytes = bytesOf(batch) / Math.max(1, batch.numRows)
    let offset = 0
    while (offset < batch.numRows) {
      const roomBytes = rowGroupBytes - this.#pendingBytes
      const roomRows = Math.min(rowGroupRows - this.#pendingRows, Math.floor(roomBytes / rowBytes))
      const isFull = roomRows < 1 && this.#pendingRows > 0
      const count = isFull ? 0 : Math.min(Math.max(1, roomRows), batch.numRows - offset)
      if (count > 0) this.#gather(sliceBatch(batch, offset, offset + count), count * rowBytes)
      offset += count
      if (isFull || this.#pendingRows === rowGroupRows) await this.endRowGroup()
    }
  }

  async endRowGroup(): Promise<void> {
    this.#options.signal?.throwIfAborted()
    if (this.#pendingRows === 0) return
    const batches = this.#pending
    const rows = BigInt(this.#pendingRows) + this.#assembler.rowCount
    this.#pending = []
    this.#pendingRows = 0
    this.#pendingBytes = 0
    await this.#encode(batches)
    assert(this.#assembler.rowCount === rows, 'rows were lost on the way to a file')
  }

  async close(): Promise<WrittenParquet> {
    await this.endRowGroup()
    // A file without rows has a schema too.
    if (this.bytesWritten === 0) await this.#encode([batchFromValues(this.#options.schema, [])])
    await this.#send(this.#assembler.finish())
    await this.#sink.close().catch(ignore)
    const stored = await this.#stored
    assert(stored === this.bytesWritten, 'the store holds another number of bytes')
    return {
      fileSizeBytes: BigInt(stored),
      recordCount: this.#assembler.rowCount,
      columnSizes: this.#assembler.columnSizes,
      splitOffsets: this.#assembler.splitOffsets,
    }
  }

  async abort(reason: unknown): Promise<void> {
    this.#pending = []
    await this.#sink.abort(reason).catch(ignore)
    await this.#stored.catch(ignore)
  }

  #gather(batch: RecordBatch, bytes: number): void {
    this.#pending.push(batch)
    this.#pendingRows += batch.numRows
    this.#pendingBytes += bytes
    this.#rows += batch.numRows
  }

  async #encode(batches: readonly RecordBatch[]): Promise<void> {
    const { codec, compression = 'zstd', plainColumns = [] } = this.#options
    const ipcStream = tableToIPC(new Table([...batches]), 'stream')
    const piece = await codec.encode(ipcStream, { compression, plainColumns })
    await this.#send(this.#assembler.add(piece))
  }

  /** Resolves when the store has taken the bytes; when it has failed, with its error. */
  async #send(bytes: Uint8Array): Promise<void> {
    try {
      await this.#sink.write(bytes)
    } catch (error) {
      await this.#stored
      throw new IcebergError('internal', 'the store ended before the file', { cause: error })
    }
  }
}

/** What the buffers of a batch hold. A slice counts whole buffers, which only ends row groups early. */
function bytesOf(batch: RecordBatch): number {
  return batch.data.byteLength
}

function ignore(): void {}
