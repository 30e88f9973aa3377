// One data writer a partition, rows in any order.
import type { RecordBatch } from 'apache-arrow'

import { createSplitter } from '../formats/arrow/split.ts'
import type { SplitPart } from '../formats/arrow/split.ts'
import type { DataFile } from '../metadata/data-file.ts'
import { currentSchema, currentSpec } from '../metadata/table-metadata.ts'
import { DataWriter } from './data-writer.ts'
import type { WriteContext } from './write-context.ts'

/** Writers open at once. One more partition ends the file of the one that was idle longest, so memory stays bounded. */
const MAX_OPEN_WRITERS = 32

/** What all open writers hold together before the one that holds the most ends its row group. */
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
  const writers = new OpenWriters(context, maxHeldBytes)
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

/** Open writers by partition key, the one that was used last at the end. */
class OpenWriters {
  readonly #context: WriteContext
  readonly #maxHeldBytes: number
  readonly #open = new Map<string, DataWriter>()
  readonly #files: DataFile[] = []

  constructor(context: WriteContext, maxHeldBytes: number) {
    this.#context = context
    this.#maxHeldBytes = maxHeldBytes
  }

  async write({ key, tuple, batch }: SplitPart): Promise<void> {
    const writer = this.#open.get(key) ?? (await this.#openWriter(tuple))
    this.#open.delete(key)
    this.#open.set(key, writer)
    await writer.write(batch)
    await this.#releaseLargest()
  }

  async #releaseLargest(): Promise<void> {
    const writers = [...this.#open.values()]
    const heldBytes = writers.reduce((sum, writer) => sum + writer.heldBytes, 0)
    if (heldBytes <= this.#maxHeldBytes) return
    const largest = writers.reduce((most, writer) =>
      writer.heldBytes > most.heldBytes ? writer : most,
    )
    await largest.release()
  }

  async #openWriter(partition: SplitPart['tuple']): Promise<DataWriter> {
    const [idle] = this.#open
    if (idle !== undefined && this.#open.size >= MAX_OPEN_WRITERS) {
      const [key, writer] = idle
      this.#files.push(...(await writer.close()))
      this.#open.delete(key)
    }
    return new DataWriter(this.#context, {
      spec: currentSpec(this.#context.state.metadata),
      partition,
      sortOrderId: null,
    })
  }

  async close(): Promise<readonly DataFile[]> {
    for (const [key, writer] of this.#open) {
      this.#files.push(...(await writer.close()))
      this.#open.delete(key)
    }
    return this.#files
  }

  async abort(reason: unknown): Promise<void> {
    await Promise.allSettled([...this.#open.values()].map((writer) => writer.abort(reason)))
  }
}
