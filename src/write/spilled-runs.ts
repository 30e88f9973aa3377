// Rows that are more than a sort holds, as sorted runs in temporary files:
//  1. each time that enough rows are held, these become a run: partition by partition, each in the order asked for, and each
//     row with the number of its partition (`numbered-rows.ts`), so that a run is in one order from its first row to its last;
//  2. runs are cut into small batches, each an Arrow stream of its own at a known place of one file;
//  3. of more runs than can be read at once, neighbours are merged to longer ones in another file, as often as it takes;
//  4. the runs that are left are merged, and come partition by partition.
// Runs stay in the order they were made in, so that rows that compare equal keep the order of the input.
import type { RecordBatch } from 'apache-arrow'

import { nextTurn } from '../base/environment.ts'
import { batchBytes } from '../formats/arrow/batch-bytes.ts'
import { mergeRuns } from '../formats/arrow/merge.ts'
import { sortBatches } from '../formats/arrow/sort.ts'
import { batchOfBytes, bytesOfBatch } from '../formats/arrow/stored-batch.ts'
import { concatBatches, sliceBatch } from '../formats/arrow/take.ts'
import { makeTemporaryFolder } from '../io/temporary-folder.ts'
import type {
  TemporaryFile,
  TemporaryFolder,
  TemporaryFolderOptions,
} from '../io/temporary-folder.ts'
import type { SortOrder } from '../layout/sort-order.ts'
import type { Schema } from '../types/schema.ts'
import { handedOver } from './held-rows.ts'
import type { TakenRows } from './held-rows.ts'
import { numberedRows } from './numbered-rows.ts'
import type { NumberedBatch, NumberedRows } from './numbered-rows.ts'

export interface SpilledRunsOptions {
  readonly schema: Schema
  readonly order: SortOrder
  /** Arrow bytes that a sort may hold. */
  readonly maxBytes: number
  readonly folder: TemporaryFolderOptions
  readonly signal?: AbortSignal | undefined
}

/** Runs that are read at once at the most: more would only make their batches smaller. */
const MAX_MERGED_RUNS = 64

/** What a batch of a run takes at the most, unless a row alone takes more. */
const MAX_STORED_BYTES = 512 << 10

/** Of what a sort may hold, a merge holds this part in batches of runs; the rest is for the rows that are being sorted. */
const MERGED_PART = 1 / 2

/** Makes a folder for runs. {@link SpilledRuns.remove} is to be called in the end. */
export async function openSpilledRuns(options: SpilledRunsOptions): Promise<SpilledRuns> {
  const folder = await makeTemporaryFolder(options.folder)
  try {
    return new SpilledRuns(options, folder, await folder.newFile())
  } catch (error) {
    await folder.remove()
    throw error
  }
}

/** A sorted run: its batches lie one after the other in the file. */
interface Run {
  readonly start: number
  readonly lengths: readonly number[]
}

export class SpilledRuns {
  readonly #options: SpilledRunsOptions
  readonly #folder: TemporaryFolder
  readonly #numbered: NumberedRows
  readonly #storedBytes: number
  #file: TemporaryFile
  #runs: Run[] = []

  constructor(options: SpilledRunsOptions, folder: TemporaryFolder, file: TemporaryFile) {
    this.#options = options
    this.#folder = folder
    this.#file = file
    this.#numbered = numberedRows(options.schema, options.order)
    const mergedBytes = (options.maxBytes * MERGED_PART) / MAX_MERGED_RUNS
    this.#storedBytes = Math.min(MAX_STORED_BYTES, mergedBytes)
  }

  /** Makes a run of held rows, which come after those of the runs before. */
  async add(held: TakenRows): Promise<void> {
    await this.#write(this.#file, this.#sorted(held))
  }

  /** All rows, in their order within each partition, partition by partition. May be asked for once. */
  async *merged(): AsyncGenerator<NumberedBatch> {
    for (let fanIn = this.#fanIn(); this.#runs.length > fanIn; fanIn = this.#fanIn()) {
      await this.#mergeNeighbours(fanIn)
    }
    for await (const batch of this.#merge(this.#runs)) {
      this.#options.signal?.throwIfAborted()
      yield* this.#numbered.byNumber(batch)
    }
  }

  /** Removes all that is on disk. Never throws. */
  async remove(): Promise<void> {
    await this.#folder.remove()
  }

  /** Replaces the runs by fewer and longer ones. */
  async #mergeNeighbours(fanIn: number): Promise<void> {
    const before = this.#runs
    const file = await this.#folder.newFile()
    this.#runs = []
    for (let first = 0; first < before.length; first += fanIn) {
      await this.#write(file, this.#merge(before.slice(first, first + fanIn)))
    }
    await this.#folder.removeFile(this.#file)
    this.#file = file
  }

  #merge(runs: readonly Run[]): AsyncIterable<RecordBatch> {
    const { order, schema } = this.#numbered
    return mergeRuns(
      runs.map((run) => this.#read(run)),
      order,
      schema,
    )
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

  *#sorted(held: TakenRows): Generator<RecordBatch> {
    const numbered = this.#numbered
    if (held.kind === 'joined') {
      yield* sortBatches(joinAndDrop(held.batches), numbered.order, numbered.schema)
      return
    }
    const { order, schema } = this.#options
    for (const { number, batches } of handedOver(held.partitions)) {
      for (const batch of sortBatches(joinAndDrop(batches), order, schema)) {
        yield numbered.withNumber(number, batch)
      }
    }
  }

  /** Appends a run to the file; the batches of small partitions are joined, large ones are cut. */
  async #write(
    file: TemporaryFile,
    batches: Iterable<RecordBatch> | AsyncIterable<RecordBatch>,
  ): Promise<void> {
    const start = file.sizeBytes
    const lengths: number[] = []
    let gathered: RecordBatch[] = []
    let gatheredBytes = 0
    const flush = async (): Promise<void> => {
      if (gathered.length === 0) return
      this.#options.signal?.throwIfAborted()
      const bytes = bytesOfBatch(concatBatches(gathered))
      gathered = []
      gatheredBytes = 0
      await file.append(bytes)
      lengths.push(bytes.length)
      await nextTurn()
    }
    for await (const batch of batches) {
      for (const piece of piecesOf(batch, this.#storedBytes)) {
        const bytes = batchBytes(piece)
        if (gatheredBytes + bytes > this.#storedBytes) await flush()
        gathered.push(piece)
        gatheredBytes += bytes
      }
    }
    await flush()
    this.#runs.push({ start, lengths })
  }

  async *#read(run: Run): AsyncGenerator<RecordBatch> {
    let { start } = run
    for (const length of run.lengths) {
      this.#options.signal?.throwIfAborted()
      yield batchOfBytes(await this.#file.read(start, length), this.#numbered.arrowSchema)
      start += length
    }
  }
}

/** The batches as one, which are not held any longer: otherwise all rows were in memory twice while they are sorted. */
function joinAndDrop(batches: RecordBatch[]): readonly RecordBatch[] {
  const dropped = batches.splice(0)
  return dropped.length === 0 ? [] : [concatBatches(dropped)]
}

/** Halves of halves, until none takes more than that or has more than a row. */
function* piecesOf(batch: RecordBatch, maxBytes: number): Generator<RecordBatch> {
  if (batch.numRows <= 1 || batchBytes(batch) <= maxBytes) {
    yield batch
    return
  }
  const middle = batch.numRows >>> 1
  yield* piecesOf(sliceBatch(batch, 0, middle), maxBytes)
  yield* piecesOf(sliceBatch(batch, middle, batch.numRows), maxBytes)
}
