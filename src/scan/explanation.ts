import type { PlanCounts } from './scan-plan.ts'

/** A test of a column that nothing in a manifest, file or row group passes, and what is known there of the column. */
export interface FailedTest {
  /** The test with its literal: `fare > "10.00"`. Of manifests and partitions it is of what the partition field holds. */
  readonly test: string
  /** The column, or the partition field. */
  readonly column: string
  /** What is known, each as JSON spells it; what is not known is left out. */
  readonly known: Readonly<Record<string, unknown>>
}

/** Which knowledge left something out. */
export type PrunedBy =
  /** The line of a manifest in its list: what its files have in each partition field. */
  | 'partition-summaries'
  /** The partition of a file. */
  | 'partition'
  /** Counts and bounds that a manifest has of a file. */
  | 'metrics'
  /** What metadata columns such as `_file` hold for a file. */
  | 'metadata-columns'
  /** Counts and bounds that a file has of a row group. */
  | 'statistics'

/** What is read or not, and why. */
interface Verdict {
  readonly isRead: boolean
  /** Null for what is read. */
  readonly prunedBy: PrunedBy | null
  /** Why not: together they leave nothing. Empty for what is read, and for what has no rows at all. */
  readonly because: readonly FailedTest[]
}

/** A manifest that may list files that match, or is left out. */
export interface ExplainedManifest extends Verdict {
  readonly kind: 'manifest'
  readonly path: string
  readonly specId: number
}

/** A live file of a manifest that is read. */
export interface ExplainedFile extends Verdict {
  readonly kind: 'file'
  readonly path: string
  readonly manifest: string
  readonly recordCount: bigint
  readonly sizeBytes: bigint
  /** What is left to test on each row of a file that is read; `true` where all rows match. */
  readonly residual: string
}

/** A row group of a file that is read. */
export interface ExplainedRowGroup extends Verdict {
  readonly kind: 'row-group'
  /** Of the file. */
  readonly path: string
  /** From 0. */
  readonly index: number
  readonly rowCount: number
}

/** What a scan comes to, after all that it was made of. */
export interface ExplainedTotals {
  readonly kind: 'totals'
  readonly snapshotId: bigint | null
  /** The predicate of the scan, with its literals. */
  readonly predicate: string
  readonly counts: PlanCounts
  /** Of the files that are read. */
  readonly rowGroups: number
  readonly rowGroupsPruned: number
  /** Of the row groups that are read. */
  readonly rowsRead: bigint
}

/** One thing that a scan decides. */
export type Explanation = ExplainedManifest | ExplainedFile | ExplainedRowGroup | ExplainedTotals
