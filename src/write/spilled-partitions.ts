// Rows that are more than a sort holds, by partition. Each partition is a sort of its own, so that only those that are more
// than memory has room for are merged from runs. Once rows are held together, because their partitions are many and small,
// there is one sort of all, by the number of the partition first; what was spilled before becomes its first run.
import { assert } from '../base/assert.ts'
import type { Schema as ArrowSchema } from 'apache-arrow'

import { copiesOf } from '../formats/arrow/ordered-rows.ts'
import { arrowSchemaOf } from '../formats/arrow/schema.ts'
import { makeTemporaryFolder } from '../io/temporary-folder.ts'
import type { TemporaryFolder, TemporaryFolderOptions } from '../io/temporary-folder.ts'
import type { SortOrder } from '../layout/sort-order.ts'
import type { Schema } from '../types/schema.ts'
import { handedOver } from './held-rows.ts'
import type { TakenRows } from './held-rows.ts'
import { numberedRows } from './numbered-rows.ts'
import type { NumberedBatch, NumberedRows } from './numbered-rows.ts'
import { SortMemory } from './sort-memory.ts'
import { SpillFile } from './spill-file.ts'
import { SpilledRuns } from './spilled-runs.ts'
import type { SpillDisk } from './spilled-runs.ts'

export interface SpillOptions {
  readonly schema: Schema
  readonly order: SortOrder
  /** Arrow bytes that a sort may hold. */
  readonly maxBytes: number
  readonly folder: TemporaryFolderOptions
  readonly signal?: AbortSignal | undefined
}

/** Makes a folder for rows. {@link SpilledPartitions.remove} is to be called in the end. */
export async function openSpilledPartitions(options: SpillOptions): Promise<SpilledPartitions> {
  const folder = await makeTemporaryFolder(options.folder)
  try {
    const newFile = async () => new SpillFile(await folder.newFile(), options.signal)
    const disk = {
      file: await newFile(),
      newFile,
      remove: ({ temporary }: SpillFile) => folder.removeFile(temporary),
    }
    return new SpilledPartitions(options, folder, disk)
  } catch (error) {
    await folder.remove()
    throw error
  }
}

export class SpilledPartitions {
  readonly #options: SpillOptions
  readonly #folder: TemporaryFolder
  readonly #disk: SpillDisk
  readonly #numbered: NumberedRows
  readonly #arrowSchema: ArrowSchema
  readonly #memory: SortMemory
  readonly #apart = new Map<number, SpilledRuns>()
  #joined: SpilledRuns | null = null

  constructor(options: SpillOptions, folder: TemporaryFolder, disk: SpillDisk) {
    this.#options = options
    this.#folder = folder
    this.#disk = disk
    this.#numbered = numberedRows(options.schema, options.order)
    this.#arrowSchema = arrowSchemaOf(options.schema)
    this.#memory = new SortMemory(this.#arrowSchema)
  }

  /**
   * Stores held rows, which come after those before. Rows that were held together once are not apart again. Resolves when
   * nobody reads them any more.
   */
  async add(held: TakenRows): Promise<void> {
    await this.#add(held)
    await this.#disk.file.written()
  }

  async #add(held: TakenRows): Promise<void> {
    if (held.kind === 'joined') {
      this.#joined ??= await this.#join()
      await this.#joined.add(held.batches)
      return
    }
    assert(this.#joined === null, 'rows stay together')
    for (const { number, batches } of handedOver(held.partitions)) {
      await this.#runsOf(number).add(batches)
    }
  }

  /**
   * All rows, in their order within each partition, partition by partition, in stretches that are read before the next is
   * asked for. May be asked for once.
   */
  async *sorted(): AsyncGenerator<NumberedBatch> {
    if (this.#joined === null) {
      yield* this.#sortedApart()
      return
    }
    for await (const rows of this.#joined.sorted()) {
      for (const batch of copiesOf(rows)) yield* this.#numbered.byNumber(batch)
    }
  }

  /** Removes all that is on disk. Never throws. */
  async remove(): Promise<void> {
    await this.#folder.remove()
  }

  async *#sortedApart(): AsyncGenerator<NumberedBatch> {
    const inOrder = [...this.#apart].sort(([left], [right]) => left - right)
    for (const [number, runs] of inOrder) {
      for await (const rows of runs.sorted()) yield { number, ...rows }
    }
  }

  async #join(): Promise<SpilledRuns> {
    const { schema, arrowSchema, order } = this.#numbered
    const { maxBytes } = this.#options
    const memory = new SortMemory(arrowSchema)
    const shape = { schema, arrowSchema, memory, order }
    const joined = new SpilledRuns({ ...shape, maxBytes, disk: this.#disk })
    if (this.#apart.size > 0) await joined.addRun(this.#numberedApart())
    this.#apart.clear()
    return joined
  }

  async *#numberedApart(): AsyncGenerator<NumberedBatch['batch']> {
    for await (const { number, ...rows } of this.#sortedApart()) {
      for (const batch of copiesOf(rows)) yield this.#numbered.withNumber(number, batch)
    }
  }

  #runsOf(number: number): SpilledRuns {
    const known = this.#apart.get(number)
    if (known !== undefined) return known
    const { schema, order, maxBytes } = this.#options
    const shape = { schema, arrowSchema: this.#arrowSchema, memory: this.#memory, order }
    const runs = new SpilledRuns({ ...shape, maxBytes, disk: this.#disk })
    this.#apart.set(number, runs)
    return runs
  }
}
