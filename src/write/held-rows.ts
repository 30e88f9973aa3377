import type { RecordBatch } from 'apache-arrow'

import { batchBytes } from '../formats/arrow/batch-bytes.ts'
import { RowBuffer, RowBuffers } from '../formats/arrow/row-buffer.ts'
import { arrowSchemaOf } from '../formats/arrow/schema.ts'
import { createPartitionFinder, partsOf } from '../formats/arrow/split.ts'
import type { BatchPartitions } from '../formats/arrow/split.ts'
import { concatBatches } from '../formats/arrow/take.ts'
import type { PartitionSpec } from '../layout/partition-spec.ts'
import type { PartitionTuple } from '../layout/partition-tuple.ts'
import type { Schema } from '../types/schema.ts'
import type { NumberedRows } from './numbered-rows.ts'

/** Rows of one partition: a batch that has no others is not copied. */
type Part = RecordBatch | RowBuffer

/** The rows of one partition. */
export interface HeldPartition {
  /** Partitions are written in this order. */
  readonly number: number
  readonly batches: RecordBatch[]
}

/** Held rows in the order of the input, for whoever takes them to drop: apart, by the numbers of their partitions, or all together with these numbers. */
export type TakenRows =
  | { readonly kind: 'apart'; readonly partitions: HeldPartition[] }
  | { readonly kind: 'joined'; readonly batches: RecordBatch[] }

export interface HeldRowsOptions {
  readonly schema: Schema
  readonly spec: PartitionSpec
  readonly numbered: NumberedRows
  /** So many parts may be small before rows of all partitions are held together; 4,096 when absent. */
  readonly maxSmallParts?: number | undefined
}

/** A part is some objects a column, about 5 kB for ten columns: ten thousand of six rows each took ten times their rows. */
const MAX_SMALL_PARTS = 4096

/** Parts that have fewer rows on average are small. */
const SMALL_PART_ROWS = 256

/** A buffer that has so many bytes is full: another one is made in place of a larger one. */
const FULL_BUFFER_BYTES = 2 << 20

/** Memory that waits to be used again. */
const MAX_KEPT_BYTES = 256 << 20

/** Rows by partition, until somebody takes them. Cut by partition they are sorted faster, because each part is small. */
export class HeldRows {
  /** Of every partition there ever was a row of, by its number: partitions are numbered as their first rows come. */
  readonly tuples: PartitionTuple[] = []
  readonly #find: (batch: RecordBatch) => BatchPartitions
  readonly #numbered: NumberedRows
  readonly #maxSmallParts: number
  readonly #numbers = new Map<string, number>()
  readonly #buffers: RowBuffers
  #parts = new Map<number, Part[]>()
  /** What the rows that were taken lie in. */
  #taken: RowBuffer[] = []
  #partCount = 0
  #rowCount = 0
  #isJoined = false
  #joined: RecordBatch[] = []
  #bytes = 0

  constructor({ schema, spec, numbered, maxSmallParts }: HeldRowsOptions) {
    this.#find = createPartitionFinder(schema, spec)
    this.#numbered = numbered
    this.#buffers = new RowBuffers(arrowSchemaOf(schema), MAX_KEPT_BYTES)
    this.#maxSmallParts = maxSmallParts ?? MAX_SMALL_PARTS
  }

  /** Arrow bytes of the rows that are held. */
  get bytes(): number {
    return this.#bytes
  }

  add(batch: RecordBatch): void {
    const found = this.#find(batch)
    const numbers = found.partitions.map(({ key, tuple }) => this.#numberOf(key, tuple))
    this.#bytes += batchBytes(batch)
    this.#rowCount += batch.numRows
    if (this.#isJoined) {
      const { groups } = found.groups
      const numberOfRow = Int32Array.from(groups, (group) => numbers[group] ?? 0)
      this.#joined.push(this.#numbered.withNumbers(numberOfRow, batch))
      return
    }
    const parts = partsOf(found)
    if (parts.length === 1) this.#addPart(this.#partsOf(numbers[0] ?? 0), batch)
    else {
      const buffered = parts.map(({ rows }, index) => {
        const buffer = this.#bufferOf(this.#partsOf(numbers[index] ?? 0))
        return { buffer, rows }
      })
      RowBuffer.addToEach(batch, buffered)
    }
    const isSmall = this.#rowCount < SMALL_PART_ROWS * this.#partCount
    if (this.#partCount > this.#maxSmallParts && isSmall) this.#join()
  }

  /** Says that nobody reads any more what was taken so far, so that its memory may be used again. */
  reuseTaken(): void {
    for (const buffer of this.#taken) this.#buffers.giveBack(buffer)
    this.#taken = []
  }

  /** The rows, which are not held any longer. */
  take(): TakenRows {
    const partitions = this.#takeParts()
    const batches = this.#joined
    this.#joined = []
    this.#bytes = 0
    this.#rowCount = 0
    return this.#isJoined ? { kind: 'joined', batches } : { kind: 'apart', partitions }
  }

  /** What is held apart, and all that comes, is held together. */
  #join(): void {
    for (const { number, batches } of this.#takeParts()) {
      for (const batch of batches) this.#joined.push(this.#numbered.withNumber(number, batch))
    }
    if (this.#joined.length > 0) this.#joined = [concatBatches(this.#joined)]
    // No buffer is wanted again: what they hold is copied, or is kept by the one batch that is a view of it.
    this.#taken = []
    this.#isJoined = true
  }

  #takeParts(): HeldPartition[] {
    const partitions = [...this.#parts].map(([number, parts]) => ({
      number,
      batches: parts.map((part) => {
        if (!(part instanceof RowBuffer)) return part
        this.#taken.push(part)
        return part.batch()
      }),
    }))
    this.#parts = new Map()
    this.#partCount = 0
    return partitions.sort((left, right) => left.number - right.number)
  }

  #partsOf(number: number): Part[] {
    const known = this.#parts.get(number)
    if (known !== undefined) return known
    const parts: Part[] = []
    this.#parts.set(number, parts)
    return parts
  }

  #bufferOf(parts: Part[]): RowBuffer {
    const last = parts.at(-1)
    if (last instanceof RowBuffer && last.bytes < FULL_BUFFER_BYTES) return last
    const buffer = this.#buffers.take()
    this.#addPart(parts, buffer)
    return buffer
  }

  #addPart(parts: Part[], part: Part): void {
    parts.push(part)
    this.#partCount += 1
  }

  #numberOf(key: string, tuple: PartitionTuple): number {
    const known = this.#numbers.get(key)
    if (known !== undefined) return known
    const number = this.tuples.push(tuple) - 1
    this.#numbers.set(key, number)
    return number
  }
}

/** Each partition's rows, which the list does not hold any longer. */
export function* handedOver(partitions: HeldPartition[]): Generator<HeldPartition> {
  for (const [index, partition] of partitions.entries()) {
    partitions[index] = { number: partition.number, batches: [] }
    yield partition
  }
}
