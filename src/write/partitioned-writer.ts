// One data writer a partition, rows in any order.
import type { RecordBatch } from 'apache-arrow'

import { mapConcurrent } from '../base/concurrency.ts'
import { RowBuffer, RowBuffers } from '../formats/arrow/row-buffer.ts'
import { arrowSchemaOf } from '../formats/arrow/schema.ts'
import { createSplitter } from '../formats/arrow/split.ts'
import type { SplitPart } from '../formats/arrow/split.ts'
import type { DataFile } from '../metadata/data-file.ts'
import { currentSpec } from '../metadata/table-metadata.ts'
import { DataWriter } from './data-writer.ts'
import { writtenSchema } from './row-lineage.ts'
import type { WriteContext } from './write-context.ts'

/** Files that are being written at once. One more ends the one that has been idle longest, so that handles stay few. */
const MAX_OPEN_FILES = 256

/** Files that are ended at once: while some are made durable, the rows of another are encoded. */
const CLOSED_AT_ONCE = 4

/** What all writers hold together before the one that holds the most ends its row group. */
const MAX_HELD_BYTES = 256 << 20

/**
 * Writes batches to data files in their order, each file of one partition of the table's current spec.
 *
 * @param maxHeldBytes Arrow bytes that wait to be written at the most, 256 MiB when absent
 */
export async function writePartitioned(
  context: WriteContext,
  batches: AsyncIterable<RecordBatch>,
  maxHeldBytes: number = MAX_HELD_BYTES,
): Promise<readonly DataFile[]> {
  const writers = new PartitionWriters(context, maxHeldBytes)
  const { metadata } = context.state
  const split = createSplitter(writtenSchema(context), currentSpec(metadata))
  try {
    for await (const batch of batches) {
      await writers.write(batch, split(batch))
    }
    return await writers.close()
  } catch (error) {
    await writers.abort(error)
    throw error
  }
}

/** The writer of one partition. */
interface PartitionWriter {
  readonly writer: DataWriter
  /** What it held when it was last looked at. */
  heldBytes: number
}

/**
 * A writer for each partition. One that has few rows only gathers them: it has no file until there are enough, or until
 * memory is short.
 */
class PartitionWriters {
  readonly #context: WriteContext
  readonly #maxHeldBytes: number
  readonly #buffers: RowBuffers
  readonly #partitions = new Map<string, PartitionWriter>()
  /** Those that have a file open, the one that was used last at the end. */
  readonly #open = new Set<PartitionWriter>()
  #heldBytes = 0

  constructor(context: WriteContext, maxHeldBytes: number) {
    this.#context = context
    this.#maxHeldBytes = maxHeldBytes
    const schema = arrowSchemaOf(writtenSchema(context))
    // Partitions that get rows alike end their row groups at one time, and then begin the next.
    this.#buffers = new RowBuffers(schema, maxHeldBytes)
  }

  /** Takes a batch, all of whose rows are in the parts. */
  async write(batch: RecordBatch, parts: readonly SplitPart[]): Promise<void> {
    const shares = parts.map((part) => ({ partition: this.#partitionOf(part), rows: part.rows }))
    const [only] = shares
    if (only !== undefined && shares.length === 1) {
      await this.#run(only.partition, (writer) => writer.write(batch))
      return
    }
    RowBuffer.addToEach(
      batch,
      shares.map(({ partition, rows }) => ({ buffer: partition.writer.buffer(), rows })),
    )
    for (const { partition } of shares) {
      await this.#run(partition, (writer) => writer.flushIfEnough())
    }
  }

  async close(): Promise<readonly DataFile[]> {
    const files: DataFile[] = []
    const closed = mapConcurrent(this.#partitions.values(), CLOSED_AT_ONCE, ({ writer }) =>
      writer.close(),
    )
    for await (const ofPartition of closed) files.push(...ofPartition)
    return files
  }

  async abort(reason: unknown): Promise<void> {
    const writers = [...this.#partitions.values()].map(({ writer }) => writer)
    await Promise.allSettled(writers.map((writer) => writer.abort(reason)))
  }

  /** Does something with a writer, and then what has to be done lest there be too many open or too much held. */
  async #run(
    partition: PartitionWriter,
    work: (writer: DataWriter) => Promise<void>,
  ): Promise<void> {
    await this.#account(partition, work)
    if (this.#heldBytes > this.#maxHeldBytes) await this.#releaseLargest()
    if (this.#open.size > MAX_OPEN_FILES) await this.#endIdlest()
  }

  /** Keeps account of what a writer holds and whether it has a file open. */
  async #account(
    partition: PartitionWriter,
    work: (writer: DataWriter) => Promise<void>,
  ): Promise<void> {
    const { writer } = partition
    await work(writer)
    this.#heldBytes += writer.heldBytes - partition.heldBytes
    partition.heldBytes = writer.heldBytes
    this.#open.delete(partition)
    if (writer.isFileOpen) this.#open.add(partition)
  }

  async #releaseLargest(): Promise<void> {
    const largest = [...this.#partitions.values()].reduce((most, partition) =>
      partition.heldBytes > most.heldBytes ? partition : most,
    )
    await this.#account(largest, (writer) => writer.release())
  }

  async #endIdlest(): Promise<void> {
    const [idlest] = this.#open
    if (idlest !== undefined) await this.#account(idlest, (writer) => writer.endFile())
  }

  #partitionOf({ key, tuple }: SplitPart): PartitionWriter {
    const known = this.#partitions.get(key)
    if (known !== undefined) return known
    const spec = currentSpec(this.#context.state.metadata)
    const target = { spec, partition: tuple, sortOrderId: null }
    const writer = new DataWriter(this.#context, target, this.#buffers)
    const partition = { writer, heldBytes: 0 }
    this.#partitions.set(key, partition)
    return partition
  }
}
