// The rows of one partition to data files: small batches are gathered, files roll over at the target size, and metrics
// are counted as the rows pass.
import type { RecordBatch } from 'apache-arrow'

import { nextTurn } from '../base/environment.ts'
import { batchBytes } from '../formats/arrow/batch-bytes.ts'
import { createMetricsCollector } from '../formats/arrow/metrics.ts'
import type { MetricsCollector } from '../formats/arrow/metrics.ts'
import { RowBuffer, RowBuffers } from '../formats/arrow/row-buffer.ts'
import { arrowSchemaOf } from '../formats/arrow/schema.ts'
import { sliceBatch } from '../formats/arrow/take.ts'
import { openParquetWriter } from '../formats/parquet/writer.ts'
import type { ParquetWriter } from '../formats/parquet/writer.ts'
import type { PartitionSpec } from '../layout/partition-spec.ts'
import type { PartitionTuple } from '../layout/partition-tuple.ts'
import type { DataFile } from '../metadata/data-file.ts'
import { columnMetricsModes } from '../metadata/column-metrics-modes.ts'
import {
  PARQUET_COMPRESSION,
  PARQUET_DICT_SIZE_BYTES,
  PARQUET_PAGE_SIZE_BYTES,
  ROW_GROUP_SIZE_BYTES,
  TARGET_FILE_SIZE_BYTES,
  readProperty,
} from '../metadata/properties.ts'
import { currentSchema, currentSortOrder } from '../metadata/table-metadata.ts'
import { newFileLocation } from './new-file.ts'
import { writtenSchema } from './row-lineage.ts'
import type { WriteContext } from './write-context.ts'

/** Batches below this are gathered first: handing one to the codec costs as much as some thousand rows. */
const MIN_BATCH_ROWS = 8_192

/** Rows of so many bytes are not gathered: what the codec costs beside them is little, and memory is bounded. */
const MIN_BATCH_BYTES = 1 << 20

/** Memory that waits to be used again, of a writer that has it for itself. */
const MAX_KEPT_BYTES = 16 << 20

/** What is gathered at a time, a column after the other: its rows are in the cache as long as it is its turn. */
const MAX_GATHERED_BYTES = 64 << 20

/** What a buffer is filled with at a time; more would not be kept. */
const MAX_BUFFER_BYTES = 4 << 20

/** Rows that a file gets before it is asked again: each time ends a row group, which should not be small. */
const ROW_LIMIT_GROWTH = 1.25

export interface DataTarget {
  readonly spec: PartitionSpec
  readonly partition: PartitionTuple
  /** The table's sort order that the rows come in; null when they come in none. */
  readonly sortOrderId: number | null
}

interface OpenFile {
  readonly path: string
  readonly writer: ParquetWriter
  readonly metrics: MetricsCollector
  /** At so many rows it is asked whether it has bytes enough. */
  rowLimit: number
}

export class DataWriter {
  readonly #context: WriteContext
  readonly #target: DataTarget
  readonly #targetBytes: number
  readonly #rowGroupBytes: number
  readonly #files: DataFile[] = []
  readonly #buffers: RowBuffers
  #gathered: RowBuffer | null = null
  #file: OpenFile | null = null

