import type { RecordBatch } from 'apache-arrow'

import type { OrderedRows } from '../formats/arrow/ordered-rows.ts'
import { orderOfRows, sortBatches } from '../formats/arrow/sort.ts'
import { concatBatches } from '../formats/arrow/take.ts'
import type { TemporaryFolderOptions } from '../io/temporary-folder.ts'
import type { SortOrder } from '../layout/sort-order.ts'
import type { Schema } from '../types/schema.ts'
import { gatherRows } from './gather-rows.ts'
import { handedOver } from './held-rows.ts'
import type { TakenRows } from './held-rows.ts'
import { numberedRows } from './numbered-rows.ts'
import { DEFAULT_SORT_BYTES } from './sort-on-write.ts'

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
 * All rows in one order, in stretches that are read before the next is asked for. Rows that compare equal keep theirs.
 *
 * @throws IcebergError `limit` when the input is more than may be held and the disk has no room for it
 */
export async function* sortedRows(
  batches: AsyncIterable<RecordBatch>,
  request: SortedRowsRequest,
): AsyncGenerator<OrderedRows> {
  const { schema, order, maxBytes = DEFAULT_SORT_BYTES, folder = {}, signal } = request
  const numbered = numberedRows(schema, order)
  const options = { schema, spec: WHOLE, order, numbered, maxBytes, folder, signal }
  const gathered = await gatherRows(batches, options)
  if (gathered.kind === 'held') {
    yield* sortedHeld(gathered.rows, request)
    return
  }
  try {
    yield* gathered.spilled.sorted()
  } finally {
    await gathered.spilled.remove()
  }
}

function* sortedHeld(
  rows: TakenRows,
  { schema, order }: SortedRowsRequest,
): Generator<OrderedRows> {
  if (rows.kind === 'apart') {
    for (const { batches } of handedOver(rows.partitions)) {
      const batch = concatBatches(batches)
      yield { batch, rows: orderOfRows(batch, order, schema) }
    }
    return
  }
  const numbered = numberedRows(schema, order)
  for (const batch of sortBatches(rows.batches, numbered.order, numbered.schema)) {
    yield* numbered.byNumber(batch)
  }
}
