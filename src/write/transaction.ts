// Several changes, one commit. Files are written as the changes are made; nothing is visible before the end.
import { IcebergError } from '../base/errors.ts'
import type { DataFile } from '../metadata/data-file.ts'
import { snapshotById } from '../metadata/table-metadata.ts'
import type { TableMetadata } from '../metadata/table-metadata.ts'
import type { LiveTable, TableState } from '../table/table-state.ts'
import { commitChange } from './commit.ts'
import type { Change, CommitAttempts, Guard } from './commit.ts'
import type { Commit } from './commit-report.ts'
import { commitReport } from './commit-report.ts'
import type { Isolation } from './conflicts.ts'
import { TableEvolution } from './evolution.ts'
import type { Evolution } from './evolution.ts'
import { fastAppend } from './fast-append.ts'
import { metadataChange } from './metadata-change.ts'
import { propertiesAt, propertyUpdates } from './property-change.ts'
import type { PropertySource } from './property-change.ts'
import { replacePartitions } from './replace-partitions.ts'
import { produceSnapshot, unusedSnapshotId } from './snapshot-producer.ts'
import type { ProducedSnapshot, SnapshotWrite } from './snapshot-producer.ts'
import type { WriteContext } from './write-context.ts'

/** Collects what one commit is to hold, and commits it. */
export class TransactionBuilder {
  readonly #table: LiveTable
  readonly #evolution: TableEvolution
  #context: WriteContext
  readonly #properties: PropertySource[] = []
  readonly #summary = new Map<string, string>()
  readonly #guards: Guard[] = []
  readonly #running = new Set<Promise<void>>()
  #write: SnapshotWrite | null = null
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

  append(added: readonly DataFile[]): void {
    if (added.length === 0) return
    this.#claimRows(fastAppend(this.#context, added, this.#summary))
  }

  /** Files of no rows replace nothing. */
  replacePartitions(added: readonly DataFile[], isolation: Isolation): void {
    if (added.length === 0) return
    const { metadata } = this.state
    this.#claimRows(
      replacePartitions(this.#context, {
        added,
        specId: metadata.defaultSpecId,
        isolation,
        readSnapshotId: metadata.currentSnapshotId,
        summary: this.#summary,
      }),
    )
  }

  /**
   * Changes what the table is. Rows that are written after it are written to the table as it then is; files that were
   * written before it stay what they are, as if another commit had written them.
   */
  evolve(describe: (metadata: TableMetadata) => Evolution): void {
    this.#checkOpen()
    const change = describe(this.state.metadata)
    if (change.updates.length === 0) return
    this.#evolution.add(change)
    this.#context = { ...this.#context, state: this.#evolution.state }
  }

  setProperties(source: PropertySource): void {
    this.#checkOpen()
    this.#properties.push(source)
  }

  setSummary(entries: Iterable<readonly [string, string]>): void {
    this.#checkOpen()
    for (const [name, value] of entries) this.#summary.set(name, value)
  }

  guard(guard: Guard): void {
    this.#checkOpen()
    this.#guards.push(guard)
  }

  /** Commits everything at once. With nothing to change nothing is committed, and guards are not asked. */
  async commit(): Promise<Commit> {
    const write = this.#write
    const isEmpty = this.#properties.length === 0 && this.#evolution.isEmpty
    if (write === null && isEmpty) return commitReport(null, 0)
    const options = {
      guards: this.#guards,
      ...(this.#context.signal === undefined ? {} : { signal: this.#context.signal }),
    }
    if (write === null) {
      const change = metadataChange(this.#evolution, this.#properties)
      return this.#report(null, await commitChange(this.#table, change, options))
    }
    const change = snapshotChange(this.#context, write, {
      evolution: this.#evolution,
      properties: this.#properties,
    })
    const attempts = await commitChange(this.#table, change, options)
    return this.#report(change.produced(), attempts)
  }

  #report(produced: ProducedSnapshot | null, { state, attempts }: CommitAttempts): Commit {
    const report = commitReport(produced, attempts)
    const { snapshotId } = report
    state.services.onEvent({ kind: 'committed', table: state.name, snapshotId, attempts })
    return report
  }

  #checkOpen(): void {
    if (this.#isOver) throw hasEnded()
  }

  #claimRows(write: SnapshotWrite): void {
    if (this.#write !== null) {
      throw new IcebergError('unsupported', 'one transaction can change rows only once yet')
    }
    this.#write = write
  }
}

function hasEnded(): IcebergError {
  return new IcebergError('invalid', 'the transaction has ended')
}

/** What a commit of rows changes beside them. */
interface MetadataParts {
  readonly evolution: TableEvolution
  readonly properties: readonly PropertySource[]
}

interface SnapshotChange extends Change {
  /** What the last attempt proposed. */
  produced(): ProducedSnapshot
}

function snapshotChange(
  context: WriteContext,
  write: SnapshotWrite,
  { evolution, properties }: MetadataParts,
): SnapshotChange {
  const snapshotId = unusedSnapshotId(context.state)
  let last: ProducedSnapshot | null = null
  return {
    async propose(state, attempt) {
      const { opening, state: evolved } = evolution.on(state)
      last = await produceSnapshot(context, evolved, write, { snapshotId, attempt })
      const set = propertiesAt(properties, last.snapshot)
      return {
        requirements: [...opening.requirements, ...last.commit.requirements],
        updates: [...opening.updates, ...last.commit.updates, ...propertyUpdates(set)],
      }
    },
    isIn: (metadata) => snapshotById(metadata, snapshotId) !== undefined,
    produced() {
      if (last === null) throw new IcebergError('internal', 'a commit without an attempt')
      return last
    },
  }
}
