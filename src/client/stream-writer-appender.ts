// The rows of a stream on their way to commits. Rows are checked as they come, so that what is wrong with a batch is told to
// who sent it, and keeps no other batch out of the table.
import { RecordBatch } from 'apache-arrow'

import { optionsAmong } from '../base/options.ts'
import { batchBytes } from '../formats/arrow/batch-bytes.ts'
import type { CompactedTable } from '../maintenance/compaction-options.ts'
import type { Schema } from '../types/schema.ts'
import type { Commit } from '../write/commit-report.ts'
import { inputBatches } from '../write/input.ts'
import type { WriteInput } from '../write/input.ts'
import { PacedCommits } from './stream-writer-commits.ts'
import { checkedCompaction, checkedPace } from './stream-writer-options.ts'
import type { StreamCommit, StreamOptions } from './stream-writer-options.ts'
import type { Transaction } from './transaction.ts'
import { WRITE_NAMES } from './write-options.ts'

/** The table of a stream. */
export interface StreamedTable<Input> extends CompactedTable {
  readonly name: string
  readonly schema: Schema
  transaction(
    describe: (tx: Transaction<Input>) => Promise<void>,
    options: { readonly signal?: AbortSignal },
  ): Promise<Commit>
}

/** What else a commit says, beside its rows. */
export interface CommitLabel<Input> {
  /** Says it to a transaction that ends at a batch. */
  describe(tx: Transaction<Input>, batchId: bigint): void
  /** Told that the transaction has landed. */
  landed(): void
  /**
   * Looks whether a transaction has landed that seems to have failed.
   *
   * @throws what the failure comes to, if it has not
   */
  recover(failure: unknown): Promise<void>
}

/** Arrays of more rows are converted piece by piece. */
const MAX_ROWS_AT_ONCE = 65_536

/** Gathers rows and commits them. Calls come one after the other. */
export class StreamAppender<Input> {
  readonly #table: StreamedTable<Input>
  readonly #options: StreamOptions
  readonly #label: CommitLabel<Input> | null
  readonly #commits: PacedCommits
  readonly #maxBytes: number
  readonly #compactAfter: number | null
  readonly #stop = new AbortController()
  readonly #signal: AbortSignal
  #commitsSinceCompaction = 0

