// What a job of a program does to its rows on their way.
import type { RecordBatch } from 'apache-arrow'

/** Rows in, rows out, both in batches of Arrow. The batches that come out have the columns of the target, by name. */
export type BatchTransform = (batches: AsyncIterable<RecordBatch>) => AsyncIterable<RecordBatch>

export type RowsChange =
  | { readonly kind: 'transform'; readonly transform: BatchTransform }
  /** Over a view that is named `source`. */
  | { readonly kind: 'sql'; readonly sql: string }
