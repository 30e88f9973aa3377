import type { RecordBatch } from 'apache-arrow'

import type { Predicate } from '../../expressions/build.ts'
import type { UnknownRow } from '../../client/row-shapes.ts'
import type { Transaction } from '../../client/transaction.ts'
import type { RowValues } from '../../layout/column-value.ts'
import type { Schema } from '../../types/schema.ts'
import type { Field } from '../../types/type.ts'
import type { JobTable, Lake } from '../lake.ts'

/** The rows of a view, not read yet. */
export interface ViewRows {
  readonly schema: Schema
  /** To be read once. */
  readonly batches: AsyncIterable<RecordBatch>
}

/** The first rows of a view, in its order. */
export interface ShownRows {
  /** Of the view. */
  readonly name: string
  readonly fields: readonly Field[]
  /** A value for each field. */
  readonly rows: readonly RowValues[]
}

/** What outputs are written with. */
export interface WriteContext {
  readonly lake: Lake
  /** Whose tags of columns these are. */
  readonly jobId: string
  /**
   * The target as the caller read it: what others have replaced there since is a conflict. Absent: as it is when the writing
   * begins. Null: it was not there.
   */
  readonly table?: JobTable | null
  /** Rows of a table that go, in place of those that the output's mode says; all that are written must be among them. */
  readonly replaceWhere?: Predicate<UnknownRow> | string
  /** What else the commit of a table is to hold. */
  readonly describe?: (tx: Transaction<UnknownRow>) => void
  /**
   * What is written, for files that are added to others: the same name again replaces what was written under it, so that a
   * run that is repeated adds nothing twice. Absent: the next number.
   */
  readonly exportName?: string
  /** Told of the rows that a console shows. Absent: nobody looks. */
  readonly show?: (shown: ShownRows) => Promise<void> | void
  readonly signal?: AbortSignal
}
