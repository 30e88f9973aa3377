import type { WritableStream } from 'node:stream/web'

import { IcebergError } from '../base/errors.ts'
import { STOP_NAMES, checkOptions } from '../base/options.ts'
import type { LoadedTable } from '../catalog/catalog.ts'
import type { RequestOptions } from '../io/object-store.ts'
import type { SnapshotRef } from '../metadata/refs.ts'
import type { Snapshot } from '../metadata/snapshot.ts'
import {
  currentSchema,
  currentSnapshot,
  currentSortOrder,
  currentSpec,
  isSameTable,
} from '../metadata/table-metadata.ts'
import type { TableMetadata } from '../metadata/table-metadata.ts'
import type { Predicate } from '../expressions/build.ts'
import type { PartitionSpec } from '../layout/partition-spec.ts'
import type { SortOrder } from '../layout/sort-order.ts'
import { appendsSelector } from '../scan/incremental.ts'
import type { AppendsOptions } from '../scan/incremental.ts'
import { TableScan } from '../scan/table-scan.ts'
import { isFormerVersion, tableState } from '../table/table-state.ts'
import type { LiveTable, TableState } from '../table/table-state.ts'
import type { Schema } from '../types/schema.ts'
import type { OutputForms } from '../types/value-output.ts'
import type { Commit } from '../write/commit-report.ts'
import type { WriteInput } from '../write/input.ts'
import type {
  MaintenancePolicy,
  MaintenanceReport,
  MaintenanceRun,
} from '../maintenance/maintain.ts'
import { TransactionBuilder } from '../write/transaction.ts'
import { createWriteContext } from '../write/write-context.ts'
import type { RowEngine } from '../write/row-engine.ts'
import { StreamWriter } from './stream-writer.ts'
import type { StreamWriterOptions } from './stream-writer.ts'
import { Transaction } from './transaction.ts'
import { tableWritable } from './writable.ts'
import type { StreamChunk, TableWritableOptions } from './writable.ts'
import type {
  DeleteOptions,
  OverwriteOptions,
  OverwritePartitionsOptions,
  WriteOptions,
} from './write-options.ts'

/** A predicate on the rows of a table, for one that is kept in a variable: `const january: Filter<typeof rides> = ...`. */
export type Filter<T extends Table<unknown, never>> =
  T extends Table<infer _Output, infer Input> ? Predicate<Input> : never

/**
 * A table. The handle holds one version of it, as of when it was opened, last written through or refreshed; scans read
 * that version, writes move on to the newest by themselves.
 */
export class Table<Output, Input> implements LiveTable {
  readonly #forms: OutputForms
  readonly #engine: RowEngine | undefined
  #state: TableState

  /** @param engine what may write rows in place of our own way */
  constructor(state: TableState, forms: OutputForms, engine?: RowEngine) {
    this.#state = state
    this.#forms = forms
    this.#engine = engine
  }

  get name(): string {
    return this.#state.name
  }

  get metadata(): TableMetadata {
    return this.#state.metadata
  }

  /** The metadata file that the handle was read from. */
  get metadataLocation(): string {
    return this.#state.loaded.metadataLocation
  }

  get schema(): Schema {
    return currentSchema(this.metadata)
  }

  get spec(): PartitionSpec {
    return currentSpec(this.metadata)
  }

  get sortOrder(): SortOrder {
    return currentSortOrder(this.metadata)
  }

  get properties(): ReadonlyMap<string, string> {
    return this.metadata.properties
  }

  /** Null while the table has never been written to. */
  get currentSnapshot(): Snapshot | null {
    return currentSnapshot(this.metadata)
  }

  /** All snapshots that the table still has, oldest first. */
  get snapshots(): readonly Snapshot[] {
    return this.metadata.snapshots
  }

  get state(): TableState {
    return this.#state
  }

  /** What may write rows in place of our own way; undefined when there is nothing else. */
  get engine(): RowEngine | undefined {
    return this.#engine
  }

  /**
   * Moves the handle to the newest version, never back to a former one: of several calls at once the last to end may have
   * seen the least.
   *
   * @throws IcebergError `not-found` when the table is gone, or another one has its name
   */
  async refresh(options?: RequestOptions): Promise<TableState> {
    const { services, loaded } = this.#state
    const how = { ...options, known: loaded }
    return this.moveTo(await services.catalog.loadTable(loaded.identifier, how))
  }

