// Record batches are gathered to row groups, each of which is encoded by itself, several at a time where the codec has
// threads. In their order they are put in their places in the file and handed to the store, which is writing the object
// meanwhile. So memory holds a few row groups, however long the file gets.
import { TransformStream } from 'node:stream/web'
import type { WritableStreamDefaultWriter } from 'node:stream/web'

import { RecordBatchStreamWriter, Table, util } from 'apache-arrow'
import type { RecordBatch, Schema as ArrowSchema } from 'apache-arrow'

import { assert } from '../../base/assert.ts'
import { concatBytes } from '../../base/bytes.ts'
import { nextTurn } from '../../base/environment.ts'
import { IcebergError } from '../../base/errors.ts'
import { forwardAbort } from '../../base/forward-abort.ts'
import { Permits } from '../../base/permits.ts'
import type { ObjectStore } from '../../io/object-store.ts'
import type { Schema } from '../../types/schema.ts'
import { batchFromValues } from '../arrow/builders.ts'
import { chooseDictionaries } from '../arrow/dictionary.ts'
import { batchProjector } from '../arrow/project.ts'
import { arrowSchemaOf } from '../arrow/schema.ts'
import { sliceBatch } from '../arrow/take.ts'
import { FileAssembler } from './assemble.ts'
import type { EncodeOptions, EncodedRowGroup, ParquetCodec, ParquetCompression } from './codec.ts'
import { storedFields } from './stored-fields.ts'

export interface ParquetWriterOptions {
  readonly schema: Schema
  readonly codec: ParquetCodec
  readonly store: ObjectStore
  /** Where the file is put. */
  readonly location: string
  /** Whether a file may be there already; `create`, which refuses one, when absent. */
  readonly mode?: 'create' | 'overwrite'
  /** `zstd` when absent. */
  readonly compression?: ParquetCompression
  /** Rows a row group at most; 122,880 when absent. */
  readonly rowGroupRows?: number
  /**
   * Bytes a row group at most, as Arrow holds them in memory, which is more than the row group takes on disk. At least
   * one row is written. 128 MiB when absent.
   */
  readonly rowGroupBytes?: number
  /** What a page may hold before compression; the encoder's own choice, about 1 MiB, when absent. */
  readonly pageBytes?: number
  /** What the dictionary of a column may take in a row group; 1 MiB when absent. */
  readonly dictionaryBytes?: number
  /** Row groups that may be encoded at once, by all writers that share these; one more than the codec has threads when absent. */
  readonly permits?: Permits
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
  /** What the waiting rows take in memory. */
  readonly pendingBytes: number
  /**
   * Takes a batch whose schema is that of `arrowSchemaOf` for the table's.
   *
   * @param onRead called when its buffers are read no more and may change; never, if the file is given up
   */
  write(batch: RecordBatch, onRead?: () => void): Promise<void>
  /** Ends the row group that is being filled, to free its memory. Resolves when it is being encoded. */
  endRowGroup(): Promise<void>
  /**
   * Whether the file has so many bytes; rows that wait for their row group to fill do not count. The answer does not depend
   * on how far the encoding has come: where it could change it, it is waited for.
   */
  hasReached(bytes: number): Promise<boolean>
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
const DEFAULT_DICTIONARY_BYTES = 1024 * 1024

/** Values take at most so many times their bytes in Arrow, headers and levels included. */
const MAX_GROWTH = 2
/** What the store is given at a time, about. Copying more would keep the thread from what else waits for it. */
const SENT_BYTES = 1 << 20

/** What a column takes at most in a row group beside its values. */
const MAX_COLUMN_OVERHEAD_BYTES = 4096

/** Begins to write a Parquet file with the columns of a table (spec: Parquet). */
export function openParquetWriter(options: ParquetWriterOptions): ParquetWriter {
  return new StreamingWriter(options)
}

/** Rows that wait for their row group to fill. */
interface PendingRows {
  readonly batch: RecordBatch
  readonly onRead: () => void
}

class StreamingWriter implements ParquetWriter {
  readonly #options: ParquetWriterOptions
  readonly #arrowSchema: ArrowSchema
  /** A batch without the columns that a file does not have. */
  readonly #stored: (batch: RecordBatch) => RecordBatch
  readonly #assembler: FileAssembler
  readonly #sink: WritableStreamDefaultWriter<Uint8Array>
  readonly #storedBytes: Promise<number>
  readonly #permits: Permits
  /** Aborts when the caller gives up, and when something has failed. */
  readonly #stop = new AbortController()
  #pending: PendingRows[] = []
  #pendingRows = 0
  #pendingBytes = 0
  #rows = 0
  /** Arrow bytes of row groups that are not in the file yet. */
  #inFlightBytes = 0
  #inFlightCount = 0
  /** Resolves when all row groups so far are in the file. */
  #placed: Promise<void> = Promise.resolve()

