// Sort-on-write: rows are held, cut by partition, and each partition's rows are put in order before they are cut into
// files, so that the files of one partition hold disjoint ranges. What is more than may be held goes to temporary files as
// sorted runs, which are merged in the end (`spilled-runs.ts`).
import type { RecordBatch } from 'apache-arrow'

import { mapConcurrent } from '../base/concurrency.ts'
import { batchBytes } from '../formats/arrow/batch-bytes.ts'
import { sortBatches } from '../formats/arrow/sort.ts'
import { createSplitter } from '../formats/arrow/split.ts'
import type { SplitPart } from '../formats/arrow/split.ts'
import type { TemporaryFolderOptions } from '../io/temporary-folder.ts'
import type { PartitionTuple } from '../layout/partition-tuple.ts'
import type { SortOrder } from '../layout/sort-order.ts'
import type { DataFile } from '../metadata/data-file.ts'
import { currentSchema, currentSpec } from '../metadata/table-metadata.ts'
import { DataWriter } from './data-writer.ts'
import { openSpilledRuns } from './spilled-runs.ts'
import type { HeldPartition, SpilledRuns } from './spilled-runs.ts'
import type { WriteContext } from './write-context.ts'

/** Arrow bytes that a sort holds at the most, unless the caller sets another bound. */
export const DEFAULT_SORT_BYTES: number = 128 << 20

/**
 * Partitions that are written at once: while the files of some are made durable, the rows of another are sorted and
 * encoded. 30 files of 17,000 rows on a local disk took 0.8 of the time that they take one by one.
 */
const PARTITIONS_IN_FLIGHT = 4

export interface SortRequest {
  readonly order: SortOrder
  /** The table's own order when it is the one that is asked for; null for any other. */
  readonly sortOrderId: number | null
  /** Arrow bytes that are held before they are spilled. */
  readonly maxBytes: number
  /** Where rows are spilled to. */
  readonly tempFolder: TemporaryFolderOptions
}

/**
 * Writes batches to data files that are ordered within each partition. Rows that compare equal keep their order.
 *
 * @throws IcebergError `limit` when the input is more than may be held and the disk has no room for it
 */
export async function writeSorted(
  context: WriteContext,
  batches: AsyncIterable<RecordBatch>,
  request: SortRequest,
): Promise<readonly DataFile[]> {
  const { metadata } = context.state
  const schema = currentSchema(metadata)
  const split = createSplitter(schema, currentSpec(metadata))
  const { order, maxBytes, tempFolder: folder } = request
  const held = new HeldRows()
  let spilled: SpilledRuns | null = null
  try {
    for await (const batch of batches) {
      for (const part of split(batch)) held.add(part)
      if (held.bytes <= maxBytes) continue
      const { signal } = context
      spilled ??= await openSpilledRuns({ schema, order, maxBytes, folder, signal })
      await spilled.add(held.take())
    }
    if (spilled === null) return await writeHeld(context, held, request)
    await spilled.add(held.take())
    return await writeSpilled(context, spilled, { tuples: held.tuples, request })
  } finally {
    await spilled?.remove()
  }
}

/** Rows by partition. */
class HeldRows {
  /** Of every partition there ever was a row of, by its number: partitions are numbered as their first rows come. */
  readonly tuples: PartitionTuple[] = []
  readonly #numbers = new Map<string, number>()
  #parts = new Map<number, RecordBatch[]>()
  #bytes = 0

  get bytes(): number {
    return this.#bytes
  }

  add({ key, tuple, batch }: SplitPart): void {
    const number = this.#numbers.get(key) ?? this.tuples.push(tuple) - 1
    this.#numbers.set(key, number)
    const parts = this.#parts.get(number)
    if (parts === undefined) this.#parts.set(number, [batch])
    else parts.push(batch)
    this.#bytes += batchBytes(batch)
  }

