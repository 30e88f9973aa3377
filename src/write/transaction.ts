// Several changes, one commit. Files are written as the changes are made; nothing is visible before the end.
import { IcebergError } from '../base/errors.ts'
import type { DataFile } from '../metadata/data-file.ts'
import type { RefUpdate } from '../metadata/ref-change.ts'
import { MAIN_BRANCH } from '../metadata/refs.ts'
import type { TableMetadata } from '../metadata/table-metadata.ts'
import type { LiveTable, TableState } from '../table/table-state.ts'
import { commitChange } from './commit.ts'
import type { CommitAttempts, Guard } from './commit.ts'
import type { Commit } from './commit-report.ts'
import { commitReport } from './commit-report.ts'
import type { Isolation } from './conflicts.ts'
import { TableEvolution } from './evolution.ts'
import type { Evolution } from './evolution.ts'
import { fastAppend } from './fast-append.ts'
import { metadataChange } from './metadata-change.ts'
import { overwriteRows } from './overwrite-rows.ts'
import type { Condition } from './overwrite-rows.ts'
import type { PropertySource } from './property-change.ts'
import { replacePartitions } from './replace-partitions.ts'
import type { OtherSpecs } from './replace-partitions.ts'
import { snapshotChange } from './snapshot-change.ts'
import type { RowWrite } from './snapshot-change.ts'
import type { ProducedSnapshot, SnapshotWrite } from './snapshot-producer.ts'
import type { WriteContext } from './write-context.ts'

/** Entries of a summary, asked for once, when all rows are in their files. */
export type SummarySource = () => Iterable<readonly [string, string]>

/** What is said of a change of rows in the summary of its snapshot. */
export interface RowLabels {
  /** Where the rows came from. */
  readonly source?: string | undefined
}

/** The entry of a summary that says where the rows of its snapshot came from. */
const SOURCE_ENTRY = 'frazil.source'

/** Collects what one commit is to hold, and commits it. */
export class TransactionBuilder {
  readonly #table: LiveTable
  readonly #evolution: TableEvolution
  #context: WriteContext
  readonly #properties: PropertySource[] = []
  readonly #summary: SummarySource[] = []
  readonly #guards: Guard[] = []
  readonly #running = new Set<Promise<void>>()
  readonly #writes: RowWrite[] = []
  #isOver = false

  constructor(table: LiveTable, context: WriteContext) {
    this.#table = table
    this.#context = context
    this.#evolution = new TableEvolution(context.state)
  }

  /** The version of the table that the transaction reads, from its start to its end, as its own changes leave it. */
  get state(): TableState {
    return this.#context.state
  }

  get context(): WriteContext {
    return this.#context
  }

