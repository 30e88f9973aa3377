// What a job does to a table besides writing rows, as it is asked for.
import type { DatasetAddress } from '../../address.ts'
import type { Place } from '../../yaml/faults.ts'
import type { JobFrame } from '../model.ts'

/** Maintains tables, one action after the other. */
export interface MaintenanceJob extends JobFrame {
  readonly kind: 'maintenance'
  /** At least one. */
  readonly actions: readonly Action[]
}

export interface ActionFrame {
  /** Of the table, which the action names by its input. */
  readonly dataset: DatasetAddress
  readonly place: Place
}

export type Action = RewriteDataset | RewriteManifest | ExpireSnapshots | RemoveOrphans

/** Files of a table, made into fewer or into sorted ones. Null: as the library does it by itself. */
export interface RewriteDataset extends ActionFrame {
  readonly name: 'rewrite_dataset'
  readonly layout: RewriteLayout
  /** Which files: those that may hold such rows, as the text of a predicate. Null: all. */
  readonly where: string | null
  readonly options: RewriteOptions
}

export type RewriteLayout =
  | { readonly kind: 'binpack' }
  /** The text of a sort order; null: the table's own. */
  | { readonly kind: 'sort'; readonly order: string | null }
  /** The text of a list of columns. */
  | { readonly kind: 'zorder'; readonly columns: string }

/** Sizes in bytes. */
export interface RewriteOptions {
  readonly targetBytes: number | null
  readonly minFileBytes: number | null
  readonly maxFileBytes: number | null
  readonly maxGroupBytes: number | null
  readonly minInputFiles: number | null
  readonly maxFiles: number | null
  readonly maxConcurrentGroups: number | null
  readonly outputSpecId: number | null
  readonly rewriteAll: boolean | null
  readonly partialProgress: boolean | null
  readonly maxCommits: number | null
}

/** Entries of manifests, grouped by partition. */
export interface RewriteManifest extends ActionFrame {
  readonly name: 'rewrite_manifest'
  /** Null: the table's own. */
  readonly specId: number | null
}

export interface ExpireSnapshots extends ActionFrame {
  readonly name: 'expire_snapshots'
  readonly olderThan: Moment | null
  readonly retainLast: number | null
  readonly snapshotIds: readonly bigint[]
}

export interface RemoveOrphans extends ActionFrame {
  readonly name: 'remove_orphans'
  readonly olderThan: Moment | null
  /** A folder of the table; null: all of it. */
  readonly location: string | null
  readonly isDryRun: boolean
}

/** Milliseconds since 1970-01-01T00:00:00: of UTC, or of the clocks where the file is run. */
export interface Moment {
  readonly kind: 'utc' | 'local'
  readonly ms: bigint
}
