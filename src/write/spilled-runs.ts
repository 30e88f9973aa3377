// Rows of one order that are more than a sort holds, in temporary files:
//  1. what comes first is stored as it came, so long as memory has room for all of it in the end. For a partition of many
//     that is all there is: its rows are sorted once;
//  2. what comes after that is sorted in parts, each of which makes a run;
//  3. of more runs than can be read at once, neighbours are merged to longer ones in another file, as often as it takes;
//  4. in the end the rows of 1 are loaded and sorted, and as the first run merged with those that are left.
// Runs stay in the order they were made in, so that rows that compare equal keep the order of the input.
import type { RecordBatch, Schema as ArrowSchema } from 'apache-arrow'

import { nextTurn } from '../base/environment.ts'
import { batchBytes } from '../formats/arrow/batch-bytes.ts'
import { mergeRuns } from '../formats/arrow/merge.ts'
import { GrowingMemory } from '../formats/arrow/growing-memory.ts'
import { allCopies, copiesOf } from '../formats/arrow/ordered-rows.ts'
import type { OrderedRows } from '../formats/arrow/ordered-rows.ts'
import { orderOfRows } from '../formats/arrow/sort.ts'
import type { SortOrder } from '../layout/sort-order.ts'
import type { Schema } from '../types/schema.ts'
import type { SortMemory } from './sort-memory.ts'
import { piecesOf } from './spill-file.ts'
import type { SpillFile, StoredRows } from './spill-file.ts'

/** Runs that are read at once at the most: more would only make their batches smaller. */
const MAX_MERGED_RUNS = 64

/** What a stored batch of a run takes at the most. */
const MAX_RUN_BATCH_BYTES = 1 << 20

/** Rows that are sorted at once take so much: gathering them stays in the cache, and other work has its turn in between. */
const MIN_RUN_BYTES = 32 << 20

/** Later runs are longer, so that there are not many times as many of them. */
const RUN_SHARE = 1 / 32

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
  /** For one after the other of those that share it. */
  readonly memory: SortMemory
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
  #runBytes = 0
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
    const { disk, maxBytes } = this.#options
    const bytes = totalBytes(batches)
    if (this.#runs.length > 0 || this.#looseBytes + bytes > maxBytes * LOOSE_PART) {
      await this.#addRuns(batches.splice(0))
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

  async #addRuns(batches: readonly RecordBatch[]): Promise<void> {
    const { maxBytes } = this.#options
    const enough = Math.max(MIN_RUN_BYTES, this.#runBytes * RUN_SHARE)
    for (const part of partsWithin(batches, Math.min(enough, maxBytes))) {
      this.#runBytes += totalBytes(part)
      const rows = this.#ordered(part)
      await nextTurn()
      await this.addRun([this.#options.memory.inOrder(rows)])
    }
  }

  /** All rows in order, in stretches that are read before the next is asked for. May be asked for once. */
  async *sorted(): AsyncGenerator<OrderedRows> {
    if (this.#runs.length === 0) yield await this.#orderedLoose()
    else yield* this.#merged()
  }

  async *#merged(): AsyncGenerator<OrderedRows> {
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
    const { unsorted } = this.#options.memory
    const memories = [new GrowingMemory()]
    unsorted.clear()
    for (const stored of this.#loose) {
      for await (const batch of this.#read(stored, memories)) unsorted.addAll(batch)
    }
    return this.#orderOf(unsorted.batch())
  }

  #ordered(batches: readonly RecordBatch[]): Required<OrderedRows> {
    const { unsorted } = this.#options.memory
    unsorted.clear()
    for (const batch of batches) unsorted.addAll(batch)
    return this.#orderOf(unsorted.batch())
  }

  #orderOf(batch: RecordBatch): Required<OrderedRows> {
    const { order, schema } = this.#options
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
      merged.push(await file.write(allCopies(this.#merge(neighbours)), this.#runBatchBytes))
    }
    this.#runs = merged
    if (before !== null) await disk.remove(before)
  }

  #merge(runs: readonly AsyncIterable<RecordBatch>[]): AsyncGenerator<OrderedRows> {
    const { order, schema } = this.#options
    return mergeRuns(runs, order, schema)
  }

  #read(
    rows: StoredRows,
    memories: readonly GrowingMemory[] = [new GrowingMemory(), new GrowingMemory()],
  ): AsyncGenerator<RecordBatch> {
    return rows.file.read(rows, this.#options.arrowSchema, memories)
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

/** The batches, those that are larger cut, in parts of about so many bytes. */
function* partsWithin(
  batches: readonly RecordBatch[],
  maxBytes: number,
): Generator<readonly RecordBatch[]> {
  let part: RecordBatch[] = []
  let bytes = 0
  for (const batch of batches) {
    for (const piece of piecesOf(batch, maxBytes)) {
      part.push(piece)
      bytes += batchBytes(piece)
      if (bytes < maxBytes) continue
      yield part
      part = []
      bytes = 0
    }
  }
  if (part.length > 0) yield part
}

function totalBytes(batches: readonly RecordBatch[]): number {
  return batches.reduce((sum, batch) => sum + batchBytes(batch), 0)
}
