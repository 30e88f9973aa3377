// Rows that are more than a sort holds, as sorted runs in temporary files:
//  1. each time that enough rows are held, these become a run: partition by partition, each in the order asked for, and each
//     row with the number of its partition in front, so that a run is in one order from its first row to its last;
//  2. runs are cut into small batches, each an Arrow stream of its own at a known place of one file;
//  3. of more runs than can be read at once, neighbours are merged to longer ones in another file, as often as it takes;
//  4. the runs that are left are merged, and come partition by partition.
// Runs stay in the order they were made in, so that rows that compare equal keep the order of the input.
import type { RecordBatch, Schema as ArrowSchema } from 'apache-arrow'

import { batchBytes } from '../formats/arrow/batch-bytes.ts'
import { columnsOf, makeBatch } from '../formats/arrow/column-data.ts'
import { constantColumn } from '../formats/arrow/constant-column.ts'
import { mergeRuns } from '../formats/arrow/merge.ts'
import { arrowSchemaOf } from '../formats/arrow/schema.ts'
import { sortBatches } from '../formats/arrow/sort.ts'
import { batchOfBytes, bytesOfBatch } from '../formats/arrow/stored-batch.ts'
import { concatBatches, sliceBatch } from '../formats/arrow/take.ts'
import { nextTurn } from '../base/environment.ts'
import { makeTemporaryFolder } from '../io/temporary-folder.ts'
import type {
  TemporaryFile,
  TemporaryFolder,
  TemporaryFolderOptions,
} from '../io/temporary-folder.ts'
import type { SortOrder } from '../layout/sort-order.ts'
import type { Schema } from '../types/schema.ts'

/** Rows of one partition. Whoever takes them lets go of the batches. */
export interface HeldPartition {
  /** Partitions are written in this order. */
  readonly number: number
  batches: readonly RecordBatch[]
}

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

/** A sorted run: where its batches lie in the file. */
interface Run {
  readonly batches: readonly StoredBatch[]
}

interface StoredBatch {
  readonly start: number
  readonly length: number
}

export class SpilledRuns {
  readonly #options: SpilledRunsOptions
  readonly #folder: TemporaryFolder
  readonly #numbered: NumberedOrder
  readonly #storedBytes: number
  #file: TemporaryFile
  #runs: Run[] = []

  constructor(options: SpilledRunsOptions, folder: TemporaryFolder, file: TemporaryFile) {
    this.#options = options
    this.#folder = folder
    this.#file = file
    this.#numbered = numberedOrder(options.schema, options.order)
    const mergedBytes = (options.maxBytes * MERGED_PART) / MAX_MERGED_RUNS
    this.#storedBytes = Math.min(MAX_STORED_BYTES, mergedBytes)
  }

  /** Makes a run of held rows, which come after those of the runs before. */
  async add(partitions: readonly HeldPartition[]): Promise<void> {
    await this.#write(this.#file, this.#sorted(partitions))
  }

  /** All rows, in their order within each partition, partition by partition. May be asked for once. */
  async *merged(): AsyncGenerator<{ readonly number: number; readonly batch: RecordBatch }> {
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
      (most, { batches }) =>
        batches.reduce((longest, { length }) => Math.max(longest, length), most),
      1,
    )
    const room = Math.floor((this.#options.maxBytes * MERGED_PART) / largest)
    return Math.min(MAX_MERGED_RUNS, Math.max(2, room))
  }

  *#sorted(partitions: readonly HeldPartition[]): Generator<RecordBatch> {
    const { order, schema } = this.#options
    for (const partition of partitions) {
      const { number, batches } = partition
      partition.batches = []
      for (const batch of sortBatches(batches, order, schema)) {
        yield this.#numbered.withNumber(number, batch)
      }
    }
  }

  /** Appends a run to the file; the batches of small partitions are joined, large ones are cut. */
  async #write(
    file: TemporaryFile,
    batches: Iterable<RecordBatch> | AsyncIterable<RecordBatch>,
  ): Promise<void> {
    const stored: StoredBatch[] = []
    let gathered: RecordBatch[] = []
    let gatheredBytes = 0
    const flush = async (): Promise<void> => {
      if (gathered.length === 0) return
      this.#options.signal?.throwIfAborted()
      const bytes = bytesOfBatch(concatBatches(gathered))
      gathered = []
      gatheredBytes = 0
      stored.push({ start: await file.append(bytes), length: bytes.length })
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
    this.#runs.push({ batches: stored })
  }

  async *#read(run: Run): AsyncGenerator<RecordBatch> {
    for (const { start, length } of run.batches) {
      this.#options.signal?.throwIfAborted()
      yield batchOfBytes(await this.#file.read(start, length), this.#numbered.arrowSchema)
    }
  }
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

/** Rows with the number of their partition as their first column, by which they are ordered first. */
interface NumberedOrder {
  readonly schema: Schema
  readonly order: SortOrder
  readonly arrowSchema: ArrowSchema
  withNumber(number: number, batch: RecordBatch): RecordBatch
  byNumber(batch: RecordBatch): Iterable<{ readonly number: number; readonly batch: RecordBatch }>
}

/** No field of a table has it. */
const NUMBER_ID = -1

function numberedOrder(plainSchema: Schema, plainOrder: SortOrder): NumberedOrder {
  const type = { kind: 'int' } as const
  const numberField = { id: NUMBER_ID, name: 'partition', required: true, type }
  const schema = { ...plainSchema, fields: [numberField, ...plainSchema.fields] }
  const plainArrowSchema = arrowSchemaOf(plainSchema)
  const arrowSchema = arrowSchemaOf(schema)
  return {
    schema,
    order: {
      ...plainOrder,
      fields: [
        {
          sourceId: NUMBER_ID,
          transform: { kind: 'identity' },
          direction: 'asc',
          nullOrder: 'nulls-first',
        },
        ...plainOrder.fields,
      ],
    },
    arrowSchema,
    withNumber(number, batch) {
      const numbers = constantColumn(type, number)(batch.numRows)
      return makeBatch(arrowSchema, [numbers, ...columnsOf(batch)], batch.numRows)
    },
    *byNumber(batch) {
      const [numberColumn, ...columns] = columnsOf(batch)
      const numbers: Int32Array = numberColumn?.values
      const plain = makeBatch(plainArrowSchema, columns, batch.numRows)
      for (let start = 0; start < batch.numRows;) {
        const number = numbers[start] ?? 0
        let end = start + 1
        while (end < batch.numRows && numbers[end] === number) end += 1
        yield { number, batch: sliceBatch(plain, start, end) }
        start = end
      }
    },
  }
}
