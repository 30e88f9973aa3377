import type { NullOrder, SortDirection } from '../../layout/sort-order.ts'
import type { Transform } from '../../layout/transform.ts'
import type { DatasetAddress } from '../address.ts'
import type { Place } from '../yaml/faults.ts'

/** A workflow file, whatever generation of keys it was written in. */
export interface Workflow {
  readonly name: string
  readonly workspace: string
  readonly title: string | null
  readonly description: string | null
  readonly tags: readonly string[]
  /** For the scheduler that starts us; nothing here waits for it. */
  readonly schedule: Schedule | null
  /** In file order; names distinct, dependencies known and without a cycle. */
  readonly dag: readonly Job[]
}

export interface Schedule {
  readonly cron: string
  readonly concurrencyPolicy: 'Allow' | 'Forbid' | 'Replace'
  readonly endOn: string | null
  readonly timezone: string | null
}

export type Job = FlareJob | ToolboxJob

export interface JobFrame {
  /** `<workspace>/<workflow>/<job>`: what state is kept under. */
  readonly id: string
  readonly name: string
  readonly title: string | null
  readonly description: string | null
  readonly tags: readonly string[]
  /** As it was written, version included. */
  readonly stack: string
  /** Names of jobs that must have succeeded before. */
  readonly dependencies: readonly string[]
  /** How often a failed job is tried again. */
  readonly retries: number
  readonly place: Place
}

/** Reads inputs, writes outputs. */
export interface FlareJob extends JobFrame {
  readonly kind: 'flare'
  /** Whether the plan goes into the run's report. */
  readonly explain: boolean
  readonly logLevel: LogLevel | null
  /** At least one; names distinct. */
  readonly inputs: readonly Input[]
  /** At least one; each named like an input. */
  readonly outputs: readonly Output[]
}

/** Makes a version of a table the one that readers see. */
export interface ToolboxJob extends JobFrame {
  readonly kind: 'toolbox'
  readonly dataset: DatasetAddress
  readonly action: { readonly name: 'set_version'; readonly value: 'latest' }
}

export type LogLevel = 'DEBUG' | 'INFO' | 'WARN' | 'ERROR'

/** A view for SQL and outputs to name. */
export interface Input {
  readonly name: string
  readonly dataset: DatasetAddress
  readonly format: 'iceberg'
  /** Null: the whole table in every run. */
  readonly incremental: IncrementalRead | null
  readonly place: Place
}

/** Reads one window of a table in each run. */
export interface IncrementalRead {
  /** Name of the view over the whole table that `sql` reads. */
  readonly context: string
  /** Selects the window, with a hole `$|name|` for each key it needs. */
  readonly sql: string
  /** At least one, in the order they get their values; names distinct. */
  readonly keys: readonly IncrementalKey[]
  /** What a run leaves for the next one; empty: every run computes its window anew. */
  readonly state: readonly StateEntry[]
  readonly until: Until
  /** Of `context`, which names it. */
  readonly place: Place
  /** Of `sql`. */
  readonly sqlPlace: Place
}

/** A value of the window, kept as text. What is stored comes first, then `sql`, then `default`; not both are null. */
export interface IncrementalKey {
  readonly name: string
  /** May have holes for keys that come before. */
  readonly sql: string | null
  readonly default: string | null
  readonly place: Place
}

/** After a run, the next one's `key` is this one's `value`; both name keys. */
export interface StateEntry {
  readonly key: string
  readonly value: string
}

/** How far windows may reach: one that would end beyond it is not run. */
export type Until =
  | { readonly kind: 'none' }
  | { readonly kind: 'now' }
  /** The largest value of the column that the window is cut by. */
  | { readonly kind: 'source-max' }
  | { readonly kind: 'value'; readonly text: string }
  | { readonly kind: 'sql'; readonly sql: string }

/** Where a view is written to, and how. */
export interface Output {
  /** Of the view. */
  readonly name: string
  readonly dataset: DatasetAddress
  readonly format: 'iceberg'
  readonly mode: WriteMode
  readonly sort: WriteSort | null
  /** Table properties; what only steers a write is not among them. */
  readonly properties: ReadonlyMap<string, string>
  /** Null: as the table is; a new one is not partitioned. */
  readonly partitionSpec: readonly PartitionItem[] | null
  readonly title: string | null
  readonly description: string | null
  readonly tags: readonly string[]
  readonly place: Place
}

/** `overwrite-partitions` replaces the partitions that get rows, and no others. */
export type WriteMode = 'append' | 'overwrite-partitions'

export interface WriteSort {
  /** `global`: files of a partition have disjoint ranges; `partition`: order within each file only. */
  readonly mode: 'global' | 'partition'
  /** At least one; columns distinct. */
  readonly columns: readonly SortColumn[]
}

export interface SortColumn {
  readonly name: string
  readonly direction: SortDirection
  readonly nullOrder: NullOrder
}

export interface PartitionItem {
  readonly transform: Transform
  readonly column: string
  readonly name: string
}