  /** {@link refresh} to a version that is at hand. */
  moveTo(loaded: LoadedTable): TableState {
    if (!isSameTable(this.metadata, loaded.metadata)) {
      throw new IcebergError('not-found', 'the table was dropped, and another one has its name', {
        context: { table: this.name },
      })
    }
    if (!isFormerVersion(loaded, this.#state.loaded)) {
      this.#state = tableState(loaded, this.#state.services)
    }
    return this.#state
  }

  /** Branches and tags by name. */
  get refs(): ReadonlyMap<string, SnapshotRef> {
    return this.metadata.refs
  }

  /** A read of the version that the handle holds. */
  scan(): TableScan<Input, Output> {
    return TableScan.of<Input, Output>(this.#state, this.#forms)
  }

  /**
   * A read of the rows that were appended after one point in the history that the handle holds up to and with another:
   * `(since, until]`. Ranges that follow each other give together what the whole range gives.
   *
   * @throws IcebergError `invalid` at once when the options describe no range; when the scan starts, `not-found` if
   *   snapshots of the range have expired, and `invalid` naming one that overwrote or deleted rows
   */
  appends(options: AppendsOptions): TableScan<Input, Output> {
    const selector = { kind: 'appends', ...appendsSelector(options) } as const
    return TableScan.of<Input, Output>(this.#state, this.#forms, selector)
  }

  /**
   * Adds rows. They are all in the table when it returns, or none of them is.
   *
   * @throws IcebergError `invalid` naming row and field, before anything is visible
   * @throws IcebergError `commit-unknown` when storage could not say what became of the commit
   */
  append(rows: WriteInput<Input & object>, options: WriteOptions = {}): Promise<Commit> {
    return this.#write((tx) => tx.append(rows, options), options)
  }

  /**
   * Dynamic overwrite: the partitions that get rows are replaced by them, all others stay as they are. Without rows
   * nothing happens.
   *
   * @throws IcebergError `conflict` when another commit changed one of these partitions since the handle's version
   */
  overwritePartitions(
    rows: WriteInput<Input & object>,
    options: OverwritePartitionsOptions = {},
  ): Promise<Commit> {
    return this.#write((tx) => tx.overwritePartitions(rows, options), options)
  }

  /**
   * Replaces the rows that match `filter` by other ones, in one commit. Rows for which a comparison says nothing, because
   * of a null, stay. A file that holds rows of both kinds is rewritten; one that holds none that match stays as it is.
   *
   * @param rows all of them must match; none at all leaves the others
   * @throws IcebergError `invalid` with the number of the first row that does not match, before anything is visible
   * @throws IcebergError `conflict` when another commit changed such rows since the handle's version
   */
  overwrite(
    filter: Predicate<Input> | string,
    rows: WriteInput<Input & object>,
    options: OverwriteOptions = {},
  ): Promise<Commit> {
    return this.#write((tx) => tx.overwrite(filter, rows, options), options)
  }

  /**
   * Removes the rows that match. Without any, nothing is committed.
   *
   * @throws IcebergError `conflict` when another commit changed such rows since the handle's version
   */
  deleteWhere(filter: Predicate<Input> | string, options: DeleteOptions = {}): Promise<Commit> {
    return this.#write((tx) => tx.deleteWhere(filter, options), options)
  }

  /**
   * Writes numbered batches, many of them a commit, each exactly once: `writer.position` is the last one that is in the
   * table, after which a producer goes on that was stopped.
   *
   * @throws IcebergError `invalid` for options that make no sense, and when the table has forgotten where the producer stands
   */
  streamWriter(options: StreamWriterOptions): Promise<StreamWriter<Input>> {
    return StreamWriter.open(this, options)
  }

  /**
   * The end of a stream: `readable.pipeTo(table.writable())`, and `Readable.toWeb(readable).pipeTo(table.writable())` for one
   * of Node. Rows come at least once where their source begins anew after a failure; with the id of a batch for each chunk,
   * exactly once, as by {@link streamWriter}.
   *
   * @throws IcebergError `invalid` for options that make no sense
   */
  writable(options: TableWritableOptions<Input> = {}): WritableStream<StreamChunk<Input>> {
    return tableWritable(this, options)
  }

  /**
   * Keeps the table in order, as a policy says: old snapshots expire, manifests are grouped, orphans are removed, and small
   * files are put together. Each step is also a function of its own in `frazil/maintenance`, with a plan to look at first.
   *
   * @throws IcebergError as each step does, with the step in the context
   */
  async maintain(
    policy: MaintenancePolicy,
    options: MaintenanceRun = {},
  ): Promise<MaintenanceReport> {
    // Most programs never maintain a table, and should not load what it takes.
    const { maintain } = await import('../maintenance/maintain.ts')
    return maintain(this, policy, options)
  }

  /**
   * Several changes in one commit, all or nothing. `describe` runs once; what it wrote is kept over retries. When it
   * throws, nothing is committed.
   */
  async transaction(
    describe: (tx: Transaction<Input>) => Promise<void> | void,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<Commit> {
    checkOptions('transaction', options, STOP_NAMES)
    return this.#write(describe, options)
  }

  async #write(
    describe: (tx: Transaction<Input>) => Promise<void> | void,
    { signal }: { readonly signal?: AbortSignal },
  ): Promise<Commit> {
    const context = createWriteContext(this.#state, { signal, engine: this.#engine })
    const builder = new TransactionBuilder(this, context)
    await builder.collect(() => describe(new Transaction<Input>(builder)))
    return builder.commit()
  }
}