  /** @param buffers that rows are gathered in, shared with other writers */
  constructor(context: WriteContext, target: DataTarget, buffers?: RowBuffers) {
    this.#context = context
    this.#target = target
    const { metadata } = context.state
    this.#buffers = buffers ?? new RowBuffers(arrowSchemaOf(writtenSchema(context)), MAX_KEPT_BYTES)
    const { properties } = metadata
    this.#targetBytes = readProperty(properties, TARGET_FILE_SIZE_BYTES)
    // A file is measured when a row group ends, so that larger ones would let it grow past its size.
    this.#rowGroupBytes = Math.min(
      readProperty(properties, ROW_GROUP_SIZE_BYTES),
      this.#targetBytes,
    )
  }

  /** @param rows which rows of the batch, in their order; all of them when absent */
  async write(batch: RecordBatch, rows?: Uint32Array): Promise<void> {
    if (rows !== undefined) await this.#gather(batch, rows)
    else if (isEnough(batch.numRows, () => batchBytes(batch))) {
      await this.#flush()
      await this.#add(batch)
    } else {
      this.buffer().addAll(batch)
      await this.flushIfEnough()
    }
  }

  /** For rows that are added by someone else, who then calls {@link flushIfEnough}. */
  buffer(): RowBuffer {
    return (this.#gathered ??= this.#buffers.take())
  }

  async flushIfEnough(): Promise<void> {
    const gathered = this.#gathered
    if (gathered !== null && isEnough(gathered.rows, () => gathered.bytes)) await this.#flush()
  }

  /** What rows take in memory that are not written yet. */
  get heldBytes(): number {
    return (this.#gathered?.bytes ?? 0) + (this.#file?.writer.pendingBytes ?? 0)
  }

  /** Writes the rows that are held, as a row group that could have been larger. */
  async release(): Promise<void> {
    await this.#flush()
    await this.#file?.writer.endRowGroup()
  }

  get isFileOpen(): boolean {
    return this.#file !== null
  }

  /** Ends the file that is being written; further rows begin another one. */
  async endFile(): Promise<void> {
    await this.#flush()
    await this.#closeFile()
  }

  /** Ends the last file. @returns all files, in the order of their rows */
  async close(): Promise<readonly DataFile[]> {
    await this.endFile()
    return this.#files
  }

  /** Gives up the file that is being written. Files that are finished stay, for orphan removal to take. */
  async abort(reason: unknown): Promise<void> {
    this.#gathered = null
    await this.#file?.writer.abort(reason)
  }

  async #gather(batch: RecordBatch, rows: Uint32Array): Promise<void> {
    for (const stretch of cut(rows, rowsWithin(MAX_GATHERED_BYTES, batch))) {
      const parts = cut(stretch, rowsWithin(MAX_BUFFER_BYTES, batch)).map((part, index) => ({
        buffer: index === 0 ? this.buffer() : this.#buffers.take(),
        rows: part,
      }))
      RowBuffer.addToEach(batch, parts)
      for (const { buffer } of parts) {
        // However little it holds: what is cut by what rows take on average may have the small ones alone.
        if (buffer !== this.#gathered) await this.#flush()
        this.#gathered = buffer
      }
      await this.flushIfEnough()
    }
  }

  async #flush(): Promise<void> {
    const gathered = this.#gathered
    if (gathered === null || gathered.rows === 0) return
    this.#gathered = null
    await this.#add(gathered.batch(), () => this.#buffers.giveBack(gathered))
  }

  async #add(batch: RecordBatch, onRead?: () => void): Promise<void> {
    for (let start = 0; start < batch.numRows;) {
      this.#file ??= this.#openFile()
      const { writer, rowLimit } = this.#file
      const end = Math.min(batch.numRows, start + rowLimit - writer.rows)
      // A file that is closed reads its rows no more, so that the last part is the last to be read.
      const onPartRead = end === batch.numRows ? onRead : undefined
      await this.#addToFile(this.#file, sliceBatch(batch, start, end), onPartRead)
      start = end
    }
  }

  async #addToFile(file: OpenFile, batch: RecordBatch, onRead?: () => void): Promise<void> {
    file.metrics.add(batch)
    await nextTurn()
    await file.writer.write(batch, onRead)
    if (await this.#isFull(file)) await this.#closeFile()
  }

  async #isFull(file: OpenFile): Promise<boolean> {
    const { writer, rowLimit } = file
    if (await writer.hasReached(this.#targetBytes)) return true
    if (writer.rows < rowLimit) return false
    // What its rows take is known when they are encoded, and not before.
    await writer.endRowGroup()
    if (await writer.hasReached(this.#context.fileLength?.minBytes ?? 0)) return true
    file.rowLimit = Math.ceil(writer.rows * ROW_LIMIT_GROWTH)
    return false
  }

  #openFile(): OpenFile {
    const { state, permits, compression, signal } = this.#context
    const { metadata, services } = state
    const schema = writtenSchema(this.#context)
    const path = newFileLocation(this.#context, this.#target.spec, this.#target.partition)
    const pageBytes = readProperty(metadata.properties, PARQUET_PAGE_SIZE_BYTES)
    const dictionaryBytes = readProperty(metadata.properties, PARQUET_DICT_SIZE_BYTES)
    const writer = openParquetWriter({
      schema,
      codec: services.codec,
      store: services.store,
      location: path,
      compression: compression ?? readProperty(metadata.properties, PARQUET_COMPRESSION),
      rowGroupBytes: this.#rowGroupBytes,
      ...(pageBytes === null ? {} : { pageBytes }),
      ...(dictionaryBytes === null ? {} : { dictionaryBytes }),
      permits,
      ...(signal === undefined ? {} : { signal }),
    })
    const modes = columnMetricsModes({
      properties: metadata.properties,
      schema: currentSchema(metadata),
      sortOrder: currentSortOrder(metadata),
    })
    // Columns of moved rows have no metrics: what is null there is something else to a reader.
    const rowLimit = this.#context.fileLength?.rows ?? Infinity
    return { path, writer, metrics: createMetricsCollector(schema, modes), rowLimit }
  }

  async #closeFile(): Promise<void> {
    if (this.#file === null) return
    const { path, writer, metrics } = this.#file
    const written = await writer.close()
    // Not before: a file that could not be closed has to be given up.
    this.#file = null
    this.#files.push({
      content: 'data',
      path,
      format: 'parquet',
      specId: this.#target.spec.specId,
      partition: this.#target.partition,
      recordCount: written.recordCount,
      fileSizeBytes: written.fileSizeBytes,
      metrics: { ...metrics.finish(), columnSizes: written.columnSizes },
      splitOffsets: written.splitOffsets,
      equalityIds: null,
      sortOrderId: this.#target.sortOrderId,
      keyMetadata: null,
    })
    this.#context.state.services.onEvent({
      kind: 'file-written',
      table: this.#context.state.name,
      path,
      rows: written.recordCount,
      sizeBytes: written.fileSizeBytes,
    })
  }
}

/** How many rows of a batch take about so many bytes. */
function rowsWithin(bytes: number, batch: RecordBatch): number {
  const rowBytes = batchBytes(batch) / Math.max(1, batch.numRows)
  return Math.max(1, Math.floor(bytes / rowBytes))
}

function cut(rows: Uint32Array, length: number): Uint32Array[] {
  return Array.from({ length: Math.ceil(rows.length / length) }, (_, index) =>
    rows.subarray(index * length, (index + 1) * length),
  )
}

function isEnough(rows: number, bytes: () => number): boolean {
  return rows >= MIN_BATCH_ROWS || bytes() >= MIN_BATCH_BYTES
}

/** What files have, for those who must not lose any. */
export function rowsOfFiles(files: readonly DataFile[]): bigint {
  return files.reduce((sum, { recordCount }) => sum + recordCount, 0n)
}