  constructor(options: ParquetWriterOptions) {
    const { store, location, mode = 'create', schema, signal, codec } = options
    this.#options = options
    this.#arrowSchema = arrowSchemaOf(schema)
    const fields = storedFields(schema.fields)
    const isWhole = fields === schema.fields
    this.#stored = isWhole ? (batch) => batch : batchProjector(fields, this.#arrowSchema)
    this.#assembler = new FileAssembler(isWhole ? schema : { ...schema, fields })
    this.#permits = options.permits ?? new Permits(codec.threads + 1)
    const unfollow = forwardAbort(signal, this.#stop)
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
    this.#sink = writable.getWriter()
    this.#storedBytes = store.put(location, readable, mode, signal === undefined ? {} : { signal })
    // Who writes or closes next is told. A store that fails before it reads would leave a write waiting for ever.
    this.#storedBytes.catch((error: unknown) => readable.cancel(error)).catch(ignore)
    this.#storedBytes.catch(ignore).finally(unfollow)
    this.#sink.closed.catch(ignore)
  }

  get rows(): number {
    return this.#rows
  }

  get pendingBytes(): number {
    return this.#pendingBytes
  }

  async write(batch: RecordBatch, onRead: () => void = ignore): Promise<void> {
    assert(util.compareSchemas(this.#arrowSchema, batch.schema), 'a batch is not of the schema')
    const { rowGroupRows = DEFAULT_ROW_GROUP_ROWS, rowGroupBytes = DEFAULT_ROW_GROUP_BYTES } =
      this.#options
    const rowBytes = bytesOf(batch) / Math.max(1, batch.numRows)
    // Row groups that have some of its rows may be encoded in any order.
    const part = lastOf(onRead)
    const whole = part()
    let offset = 0
    while (offset < batch.numRows) {
      const roomBytes = rowGroupBytes - this.#pendingBytes
      const roomRows = Math.min(rowGroupRows - this.#pendingRows, Math.floor(roomBytes / rowBytes))
      const isFull = roomRows < 1 && this.#pendingRows > 0
      const count = isFull ? 0 : Math.min(Math.max(1, roomRows), batch.numRows - offset)
      if (count > 0) {
        const rows = sliceBatch(batch, offset, offset + count)
        this.#gather({ batch: this.#stored(rows), onRead: part() }, count * rowBytes)
      }
      offset += count
      if (isFull || this.#pendingRows === rowGroupRows) await this.endRowGroup()
    }
    whole()
  }

  async endRowGroup(): Promise<void> {
    this.#stop.signal.throwIfAborted()
    if (this.#pendingRows === 0) return
    const [rows, arrowBytes] = [this.#pending, this.#pendingBytes]
    this.#pending = []
    this.#pendingRows = 0
    this.#pendingBytes = 0
    await this.#encode(rows, arrowBytes)
  }

  async hasReached(bytes: number): Promise<boolean> {
    const maxBytes =
      this.#assembler.sizeBytes +
      MAX_GROWTH * this.#inFlightBytes +
      MAX_COLUMN_OVERHEAD_BYTES * this.#assembler.columnCount * this.#inFlightCount
    if (maxBytes < bytes) return false
    await this.#placed
    return this.#assembler.sizeBytes >= bytes
  }

  async close(): Promise<WrittenParquet> {
    await this.endRowGroup()
    // A file without rows has a schema too.
    if (this.#rows === 0) {
      const none = this.#stored(batchFromValues(this.#options.schema, []))
      await this.#encode([{ batch: none, onRead: ignore }], 0)
    }
    await this.#placed
    assert(this.#assembler.rowCount === BigInt(this.#rows), 'rows were lost on the way to a file')
    await this.#send(this.#assembler.finish())
    await this.#sink.close().catch(ignore)
    const stored = await this.#storedBytes
    assert(stored === this.#assembler.sizeBytes, 'the store holds another number of bytes')
    return {
      fileSizeBytes: BigInt(stored),
      recordCount: this.#assembler.rowCount,
      columnSizes: this.#assembler.columnSizes,
      splitOffsets: this.#assembler.splitOffsets,
    }
  }

  async abort(reason: unknown): Promise<void> {
    this.#pending = []
    this.#stop.abort(reason)
    await this.#sink.abort(reason).catch(ignore)
    await this.#placed.catch(ignore)
    await this.#storedBytes.catch(ignore)
  }

  #gather(rows: PendingRows, bytes: number): void {
    const { numRows } = rows.batch
    this.#pending.push(rows)
    this.#pendingRows += numRows
    this.#pendingBytes += bytes
    this.#rows += numRows
    this.#options.codec.prepare?.(this.#pendingBytes)
  }

  /** Begins to encode a row group when there is a permit for it, which it keeps until it is in the file. */
  async #encode(rows: readonly PendingRows[], arrowBytes: number): Promise<void> {
    const release = await this.#permits.acquire()
    this.#inFlightBytes += arrowBytes
    this.#inFlightCount += 1
    const before = this.#placed
    const encoded = this.#encoded(rows)
    const place = async (): Promise<void> => {
      try {
        const [piece] = await Promise.all([encoded, before])
        const parts = this.#assembler.add(piece.bytes)
        await nextTurn()
        for (const bytes of copiesOf(parts, SENT_BYTES)) {
          await this.#send(bytes)
          await nextTurn()
        }
        piece.release()
      } finally {
        this.#inFlightBytes -= arrowBytes
        this.#inFlightCount -= 1
        release()
      }
    }
    this.#placed = place()
    // Who writes or closes next is told.
    this.#placed.catch((error: unknown) => this.#stop.abort(error))
  }

  async #encoded(rows: readonly PendingRows[]): Promise<EncodedRowGroup> {
    const { codec } = this.#options
    this.#stop.signal.throwIfAborted()
    const batches = rows.map(({ batch }) => batch)
    const options = this.#encodeOptions(batches)
    await nextTurn()
    const encoded = codec.encode(await ipcParts(batches), options, { signal: this.#stop.signal })
    for (const { onRead } of rows) onRead()
    return encoded
  }

  #encodeOptions(batches: readonly RecordBatch[]): EncodeOptions {
    const {
      compression = 'zstd',
      pageBytes,
      dictionaryBytes = DEFAULT_DICTIONARY_BYTES,
    } = this.#options
    return {
      compression,
      dictionaries: chooseDictionaries(batches, dictionaryBytes),
      dictionaryBytes,
      ...(pageBytes === undefined ? {} : { pageBytes }),
    }
  }

  /** Resolves when the store has taken the bytes; when it has failed, with its error. */
  async #send(bytes: Uint8Array): Promise<void> {
    try {
      await this.#sink.write(bytes)
    } catch (error) {
      await this.#storedBytes
      throw new IcebergError('internal', 'the store ended before the file', { cause: error })
    }
  }
}

/** The parts of an IPC stream, the buffers of the batches themselves among them. */
async function ipcParts(batches: readonly RecordBatch[]): Promise<readonly Uint8Array[]> {
  const parts: Uint8Array[] = []
  const writer = RecordBatchStreamWriter.writeAll(new Table([...batches]))
  for await (const part of writer) parts.push(part)
  return parts
}

/** Copies of parts, joined while they are small. */
function* copiesOf(parts: readonly Uint8Array[], enoughBytes: number): Generator<Uint8Array> {
  let gathered: Uint8Array[] = []
  let bytes = 0
  for (const part of parts) {
    gathered.push(part)
    bytes += part.length
    if (bytes < enoughBytes) continue
    yield concatBytes(gathered)
    gathered = []
    bytes = 0
  }
  if (bytes > 0) yield concatBytes(gathered)
}

/** What the buffers of a batch hold. A slice counts whole buffers, which only ends row groups early. */
function bytesOf(batch: RecordBatch): number {
  return batch.data.byteLength
}

/** Gives out functions, and calls `done` when each of them was called. The first is to be called last. */
function lastOf(done: () => void): () => () => void {
  let left = 0
  return () => {
    left += 1
    return () => {
      left -= 1
      if (left === 0) done()
    }
  }
}

function ignore(): void {}