  /** The rows, which are not held any longer, by the numbers of their partitions. */
  take(): HeldPartition[] {
    const taken = [...this.#parts]
    this.#parts = new Map()
    this.#bytes = 0
    return taken
      .map(([number, batches]) => ({ number, batches }))
      .sort((left, right) => left.number - right.number)
  }
}

async function writeHeld(
  context: WriteContext,
  held: HeldRows,
  request: SortRequest,
): Promise<readonly DataFile[]> {
  const files: DataFile[] = []
  const written = mapConcurrent(
    handedOver(held.take()),
    PARTITIONS_IN_FLIGHT,
    ({ number, batches }, signal) =>
      writePartition({ ...context, signal }, batches, {
        request,
        partition: held.tuples[number] ?? [],
      }),
    context.signal,
  )
  for await (const ofPartition of written) files.push(...ofPartition)
  return files
}

/** Each partition's rows, which are not held on to. */
function* handedOver(held: HeldPartition[]): Generator<HeldPartition> {
  for (const [index, { number, batches }] of held.entries()) {
    held[index] = { number, batches: [] }
    yield { number, batches }
  }
}

async function writePartition(
  context: WriteContext,
  batches: readonly RecordBatch[],
  { request, partition }: { readonly request: SortRequest; readonly partition: PartitionTuple },
): Promise<readonly DataFile[]> {
  const writer = dataWriter(context, partition, request)
  try {
    const schema = currentSchema(context.state.metadata)
    for (const batch of sortBatches(batches, request.order, schema)) await writer.write(batch)
    return await writer.close()
  } catch (error) {
    await writer.abort(error)
    throw error
  }
}

async function writeSpilled(
  context: WriteContext,
  spilled: SpilledRuns,
  {
    tuples,
    request,
  }: { readonly tuples: readonly PartitionTuple[]; readonly request: SortRequest },
): Promise<readonly DataFile[]> {
  const sequence = new PartitionSequence((number) =>
    dataWriter(context, tuples[number] ?? [], request),
  )
  try {
    for await (const { number, batch } of spilled.merged()) await sequence.write(number, batch)
    return await sequence.close()
  } catch (error) {
    await sequence.abort(error)
    throw error
  }
}

/** Writes one partition after the other, while the last files of some before it are made durable. */
class PartitionSequence {
  readonly #open: (number: number) => DataWriter
  readonly #files: DataFile[] = []
  readonly #unfinished = new Set<DataWriter>()
  readonly #closing: Promise<readonly DataFile[]>[] = []
  #current: { readonly number: number; readonly writer: DataWriter } | null = null

  constructor(open: (number: number) => DataWriter) {
    this.#open = open
  }

  async write(number: number, batch: RecordBatch): Promise<void> {
    if (this.#current?.number !== number) {
      this.#closeCurrent()
      await this.#waitUntil(PARTITIONS_IN_FLIGHT - 1)
      this.#current = { number, writer: this.#open(number) }
      this.#unfinished.add(this.#current.writer)
    }
    await this.#current.writer.write(batch)
  }

  async close(): Promise<readonly DataFile[]> {
    this.#closeCurrent()
    await this.#waitUntil(0)
    return this.#files
  }

  async abort(reason: unknown): Promise<void> {
    await Promise.allSettled([...this.#unfinished].map((writer) => writer.abort(reason)))
    await Promise.allSettled(this.#closing)
  }

  #closeCurrent(): void {
    if (this.#current === null) return
    const { writer } = this.#current
    this.#current = null
    const closed = (async () => {
      const files = await writer.close()
      this.#unfinished.delete(writer)
      return files
    })()
    // It is waited for in its turn.
    closed.catch(() => undefined)
    this.#closing.push(closed)
  }

  /** Waits for the partitions that have been closing longest, until so many are left. */
  async #waitUntil(left: number): Promise<void> {
    while (this.#closing.length > left) this.#files.push(...((await this.#closing.shift()) ?? []))
  }
}

function dataWriter(
  context: WriteContext,
  partition: PartitionTuple,
  { sortOrderId }: SortRequest,
): DataWriter {
  return new DataWriter(context, {
    spec: currentSpec(context.state.metadata),
    partition,
    sortOrderId,
  })
}
