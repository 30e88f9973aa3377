// Rows of one order that are more than a sort holds, in temporary files:
//  1. what comes first is stored as it came, so long as memory has room for all of it in the end. For a partition of many
//     that is all there is: its rows are sorted once;
//  2. what comes after that is sorted, and makes a run each time;
//  3. of more runs than can be read at once, neighbours are merged to longer ones in another file, as often as it takes;
//  4. in the end the rows of 1 are loaded and sorted, and as the first run merged with those that are left.
// Runs stay in the order they were made in, so that rows that compare equal keep the order of the input.
import type { RecordBatch, Schema as ArrowSchema } from 'apache-arrow'

import { batchBytes } from '../formats/arrow/batch-bytes.ts'
import { mergeRuns } from '../formats/arrow/merge.ts'
import { GrowingMemory } from '../formats/arrow/growing-memory.ts'
import type { RowBuffer } from '../formats/arrow/row-buffer.ts'
import { orderOfRows, sortBatches } from '../formats/arrow/sort.ts'
import { concatBatches } from '../formats/arrow/take.ts'
import type { SortOrder } from '../layout/sort-order.ts'
import type { Schema } from '../types/schema.ts'
import { copiesOf } from './numbered-rows.ts'
import type { OrderedRows } from './numbered-rows.ts'
import type { SpillFile, StoredRows } from './spill-file.ts'

/** Runs that are read at once at the most: more would only make their batches smaller. */
const MAX_MERGED_RUNS = 64

/** What a stored batch of a run takes at the most. */
const MAX_RUN_BATCH_BYTES = 512 << 10

/** What a stored batch of unsorted rows takes at the most: they are read all together. */
const MAX_LOOSE_BATCH_BYTES = 4 << 20

/** Of what a sort may hold, this part is for unsorted rows; as much is left for where they are sorted to. */
const LOOSE_PART = 1 / 2

/** Of what a sort may hold, a merge holds this part in batches of runs; the rest is for the rows that are being sorted. */
const MERGED_PART = 1 / 2

export interface SpilledRunsOptions {
  readonly schema: Schema
  /** Of the batches. */
  readonly arrowSchema: ArrowSchema
  /** Memory for the rows of 4, for one after the other of those that share it. */
  readonly loaded: RowBuffer
  readonly order: SortOrder
  /** Arrow bytes that a sort may hold. */
  readonly maxBytes: number
  readonly disk: SpillDisk
}

/** Where rows are spilled to. */
export interface SpillDisk {
  /** What all rows are written to as they come. */
  readonly file: SpillFile
  /** Another file, for as long as {@link remove} is not called for it. */
  newFile(): Promise<SpillFile>
  /** Never throws. */
  remove(file: SpillFile): Promise<void>
}

export class SpilledRuns {
  readonly #options: SpilledRunsOptions
  readonly #runBatchBytes: number
  readonly #loose: StoredRows[] = []
  #looseBytes = 0
  #runs: readonly StoredRows[] = []
  /** The file of runs that were merged. */
  #mergedFile: SpillFile | null = null

  constructor(options: SpilledRunsOptions) {
    this.#options = options
    const mergedBytes = (options.maxBytes * MERGED_PART) / MAX_MERGED_RUNS
    this.#runBatchBytes = Math.min(MAX_RUN_BATCH_BYTES, mergedBytes)
  }

  /** Stores rows that come after those before; the list does not hold them any longer. */
  async add(batches: RecordBatch[]): Promise<void> {
    const { disk, order, schema, maxBytes } = this.#options
    const bytes = batches.reduce((sum, batch) => sum + batchBytes(batch), 0)
    if (this.#runs.length > 0 || this.#looseBytes + bytes > maxBytes * LOOSE_PART) {
      await this.addRun(sortBatches(joinAndDrop(batches), order, schema))
      return
    }
    this.#looseBytes += bytes
    this.#loose.push(await disk.file.write(batches.splice(0), MAX_LOOSE_BATCH_BYTES))
  }

  /** Stores rows that are in order, and come after those before. */
  async addRun(batches: Iterable<RecordBatch> | AsyncIterable<RecordBatch>): Promise<void> {
    const run = await this.#options.disk.file.write(batches, this.#runBatchBytes)
    this.#runs = [...this.#runs, run]
  }

  /** All rows in order, in stretches that are read before the next is asked for. May be asked for once. */
  async *sorted(): AsyncGenerator<OrderedRows> {
    if (this.#runs.length === 0) yield await this.#orderedLoose()
    else for await (const batch of this.#merged()) yield { batch }
  }

  async *#merged(): AsyncGenerator<RecordBatch> {
    const { disk } = this.#options
    try {
      for (let fanIn = this.#fanIn(); this.#runs.length > fanIn; fanIn = this.#fanIn()) {
        await this.#mergeNeighbours(fanIn)
      }
      yield* this.#merge([this.#sortedLoose(), ...this.#runs.map((run) => this.#read(run))])
    } finally {
      if (this.#mergedFile !== null) await disk.remove(this.#mergedFile)
    }
  }

  async *#sortedLoose(): AsyncGenerator<RecordBatch> {
    yield* copiesOf(await this.#orderedLoose())
  }

  /** Read before any other is loaded. */
  async #orderedLoose(): Promise<OrderedRows> {
    const { loaded, order, schema } = this.#options
    const memory = new GrowingMemory()
    loaded.clear()
    for (const stored of this.#loose) {
      for await (const batch of this.#read(stored, memory)) loaded.addAll(batch)
    }
    const batch = loaded.batch()
    return { batch, rows: orderOfRows(batch, order, schema) }
  }

  /** Replaces the runs by fewer and longer ones. */
  async #mergeNeighbours(fanIn: number): Promise<void> {
    const { disk } = this.#options
    const before = this.#mergedFile
    const file = await disk.newFile()
    this.#mergedFile = file
    const merged: StoredRows[] = []
    for (let first = 0; first < this.#runs.length; first += fanIn) {
      const neighbours = this.#runs.slice(first, first + fanIn).map((run) => this.#read(run))
      merged.push(await file.write(this.#merge(neighbours), this.#runBatchBytes))
    }
    this.#runs = merged
    if (before !== null) await disk.remove(before)
  }

  #merge(runs: readonly AsyncIterable<RecordBatch>[]): AsyncGenerator<RecordBatch> {
    const { order, schema } = this.#options
    return mergeRuns(runs, order, schema)
  }

  #read(rows: StoredRows, memory?: GrowingMemory): AsyncGenerator<RecordBatch> {
    return rows.file.read(rows, this.#options.arrowSchema, memory)
  }

  /** As many runs as memory has room for, were every batch as large as the largest; two at the least. */
  #fanIn(): number {
    const largest = this.#runs.reduce(
      (most, { lengths }) => lengths.reduce((longest, length) => Math.max(longest, length), most),
      1,
    )
    const room = Math.floor((this.#options.maxBytes * MERGED_PART) / largest)
    return Math.min(MAX_MERGED_RUNS, Math.max(2, room))
  }
}

/** The batches as one, which are not held any longer: otherwise all rows were in memory twice while they are sorted. */
function joinAndDrop(batches: RecordBatch[]): readonly RecordBatch[] {
  const dropped = batches.splice(0)
  return dropped.length === 0 ? [] : [concatBatches(dropped)]
}
