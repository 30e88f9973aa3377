// One data writer a partition, rows in any order.
import type { RecordBatch } from 'apache-arrow'

import { mapConcurrent } from '../base/concurrency.ts'
import { createSplitter } from '../formats/arrow/split.ts'
import type { SplitPart } from '../formats/arrow/split.ts'
import type { DataFile } from '../metadata/data-file.ts'
import { currentSchema, currentSpec } from '../metadata/table-metadata.ts'
import { DataWriter } from './data-writer.ts'
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
  const split = createSplitter(currentSchema(metadata), currentSpec(metadata))
  try {
    for await (const batch of batches) {
      for (const part of split(batch)) await writers.write(part)
    }
    return await writers.close()
  } catch (error) {
    await writers.abort(error)
    throw error
  }
}

/**
 * A writer for each partition. One that has few rows only gathers them: it has no file until there are enough, or until
 * memory is short.
 */
class PartitionWriters {
  readonly #context: WriteContext
  readonly #maxHeldBytes: number
  readonly #writers = new Map<string, DataWriter>()
  /** Keys of those that have a file open, the one that was used last at the end. */
  readonly #open = new Set<string>()
  #heldBytes = 0

  constructor(context: WriteContext, maxHeldBytes: number) {
    this.#context = context
    this.#maxHeldBytes = maxHeldBytes
  }

  async write({ key, tuple, batch }: SplitPart): Promise<void> {
    const writer = this.#writers.get(key) ?? this.#newWriter(tuple)
    this.#writers.set(key, writer)
    await this.#run(key, writer, () => writer.write(batch))
    if (this.#heldBytes > this.#maxHeldBytes) await this.#releaseLargest()
    if (this.#open.size > MAX_OPEN_FILES) await this.#endIdlest()
  }

  async close(): Promise<readonly DataFile[]> {
    const files: DataFile[] = []
    const closed = mapConcurrent(this.#writers.values(), CLOSED_AT_ONCE, (writer) => writer.close())
    for await (const ofPartition of closed) files.push(...ofPartition)
    return files
  }

  async abort(reason: unknown): Promise<void> {
    await Promise.allSettled([...this.#writers.values()].map((writer) => writer.abort(reason)))
  }

  /** Does something with a writer, and keeps account of what it holds and whether it has a file open. */
  async #run(key: string, writer: DataWriter, work: () => Promise<void>): Promise<void> {
    const heldBefore = writer.heldBytes
    await work()
    this.#heldBytes += writer.heldBytes - heldBefore
    this.#open.delete(key)
    if (writer.isFileOpen) this.#open.add(key)
  }

  async #releaseLargest(): Promise<void> {
    const [key, writer] = [...this.#writers].reduce((most, entry) =>
      entry[1].heldBytes > most[1].heldBytes ? entry : most,
    )
    await this.#run(key, writer, () => writer.release())
  }

  async #endIdlest(): Promise<void> {
    const [key] = this.#open
    const writer = key === undefined ? undefined : this.#writers.get(key)
    if (key !== undefined && writer !== undefined) {
      await this.#run(key, writer, () => writer.endFile())
    }
  }

  #newWriter(partition: SplitPart['tuple']): DataWriter {
    return new DataWriter(this.#context, {
      spec: currentSpec(this.#context.state.metadata),
      partition,
      sortOrderId: null,
    })
  }
}
