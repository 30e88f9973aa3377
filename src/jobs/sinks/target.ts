// What a job writes to, whoever described it: a workflow file or a program.
import type { RecordBatch } from 'apache-arrow'

import type { UnknownRow } from '../../client/row-shapes.ts'
import type { Transaction } from '../../client/transaction.ts'
import type { Expression } from '../../expressions/predicate.ts'
import type { PartitionTerm } from '../../layout/layout-text.ts'
import type { TableMetadata } from '../../metadata/table-metadata.ts'
import type { Schema } from '../../types/schema.ts'
import type { Commit } from '../../write/commit-report.ts'
import type { OtherSpecs } from '../../write/replace-partitions.ts'
import type { JobTable } from '../lake.ts'
import type { OutputReport } from '../report.ts'
import type { ViewRows } from './sink.ts'

export type JobOutput = TableTarget | OtherTarget

/** A table. Its commits keep where the job stands. */
export interface TableTarget {
  readonly kind: 'table'
  /** The view that is written. */
  readonly view: string
  /** The table, for reports. */
  readonly target: string
  /** What the job is bound to: the same for the same table, whatever its options. */
  readonly identity: string
  /** Where it lies, or would if it were made now. */
  readonly folder: string
  readonly effect: WriteEffect
  /**
   * The table as it is now; null when it is not there.
   *
   * @throws IcebergError when it is not as the output says
   */
  readonly find: () => Promise<JobTable | null>
  /** How rows would be cut into partitions. */
  readonly partitions: (table: JobTable | null) => readonly PartitionTerm[]
  readonly write: (rows: ViewRows, how: TableWrite) => Promise<TableCommit>
  /** What {@link write} would refuse before it writes. Gives warnings. */
  readonly check?: (schema: Schema) => Promise<readonly string[]>
  /**
   * What {@link write} would write to, and what; null where it would leave alone what is there. Nothing is written.
   *
   * @throws IcebergError as {@link write}
   */
  readonly foresee: (rows: ViewRows, table: JobTable | null) => Promise<ForeseenWrite | null>
}

/** What becomes of the rows that a table has when a window is written to it. */
export type WriteEffect =
  /** They stay. */
  | 'append'
  /** Those in partitions that get rows go. */
  | 'replace-partitions'
  /** All go. */
  | 'replace-all'
  /** They stay, and the rows are written only if there is no table yet. */
  | 'only-new'

export interface TableWrite {
  /** As {@link TableTarget.find} gave it. */
  readonly table: JobTable | null
  /** Rows that are replaced in place of those that the output would; null to do as it says. */
  readonly replaceWhere: Expression | null
  /** What else the commit is to hold. */
  readonly describe: (tx: Transaction<UnknownRow>) => void
  readonly signal?: AbortSignal
}

/** A write as it would be. */
export interface ForeseenWrite {
  /** As the same commit leaves the table before its rows come: what is declared anew is true. */
  readonly metadata: TableMetadata
  /** By the names that the columns have there. */
  readonly batches: AsyncIterable<RecordBatch>
  /** What becomes of files in other partition specs where partitions are replaced. */
  readonly otherSpecs: OtherSpecs
}

export interface TableCommit {
  /** Null where the output was to leave alone what is there. */
  readonly commit: Commit | null
  readonly warnings: readonly string[]
}

/** Files, or the console: written again as often as a window is. */
export interface OtherTarget {
  readonly kind: 'other'
  readonly view: string
  /** Null for the console, which keeps nothing that a job could be bound to. */
  readonly identity: string | null
  /** What the files lie below; null where there are none. */
  readonly folder: string | null
  /** @param exportName the same for the same window of the same job */
  readonly write: (
    rows: ViewRows,
    how: { readonly exportName: string | null; readonly signal?: AbortSignal },
  ) => Promise<OutputReport>
  /** The report of a dry run. */
  readonly planned: OutputReport
  readonly check?: (schema: Schema) => Promise<readonly string[]>
}
