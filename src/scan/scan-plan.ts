import type { FileScanTask } from './task.ts'

/** How far each level of pruning got. A file is counted at the level that dropped it. */
export interface PlanCounts {
  /** Manifests that may hold live files: of the snapshot, or added in a range of appends. */
  readonly manifests: number
  /** Manifests whose partition summaries leave no match. */
  readonly manifestsPruned: number
  /** Live files in the manifests that were read. */
  readonly files: number
  readonly filesPrunedByPartition: number
  readonly filesPrunedByMetrics: number
  readonly recordsPlanned: bigint
  readonly bytesPlanned: bigint
}

/** The files that a scan has to read (spec: Scan Planning). */
export interface ScanPlan {
  /** The snapshot that is read, or with which a range of appends ends; null for a table without snapshots. */
  readonly snapshotId: bigint | null
  readonly tasks: readonly FileScanTask[]
  readonly counts: PlanCounts
}
