import type { RecordBatch } from 'apache-arrow'

import { sortBatches } from '../formats/arrow/sort.ts'
import type { TemporaryFolderOptions } from '../io/temporary-folder.ts'
import type { SortOrder } from '../layout/sort-order.ts'
import type { Schema } from '../types/schema.ts'
import { HeldRows } from './held-rows.ts'
import { numberedRows } from './numbered-rows.ts'
import { DEFAULT_SORT_BYTES } from './sort-on-write.ts'
import { openSpilledPartitions } from './spilled-partitions.ts'
import type { SpilledPartitions } from './spilled-partitions.ts'

export interface SortedRowsRequest {
  /** Of the batches. */
  readonly schema: Schema
  readonly order: SortOrder
  /** Arrow bytes that are held before rows go to temporary files; as a sort-on-write does when absent. */
  readonly maxBytes?: number
  /** Where those are. */
  readonly folder?: TemporaryFolderOptions
  readonly signal?: AbortSignal
}

/** All rows are in one part. */
const WHOLE = { specId: 0, fields: [] }

/**
 * All rows in one order. Rows that compare equal keep theirs.
 *
 * @throws IcebergError `limit` when the input is more than may be held and the disk has no room for it
 */
export async function* sortedRows(
  batches: AsyncIterable<RecordBatch>,
  request: SortedRowsRequest,
): AsyncGenerator<RecordBatch> {
  const { schema, order, maxBytes = DEFAULT_SORT_BYTES, folder = {}, signal } = request
  const held = new HeldRows({ schema, spec: WHOLE, numbered: numberedRows(schema, order) })
  let spilled: SpilledPartitions | null = null
  try {
    for await (const batch of batches) {
      signal?.throwIfAborted()
      held.add(batch)
      if (held.bytes <= maxBytes) continue
      spilled ??= await openSpilledPartitions({ schema, order, maxBytes, folder, signal })
      await spilled.add(held.take())
    }
    const rest = held.take()
    if (spilled !== null) {
      await spilled.add(rest)
      for await (const { batch } of spilled.sorted()) yield batch
    } else if (rest.kind === 'apart') {
      for (const part of rest.partitions) yield* sortBatches(part.batches, order, schema)
    } else {
      const numbered = numberedRows(schema, order)
      for (const batch of sortBatches(rest.batches, numbered.order, numbered.schema)) {
        for (const { batch: plain } of numbered.byNumber(batch)) yield plain
      }
    }
  } finally {
    await spilled?.remove()
  }
}
