import type { TableRequirement } from '../metadata/requirements.ts'
import type { RequestOptions } from '../io/object-store.ts'
import type { TableMetadata } from '../metadata/table-metadata.ts'
import type { TableUpdate } from '../metadata/updates.ts'
import type { TableIdentifier } from './identifier.ts'

/** A table at one version: its metadata and the file it was read from. */
export interface LoadedTable {
  readonly identifier: TableIdentifier
  readonly metadataLocation: string
  readonly metadata: TableMetadata
}

/** How a table is loaded. */
export interface LoadOptions extends RequestOptions {
  /** A version that is at hand. Where the table is that very version still, it is given back, and nothing is decoded. */
  readonly known?: LoadedTable
}

/**
 * What became of a commit. `unknown` means that it may land or have landed: whoever made it must look for it in the
 * table before anything is cleaned up or tried again.
 */
export type CommitOutcome =
  | { readonly kind: 'committed'; readonly table: LoadedTable }
  | { readonly kind: 'conflict'; readonly reason: string }
  | { readonly kind: 'unknown'; readonly cause: unknown }

/** What a table is to become, and what must hold of it until then. */
export interface TableCommit {
  readonly requirements: readonly TableRequirement[]
  readonly updates: readonly TableUpdate[]
}

/**
 * A name to the current metadata, and the atomic swap. Backends: memory, files. What only reads takes a signal; what
 * changes something does not, for a change that is given up half way may have been made or not.
 */
export interface Catalog {
  /**
   * @throws IcebergError `conflict` when the table exists
   * @throws IcebergError `commit-unknown` when it may or may not have been made
   */
  createTable(identifier: TableIdentifier, metadata: TableMetadata): Promise<LoadedTable>

  /** Where a table of that name would be put, when nobody says otherwise. */
  defaultLocation(identifier: TableIdentifier): string

  /** @throws IcebergError `not-found` when there is no such table */
  loadTable(identifier: TableIdentifier, options?: LoadOptions): Promise<LoadedTable>

  /**
   * Applies updates to `base`, in one atomic step, if the table is still that very version and all requirements hold of
   * it; `conflict` otherwise. The swap alone decides: no newer version is looked for first, so that a commit costs one
   * conditional write, and what a caller checked of `base` (guards included) is what the commit stands on.
   *
   * @throws IcebergError `not-found` when the name is gone or has become another table (by its uuid)
   * @throws IcebergError `unavailable` when storage failed and the commit is certain not to have landed
   */
  commitTable(base: LoadedTable, commit: TableCommit): Promise<CommitOutcome>

  /**
   * Checks that commits may be built on a version, and its files be removed: of a table that is a copy of another one all files
   * may be those of the other, and beside a version that somebody opened alone there may be newer ones. Nothing is looked up.
   *
   * @throws IcebergError `unsupported` when it can only be read
   */
  checkWritable(table: LoadedTable): void

  /**
   * Makes the newest version the one that readers find who do not ask this catalog. Nothing to do where all readers ask it.
   *
   * @returns that version
   * @throws IcebergError `not-found` when there is no such table
   */
  publishLatest(identifier: TableIdentifier): Promise<LoadedTable>

  tableExists(identifier: TableIdentifier, options?: RequestOptions): Promise<boolean>

  /** Tables directly in a namespace, sorted by name. */
  listTables(
    namespace: readonly string[],
    options?: RequestOptions,
  ): Promise<readonly TableIdentifier[]>

  /** Namespaces directly in `parent` (the root is `[]`), sorted. */
  listNamespaces(
    parent: readonly string[],
    options?: RequestOptions,
  ): Promise<readonly (readonly string[])[]>

  /**
   * Forgets a table, after whichever commits are faster: one that comes later is `not-found`. Its files stay.
   *
   * @throws IcebergError `not-found` when there is no such table
   * @throws IcebergError `commit-unknown` when it may or may not be there still
   */
  dropTable(identifier: TableIdentifier): Promise<void>
}
