import type { RecordBatch, Schema as ArrowSchema } from 'apache-arrow'

import { assert } from '../base/assert.ts'
import { nextTurn } from '../base/environment.ts'
import { batchBytes } from '../formats/arrow/batch-bytes.ts'
import { batchOfBytes, partsOfBatch } from '../formats/arrow/stored-batch.ts'
import type { GrowingMemory } from '../formats/arrow/growing-memory.ts'
import { concatBatches, sliceBatch } from '../formats/arrow/take.ts'
import type { TemporaryFile } from '../io/temporary-folder.ts'

/** Rows in a file: batches, each an Arrow stream of its own, one after the other. */
export interface StoredRows {
  readonly file: SpillFile
  readonly start: number
  /** In bytes. */
  readonly lengths: readonly number[]
}

/** A temporary file of rows. What is written to it last may still be on its way to the disk while the next is made. */
export class SpillFile {
  readonly temporary: TemporaryFile
  readonly #signal: AbortSignal | undefined
  #writing: Promise<void> = Promise.resolve()

  constructor(temporary: TemporaryFile, signal: AbortSignal | undefined) {
    this.temporary = temporary
    this.#signal = signal
  }

  /**
   * Appends rows in stored batches of at most `storedBytes`, unless a row alone takes more: small ones are joined, large
   * ones are cut. Calls must not overlap.
   */
  async write(
    batches: Iterable<RecordBatch> | AsyncIterable<RecordBatch>,
    storedBytes: number,
  ): Promise<StoredRows> {
    await this.#writing
    const start = this.temporary.sizeBytes
    const lengths: number[] = []
    for await (const batch of joined(batches, storedBytes)) {
      this.#signal?.throwIfAborted()
      lengths.push(await this.#append(await partsOfBatch(batch)))
      await nextTurn()
    }
    return { file: this, start, lengths }
  }

  /** Resolves when all that was to be written has been. */
  async written(): Promise<void> {
    await this.#writing
  }

  /**
   * The rows of a part of the file, in the batches that they are stored in, which had this schema.
   *
   * @param memories where batches lie, in turn: with one, a batch is to be read before the next is asked for, with two, before
   *   the one after that is
   */
  async *read(
    { start, lengths }: StoredRows,
    schema: ArrowSchema,
    memories: readonly GrowingMemory[],
  ): AsyncGenerator<RecordBatch> {
    await this.#writing
    let end = start
    for (const [index, length] of lengths.entries()) {
      this.#signal?.throwIfAborted()
      const memory = memories[index % memories.length]
      assert(memory !== undefined, 'batches lie somewhere')
      memory.reserve(length)
      const bytes = memory.bytes.subarray(0, length)
      await this.temporary.read(end, bytes)
      yield batchOfBytes(bytes, schema)
      end += length
    }
  }

  /** @returns how many bytes these are */
  async #append(parts: readonly Uint8Array[]): Promise<number> {
    await this.#writing
    this.#writing = this.temporary.append(parts)
    // Who writes or reads next is told.
    this.#writing.catch(() => undefined)
    return parts.reduce((sum, part) => sum + part.length, 0)
  }
}

async function* joined(
  batches: Iterable<RecordBatch> | AsyncIterable<RecordBatch>,
  maxBytes: number,
): AsyncGenerator<RecordBatch> {
  let gathered: RecordBatch[] = []
  let gatheredBytes = 0
  for await (const batch of batches) {
    for (const piece of piecesOf(batch, maxBytes)) {
      const bytes = batchBytes(piece)
      if (gathered.length > 0 && gatheredBytes + bytes > maxBytes) {
        yield concatBatches(gathered)
        gathered = []
        gatheredBytes = 0
      }
      gathered.push(piece)
      gatheredBytes += bytes
    }
  }
  if (gathered.length > 0) yield concatBatches(gathered)
}

/** Halves of halves, until none takes more than that or has more than a row. */
export function* piecesOf(batch: RecordBatch, maxBytes: number): Generator<RecordBatch> {
  if (batch.numRows <= 1 || batchBytes(batch) <= maxBytes) {
    yield batch
    return
  }
  const middle = batch.numRows >>> 1
  yield* piecesOf(sliceBatch(batch, 0, middle), maxBytes)
  yield* piecesOf(sliceBatch(batch, middle, batch.numRows), maxBytes)
}
