import type { PlanCounts } from '../scan/scan-plan.ts'
import type { Commit } from '../write/commit-report.ts'

/** What one run of one window did. */
export interface WindowReport {
  readonly job: string
  /** The table that was written to. */
  readonly target: string
  readonly outcome:
    /** Rows were written, and the state moved with them. */
    | 'written'
    /** The window has no rows: only the state moved. */
    | 'empty'
    /** The window reaches beyond what may be read yet: nothing moved. */
    | 'nothing-to-do'
    /** Another run of the job did this window meanwhile. */
    | 'already-done'
    /** A dry run. */
    | 'planned'
  /** Counts from 1; null for a job that keeps no state, and where nothing moved. */
  readonly run: number | null
  /** Every key with its value. */
  readonly window: ReadonlyMap<string, string>
  readonly source: SourceReport | null
  /** Null where nothing was committed. */
  readonly commit: Commit | null
  /** Milliseconds. */
  readonly durationMs: number
  /** For `nothing-to-do`: where the window would end, and how far it may. */
  readonly beyond: { readonly end: string; readonly bound: string } | null
  readonly warnings: readonly string[]
}

/** What was read for a window. */
export interface SourceReport {
  readonly table: string
  readonly snapshotId: bigint | null
  readonly counts: PlanCounts
  /** The predicate that the scan was given, its literals masked. */
  readonly filter: string
  /** Whether the rows of the scan were the answer, without a SQL engine between. */
  readonly direct: boolean
}

/** What became of one job of a workflow. */
export type JobReport =
  | { readonly kind: 'windows'; readonly job: string; readonly windows: readonly WindowReport[] }
  | {
      readonly kind: 'published'
      readonly job: string
      readonly target: string
      readonly metadataLocation: string
    }
  | {
      readonly kind: 'failed'
      readonly job: string
      readonly error: unknown
      readonly windows: readonly WindowReport[]
    }
  | { readonly kind: 'skipped'; readonly job: string; readonly because: string }

/** What became of a workflow file. */
export interface WorkflowReport {
  readonly workflow: string
  /** In the order of the runs. */
  readonly jobs: readonly JobReport[]
}
