// Sort-on-write: rows are held, cut by partition, and each partition's rows are put in order before they are cut into
// files, so that the files of one partition hold disjoint ranges.
import type { RecordBatch } from 'apache-arrow'

import { mapConcurrent } from '../base/concurrency.ts'
import { IcebergError } from '../base/errors.ts'
import { batchBytes } from '../formats/arrow/batch-bytes.ts'
import { sortBatches } from '../formats/arrow/sort.ts'
import { createSplitter } from '../formats/arrow/split.ts'
import type { SplitPart } from '../formats/arrow/split.ts'
import type { SortOrder } from '../layout/sort-order.ts'
import type { DataFile } from '../metadata/data-file.ts'
import { currentSchema, currentSpec } from '../metadata/table-metadata.ts'
import { DataWriter } from './data-writer.ts'
import type { WriteContext } from './write-context.ts'

/** Arrow bytes that a sort holds at the most, unless the caller sets another bound. */
export const DEFAULT_SORT_BYTES: number = 1 << 30

/**
 * Partitions that are written at once: while the files of some are made durable, the rows of another are sorted and
 * encoded. 30 files of 17,000 rows on a local disk took 0.8 of the time that they take one by one.
 */
const PARTITIONS_IN_FLIGHT = 4

export interface SortRequest {
  readonly order: SortOrder
  /** The table's own order when it is the one that is asked for; null for any other. */
  readonly sortOrderId: number | null
  readonly maxBytes: number
}

/**
 * Writes batches to data files that are ordered within each partition.
 *
 * @throws IcebergError `limit` when the input is larger than the sort may hold
 */
export async function writeSorted(
  context: WriteContext,
  batches: AsyncIterable<RecordBatch>,
  request: SortRequest,
): Promise<readonly DataFile[]> {
  const held = await holdByPartition(context, batches, request.maxBytes)
  const files: DataFile[] = []
  const written = mapConcurrent(
    handedOver(held),
    PARTITIONS_IN_FLIGHT,
    (parts, signal) => writePartition({ ...context, signal }, parts, request),
    context.signal,
  )
  for await (const ofPartition of written) files.push(...ofPartition)
  return files
}

/** Each partition's rows, which are not held on to. */
function* handedOver(held: Map<string, SplitPart[]>): Generator<readonly SplitPart[]> {
  for (const [key, parts] of held) {
    held.delete(key)
    yield parts
  }
}

async function holdByPartition(
  context: WriteContext,
  batches: AsyncIterable<RecordBatch>,
  maxBytes: number,
): Promise<Map<string, SplitPart[]>> {
  const { metadata } = context.state
  const split = createSplitter(currentSchema(metadata), currentSpec(metadata))
  const held = new Map<string, SplitPart[]>()
  let heldBytes = 0
  for await (const batch of batches) {
    heldBytes += batchBytes(batch)
    if (heldBytes > maxBytes) {
      throw new IcebergError(
        'limit',
        'the rows to sort are more than a sort may hold: raise sortBytes or write them in parts',
        { context: { table: context.state.name, sortBytes: maxBytes } },
      )
    }
    for (const part of split(batch)) {
      const parts = held.get(part.key)
      if (parts === undefined) held.set(part.key, [part])
      else parts.push(part)
    }
  }
  return held
}

async function writePartition(
  context: WriteContext,
  parts: readonly SplitPart[],
  request: SortRequest,
): Promise<readonly DataFile[]> {
  const { metadata } = context.state
  const partition = parts[0]?.tuple ?? []
  const writer = new DataWriter(context, {
    spec: currentSpec(metadata),
    partition,
    sortOrderId: request.sortOrderId,
  })
  try {
    const batches = parts.map((part) => part.batch)
    for (const batch of sortBatches(batches, request.order, currentSchema(metadata))) {
      await writer.write(batch)
    }
    return await writer.close()
  } catch (error) {
    await writer.abort(error)
    throw error
  }
}