  /**
   * @param label null where batches have no ids
   * @throws IcebergError `invalid` for options that make no sense
   */
  constructor(
    table: StreamedTable<Input>,
    options: StreamOptions,
    label: CommitLabel<Input> | null,
  ) {
    const { signal, commitEvery, compactAfter } = options
    const pace = checkedPace(commitEvery)
    this.#table = table
    this.#options = options
    this.#label = label
    this.#maxBytes = pace.bytes
    this.#compactAfter = checkedCompaction(compactAfter)
    this.#signal =
      signal === undefined ? this.#stop.signal : AbortSignal.any([signal, this.#stop.signal])
    this.#commits = new PacedCommits({
      environment: table.state.services.environment,
      pace,
      commit: ({ rows, batches, batchId }) => {
        const told = { rows: rows.rows, batches, batchId }
        return this.#commit([...rows.take()] as WriteInput<Input & object>, () => told)
      },
    })
  }

  /**
   * Takes a batch. It is in the table after a commit that comes later, or at once when it is too large to be gathered.
   *
   * @throws IcebergError `invalid` naming row and field; nothing of the batch is taken then
   * @throws what an earlier commit failed with
   */
  async append(batchId: bigint | null, input: WriteInput<Input & object>): Promise<void> {
    this.#commits.check()
    this.#signal.throwIfAborted()
    const { schema } = this.#table
    if (isFewRows(input)) {
      await this.#commits.add(batchId, schema, (rows) => rows.addRows(input))
      return
    }
    const batches = inputBatches(schema, input, this.#signal)
    const held = await this.#held(batches)
    if (!held.isWhole) return this.#appendLarge(batchId, held.batches, batches)
    await this.#commits.add(batchId, schema, (rows) => {
      for (const batch of held.batches) rows.addBatch(batch)
    })
  }

  /** Commits what was taken. */
  async flush(): Promise<void> {
    await this.#commits.flush()
  }

  /** Commits nothing any more: what is under way is stopped, what was taken is dropped. */
  async abort(reason: unknown): Promise<void> {
    this.#stop.abort(reason)
    await this.#commits.fail(reason)
  }

  /** The batches of one input, or its first ones, when they are more than is gathered. */
  async #held(batches: AsyncGenerator<RecordBatch>): Promise<HeldBatches> {
    const held: RecordBatch[] = []
    let bytes = 0
    for (let next = await batches.next(); next.done !== true; next = await batches.next()) {
      held.push(next.value)
      bytes += batchBytes(next.value)
      if (bytes >= this.#maxBytes) return { batches: held, isWhole: false }
    }
    return { batches: held, isWhole: true }
  }

  /** A commit of its own for a batch that memory is not to hold. */
  async #appendLarge(
    batchId: bigint | null,
    held: RecordBatch[],
    rest: AsyncGenerator<RecordBatch>,
  ): Promise<void> {
    const input = watched(held, rest)
    try {
      await this.#commits.alone(() =>
        this.#commit(input.batches, () => ({ rows: input.rows(), batches: 1, batchId })),
      )
    } catch (error) {
      // What is wrong with the rows is the sender's; anything else ends the stream.
      if (input.failure() !== error) await this.#commits.fail(error)
      throw error
    } finally {
      await rest.return(undefined)
    }
  }

  async #commit(
    rows: WriteInput<Input & object>,
    told: () => Omit<StreamCommit, 'snapshotId'>,
  ): Promise<void> {
    const { batchId } = told()
    const snapshotId = await this.#landedSnapshot(async (tx) => {
      if (batchId !== null) this.#label?.describe(tx, batchId)
      await tx.append(rows, { ...optionsAmong(this.#options, WRITE_NAMES), signal: this.#signal })
    })
    this.#label?.landed()
    this.#tell({ ...told(), snapshotId })
    await this.#compactInTurn()
  }

  async #landedSnapshot(
    describe: (tx: Transaction<Input>) => Promise<void>,
  ): Promise<bigint | null> {
    try {
      const { snapshotId } = await this.#table.transaction(describe, { signal: this.#signal })
      return snapshotId
    } catch (error) {
      if (this.#label === null) throw error
      await this.#label.recover(error)
      return null
    }
  }

  /** A listener must not make a failure of a commit that has landed, nor end the process: an asynchronous one is a listener, too. */
  #tell(commit: StreamCommit): void {
    const tell = async (): Promise<void> => this.#options.onCommit?.(commit)
    tell().catch((error: unknown) => this.#warn('the listener of a stream failed', error))
  }

  async #compactInTurn(): Promise<void> {
    if (this.#compactAfter === null) return
    this.#commitsSinceCompaction += 1
    if (this.#commitsSinceCompaction < this.#compactAfter) return
    this.#commitsSinceCompaction = 0
    try {
      // Most programs never compact, and should not load what it takes.
      const { planCompaction } = await import('../maintenance/compact-files.ts')
      const minInputFiles = Math.min(FEW_FILES, Math.max(2, this.#compactAfter))
      const stop = { signal: this.#signal }
      const plan = await planCompaction(this.#table, { strategy: 'binpack', minInputFiles }, stop)
      await plan.run(stop)
    } catch (error) {
      this.#warn('small files of a stream were not put together', error)
    }
  }

  #warn(message: string, error: unknown): void {
    const context = { table: this.#table.name, error: String(error) }
    this.#table.state.services.onEvent({ kind: 'warning', message, context })
  }
}

/** So many small files of a partition are put together, unless there is a commit for each. */
const FEW_FILES = 5

interface HeldBatches {
  readonly batches: RecordBatch[]
  readonly isWhole: boolean
}

function isFewRows(input: unknown): input is readonly object[] {
  return (
    Array.isArray(input) && !(input[0] instanceof RecordBatch) && input.length <= MAX_ROWS_AT_ONCE
  )
}

interface WatchedBatches {
  readonly batches: AsyncIterable<RecordBatch>
  readonly rows: () => number
  /** What reading them failed with. */
  readonly failure: () => unknown
}

/** Batches one after the other, none of which is held once it was given. */
function watched(held: RecordBatch[], rest: AsyncIterable<RecordBatch>): WatchedBatches {
  let rows = 0
  let failure: unknown = null
  async function* all(): AsyncGenerator<RecordBatch> {
    for (let batch = held.shift(); batch !== undefined; batch = held.shift()) {
      rows += batch.numRows
      yield batch
    }
    try {
      for await (const batch of rest) {
        rows += batch.numRows
        yield batch
      }
    } catch (error) {
      failure = error
      throw error
    }
  }
  return { batches: all(), rows: () => rows, failure: () => failure }
}