  /**
   * Runs what describes the transaction. When it ends, so have all its writes, and nothing can be added.
   *
   * @throws IcebergError `invalid` when a write was not waited for: its rows would be lost without a word
   */
  async collect(describe: () => Promise<void> | void): Promise<void> {
    try {
      await describe()
      if (this.#running.size > 0) {
        throw new IcebergError('invalid', 'a write of the transaction was not awaited')
      }
    } finally {
      this.#isOver = true
      await Promise.allSettled(this.#running)
    }
  }

  /** Runs a write of the transaction. */
  run(write: () => Promise<void>): Promise<void> {
    if (this.#isOver) return Promise.reject(hasEnded())
    const running = write().finally(() => this.#running.delete(running))
    this.#running.add(running)
    // Who does not wait for it is told by `collect`.
    running.catch(() => {})
    return running
  }

  append(added: readonly DataFile[], { source }: RowLabels): void {
    if (added.length === 0) return
    this.changeFiles(fastAppend(this.#context, added), source)
  }

  /** Files of no rows replace nothing. */
  replacePartitions(
    added: readonly DataFile[],
    {
      source,
      isolation,
      otherSpecs,
    }: RowLabels & { readonly isolation: Isolation; readonly otherSpecs: OtherSpecs },
  ): void {
    if (added.length === 0) return
    const { metadata } = this.state
    this.changeFiles(
      replacePartitions(this.#context, {
        added,
        specId: metadata.defaultSpecId,
        isolation,
        otherSpecs,
        readSnapshotId: metadata.currentSnapshotId,
      }),
      source,
    )
  }

  /** Rows that match go, even if no files come. */
  overwriteRows(
    condition: Condition,
    added: readonly DataFile[],
    { source, isolation }: RowLabels & { readonly isolation: Isolation },
  ): void {
    const readSnapshotId = this.state.metadata.currentSnapshotId
    const request = { ...condition, added, isolation, readSnapshotId }
    this.changeFiles(overwriteRows(this.#context, request), source)
  }

  /** Adds a snapshot of any kind. */
  changeFiles(write: SnapshotWrite, source?: string): void {
    const summary = new Map(source === undefined ? [] : [[SOURCE_ENTRY, source]])
    this.#writes.push({ write, summary })
  }

  /**
   * Changes what the table is. Rows that are written after it are written to the table as it then is; files that were
   * written before it stay what they are, as if another commit had written them.
   */
  evolve(describe: (metadata: TableMetadata) => Evolution): void {
    this.#checkOpen()
    const change = describe(this.state.metadata)
    if (change.updates.length === 0) return
    this.#evolve(change)
  }

  /**
   * Changes branches and tags. They point to snapshots that are there already.
   *
   * @throws IcebergError `invalid` when main would be moved from under rows that the transaction has written
   */
  changeRefs(describe: (metadata: TableMetadata) => readonly RefUpdate[]): void {
    this.#checkOpen()
    const changes = describe(this.state.metadata)
    if (changes.every(({ updates }) => updates.length === 0)) return
    const movesMain = changes.some(({ name }) => name === MAIN_BRANCH)
    if (movesMain && this.#writes.length > 0) {
      throw new IcebergError('invalid', 'main is moved before rows are written, not after')
    }
    for (const { name, updates } of changes) this.#evolve({ basis: { ref: name }, updates })
  }

  #evolve(change: Evolution): void {
    this.#evolution.add(change)
    this.#context = { ...this.#context, state: this.#evolution.state }
  }

  setProperties(source: PropertySource): void {
    this.#checkOpen()
    this.#properties.push(source)
  }

  setSummary(source: SummarySource): void {
    this.#checkOpen()
    this.#summary.push(source)
  }

  guard(guard: Guard): void {
    this.#checkOpen()
    this.#guards.push(guard)
  }

  /** Commits everything at once. With nothing to change nothing is committed, and guards are not asked. */
  async commit(): Promise<Commit> {
    const isEmpty = this.#properties.length === 0 && this.#evolution.isEmpty
    if (this.#writes.length === 0 && isEmpty) return commitReport([], 0)
    const options = {
      guards: this.#guards,
      ...(this.#context.signal === undefined ? {} : { signal: this.#context.signal }),
    }
    if (this.#writes.length === 0) {
      const change = metadataChange(this.#evolution, this.#properties)
      return this.#report([], await commitChange(this.#table, change, options))
    }
    const change = snapshotChange(this.#context, this.#writes, {
      evolution: this.#evolution,
      properties: this.#properties,
      summary: new Map(this.#summary.flatMap((source) => [...source()])),
    })
    const attempts = await commitChange(this.#table, change, options)
    return this.#report(change.produced(), attempts)
  }

  #report(produced: readonly ProducedSnapshot[], { state, attempts }: CommitAttempts): Commit {
    const report = commitReport(produced, attempts)
    if (attempts === 0) return report
    const { snapshotId } = report
    state.services.onEvent({ kind: 'committed', table: state.name, snapshotId, attempts })
    return report
  }

  #checkOpen(): void {
    if (this.#isOver) throw hasEnded()
  }
}

function hasEnded(): IcebergError {
  return new IcebergError('invalid', 'the transaction has ended')
}
