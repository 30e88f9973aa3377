// The seam between what is to be written and who reads, sorts and writes it. The engine of this library takes batches
// (`write-files.ts`); it is the reference, and takes whatever another one declines.
import type { RowContent } from '../scan/row-source.ts'
import type { SortOrder } from '../layout/sort-order.ts'
import type { DataFile } from '../metadata/data-file.ts'
import type { WriteContext } from './write-context.ts'

/** How the rows of an operation are laid out in files of the table's current schema and spec. */
export interface RowLayout {
  /** Of rows that compare equal, any may come first. */
  readonly order: SortOrder
  /** The table's own order when it is the one that is asked for; null for any other. */
  readonly sortOrderId: number | null
  /** Where rows may be put that do not fit in memory; the system's folder for temporary files when absent. */
  readonly tempFolder?: string | undefined
}

/** What becomes of a request: an engine does all of it or none. */
export type EnginePlan =
  | {
      readonly kind: 'taken-on'
      /**
       * Writes the rows to data files with metrics, durably. Null when it shows on the way that the engine cannot, as for
       * want of memory; nothing is left then of what it wrote.
       *
       * @throws IcebergError for rows that the table cannot have, as when they are written batch by batch
       */
      readonly write: () => Promise<readonly DataFile[] | null>
    }
  /** The reason is for people: `a column of type fixed`. */
  | { readonly kind: 'declined'; readonly reason: string }

/**
 * Something that reads, filters, sorts, cuts and writes rows by itself, and writes the same table as batches would: the same
 * rows in each partition, in files that are each in the order asked for, with sound metrics.
 */
export interface RowEngine {
  /** Lets the engine get ready for rows that will soon be written, while something else is done. */
  prepare(): void
  /** Whether the engine writes these rows to the context's table. Nothing is written before `write` is called. */
  plan(context: WriteContext, rows: RowContent, layout: RowLayout): Promise<EnginePlan>
}
