import type { RecordBatch } from 'apache-arrow'

import { copyRows } from './take.ts'

/** Rows of a batch. Those in another order are to be copied before what gave them is asked for more: their memory is used again. */
export interface OrderedRows {
  readonly batch: RecordBatch
  /** Which, in the order to take them in; all as they are, in memory that stays theirs, when absent. */
  readonly rows?: Uint32Array
}

/** Rows a batch that {@link copiesOf} gives, at the most. */
const COPIED_ROWS = 65_536

/** The rows in batches, as they are. Those that were in another order are copied. */
export function* copiesOf({ batch, rows }: OrderedRows): Generator<RecordBatch> {
  if (rows === undefined) {
    yield batch
    return
  }
  for (let start = 0; start < rows.length; start += COPIED_ROWS) {
    yield copyRows(batch, rows.subarray(start, start + COPIED_ROWS))
  }
}

/** The same of stretch after stretch. */
export async function* allCopies(
  stretches: AsyncIterable<OrderedRows>,
): AsyncGenerator<RecordBatch> {
  for await (const rows of stretches) yield* copiesOf(rows)
}
