import type { CompactionPlan } from '../maintenance/compact-files.ts'
import type { CompactionReport } from '../maintenance/compaction-options.ts'
import type { ExpirePlan, ExpireReport } from '../maintenance/expire-snapshots.ts'
import type { OrphanPlan, OrphanReport } from '../maintenance/remove-orphans.ts'
import type {
  RewriteManifestsPlan,
  RewriteManifestsReport,
} from '../maintenance/rewrite-manifests.ts'
import type { PlanCounts } from '../scan/scan-plan.ts'
import type { Commit } from '../write/commit-report.ts'
import type { StreamAmount, StreamOffset } from './sources/stream-source.ts'

/** What one run of one window did; the whole of the inputs is a window too. */
export interface WindowReport {
  readonly job: string
  readonly kind: RunKind
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
  /** In the order of the job's inputs; empty where nothing was read. */
  readonly sources: readonly SourceReport[]
  /** Those that the window was written to, or would be: an output that was ahead of the others is not among them. */
  readonly outputs: readonly OutputReport[]
  /** Milliseconds. */
  readonly durationMs: number
  /** For `nothing-to-do`; null otherwise. */
  readonly beyond: Beyond | null
  readonly warnings: readonly string[]
}

/** A window that is not run: where it would end, and what that was held against. */
export interface Beyond {
  readonly end: string
  /** Null while the source has nothing. */
  readonly bound: string | null
  /**
   * What the bound is: the last of the data, the last commit, the clock, what the job says, the end of a range, or where the
   * window begins.
   */
  readonly limit: 'data' | 'commits' | 'now' | 'until' | 'range' | 'start'
}

/** Why a window was run; snapshots have it as `frazil.run-kind`. */
export type RunKind =
  /** The next window of a job, or its whole inputs. */
  | 'incremental'
  /** A window of a range that somebody asked for; where the job stands does not move. */
  | 'backfill'
  /** A window that was run before, of the source as it was then. */
  | 'replay'

/** What was read for a window. */
export type SourceReport = TableSource | MetadataSource | FilesSource | TopicSource

/** Rows of a table. */
export interface TableSource {
  readonly kind: 'table'
  readonly table: string
  readonly snapshotId: bigint | null
  readonly counts: PlanCounts
  /** The predicate that the scan was given, its literals masked. */
  readonly filter: string
  /** Whether the rows of the scan were the answer, without a SQL engine between. */
  readonly direct: boolean
}

/** What a table tells of itself. */
export interface MetadataSource {
  readonly kind: 'metadata'
  /** With the word for what is told, such as `retail.orders.snapshots`. */
  readonly table: string
  readonly snapshotId: bigint | null
}

/** Files that belong to no table. */
export interface FilesSource {
  readonly kind: 'files'
  /** The folder, or the only file. */
  readonly location: string
  readonly format: 'parquet' | 'csv' | 'json'
  readonly files: number
  readonly bytes: bigint
}

/** Messages of a topic. */
export interface TopicSource {
  readonly kind: 'topic'
  readonly topic: string
  readonly partitions: number
  /** Places of messages, of which transactions and compaction leave some without one. */
  readonly offsets: bigint
}

/** What was written for a window. */
export type OutputReport = TableReport | FilesReport | ConsoleReport

/** Rows that went to a table. */
export interface TableReport {
  readonly kind: 'table'
  /** The view that was written. */
  readonly name: string
  /** The table. */
  readonly target: string
  /** Null in a dry run. */
  readonly commit: Commit | null
  /** In a dry run what the commit would do; null otherwise. */
  readonly plan: WritePlan | null
}

/** What writing a window to a table would do to it. */
export interface WritePlan {
  readonly makesTable: boolean
  /** In words: `append`, `replace partitions`, `replace rows where ...`. */
  readonly how: string
  readonly rows: bigint
  /**
   * The partitions that rows come to, as the file declares them: paths such as `day=2020-01-31/city=Oslo`, sorted; one
   * empty text without any.
   */
  readonly partitions: readonly string[]
  /** Where rows would go: in files that are grouped otherwise, the partitions of their own spec. */
  readonly replacedPartitions: readonly string[]
  readonly replacedFiles: number
  /** Not those that would only be moved to other files. */
  readonly replacedRows: bigint
}

/** Rows that went to a file. */
export interface FilesReport {
  readonly kind: 'files'
  readonly name: string
  /** The folder. */
  readonly target: string
  /** Null in a dry run, and where there were files that the output was to leave alone. */
  readonly file: {
    readonly location: string
    readonly rows: bigint
    readonly sizeBytes: bigint
  } | null
}

/** Rows that were shown. */
export interface ConsoleReport {
  readonly kind: 'console'
  readonly name: string
  /** How many were shown. */
  readonly rows: number
}

/** What an action did to a table, or would do. */
export type ActionReport =
  | Done<'rewrite_dataset', CompactionPlan, CompactionReport>
  | Done<'rewrite_manifest', RewriteManifestsPlan, RewriteManifestsReport>
  | Done<'expire_snapshots', ExpirePlan, ExpireReport>
  | Done<'remove_orphans', OrphanPlan, OrphanReport>

interface Done<Name, Plan, Report> {
  readonly job: string
  readonly action: Name
  /** The table. */
  readonly target: string
  readonly plan: Plan
  /** Null in a dry run. */
  readonly report: Report | null
  /** Milliseconds. */
  readonly durationMs: number
}

/** What all batches of one run of a stream did together: a stream may have more of them than anybody could hold. */
export interface StreamTotals {
  readonly batches: number
  /** That were read, of all sources. */
  readonly rows: bigint
  /** That were no rows, and were put aside. */
  readonly badRecords: bigint
  /** That came too late by event time, whatever became of them. */
  readonly lateRows: bigint
  /** The number of the last batch; null when there was none. */
  readonly lastEpoch: number | null
}

/** What a run of a stream would read and write. */
export interface StreamPlan {
  /** The number of the batch that comes next. */
  readonly epoch: number
  readonly sources: readonly PlannedSource[]
  readonly outputs: readonly OutputReport[]
}

/** What a run would read of one source. */
export interface PlannedSource {
  readonly name: string
  readonly description: string
  /** Where reading goes on, or begins. */
  readonly start: StreamOffset
  /** Behind all that there is now; null where nothing is new. */
  readonly end: StreamOffset | null
  /** What lies between; null where nothing is new, or the source does not tell. */
  readonly amount: StreamAmount | null
}

/** What became of one job of a workflow. */
export type JobReport =
  | { readonly kind: 'windows'; readonly job: string; readonly windows: readonly WindowReport[] }
  | { readonly kind: 'maintained'; readonly job: string; readonly actions: readonly ActionReport[] }
  | { readonly kind: 'streamed'; readonly job: string; readonly batches: StreamTotals }
  | ({ readonly kind: 'stream-planned'; readonly job: string } & StreamPlan)
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
      /** What was done before. */
      readonly windows: readonly WindowReport[]
      readonly actions: readonly ActionReport[]
      readonly batches: StreamTotals
    }
  | { readonly kind: 'skipped'; readonly job: string; readonly because: string }

/** What became of a workflow file. */
export interface WorkflowReport {
  readonly workflow: string
  /** In the order of the runs. */
  readonly jobs: readonly JobReport[]
}
