// When rows of a stream are committed: one commit at a time, while more rows are gathered for the next. What is in memory are
// at most the rows of two commits. The first failure is the last commit: what follows would leave a gap.
import type { Environment } from '../base/environment.ts'
import { equalSchemas } from '../metadata/update-layouts.ts'
import type { Schema } from '../types/schema.ts'
import type { CommitPace } from './stream-writer-options.ts'
import { GatheredRows } from './stream-writer-rows.ts'

/** What one commit is to hold. */
export interface GatheredBatches {
  readonly rows: GatheredRows
  /** What the rows are in. */
  schema: Schema
  /** How many batches the rows came in. */
  batches: number
  /** Of the last one; null where batches have no ids. */
  batchId: bigint | null
}

export interface PacedCommitsOptions {
  readonly environment: Environment
  readonly pace: Required<CommitPace>
  readonly commit: (gathered: GatheredBatches) => Promise<void>
}

/** Gathers batches, and commits them when the pace says so. */
export class PacedCommits {
  readonly #options: PacedCommitsOptions
  #gathered: GatheredBatches | null = null
  /** The commit under way. It never rejects. */
  #running: Promise<void> | null = null
  #failure: { readonly error: unknown } | null = null
  #timer: AbortController | null = null

  constructor(options: PacedCommitsOptions) {
    this.#options = options
  }

  /** @throws what the first commit failed with that failed */
  check(): void {
    if (this.#failure !== null) throw this.#failure.error
  }

  /**
   * Adds a batch of rows in a schema, and begins a commit when there is enough. Waits only while the one before is under way.
   */
  async add(
    batchId: bigint | null,
    schema: Schema,
    add: (rows: GatheredRows) => void,
  ): Promise<void> {
    this.check()
    if (!this.#takes(schema)) await this.flush()
    this.#gathered ??= this.#begun(schema)
    add(this.#gathered.rows)
    this.#gathered.batches += 1
    this.#gathered.batchId = batchId
    while (this.#isEnough()) await this.#next()
  }

  /** Commits what was gathered until now. */
  async flush(): Promise<void> {
    while (this.#gathered !== null || this.#running !== null) await this.#next()
    this.check()
  }

  /** Runs a commit that holds nothing of what was gathered, after one that does. Its failure is the caller's. */
  async alone(commit: () => Promise<void>): Promise<void> {
    await this.flush()
    const running = commit()
    this.#run(running.catch(() => {}))
    await running
  }

  /** No commit begins after it but fails so; what was gathered is dropped. Waits for the one that is under way. */
  async fail(error: unknown): Promise<void> {
    this.#failure ??= { error }
    this.#drop()
    await this.#running
  }

  /** Whether rows in a schema may join those that wait: the table may have got other columns meanwhile. */
  #takes(schema: Schema): boolean {
    const gathered = this.#gathered
    if (gathered === null || gathered.schema === schema) return true
    if (!equalSchemas(gathered.schema, schema)) return false
    // The same one will be asked of next time, and to compare them takes longer than to add a row.
    gathered.schema = schema
    return true
  }

  #begun(schema: Schema): GatheredBatches {
    const gathered = { rows: new GatheredRows(schema), schema, batches: 0, batchId: null }
    this.#startTimer(gathered)
    return gathered
  }

  #isEnough(): boolean {
    if (this.#gathered === null) return false
    const { rows, bytes } = this.#options.pace
    return this.#gathered.rows.rows >= rows || this.#gathered.rows.bytes >= bytes
  }

  /** Waits for the commit under way, or begins one. */
  async #next(): Promise<void> {
    if (this.#running === null) this.#begin()
    else await this.#running
    this.check()
  }

  #begin(): void {
    const gathered = this.#gathered
    this.#drop()
    // The first batch was wrong, and no other has come.
    if (gathered === null || gathered.batches === 0) return
    this.#run(
      this.#options.commit(gathered).catch((error: unknown) => {
        this.#failure ??= { error }
        this.#drop()
      }),
    )
  }

  #run(commit: Promise<void>): void {
    this.#running = commit.finally(() => {
      this.#running = null
    })
  }

  #drop(): void {
    this.#timer?.abort()
    this.#timer = null
    this.#gathered = null
  }

  #startTimer(gathered: GatheredBatches): void {
    const { environment, pace } = this.#options
    if (!Number.isFinite(pace.ms)) return
    const timer = new AbortController()
    this.#timer = timer
    void environment.sleep(pace.ms, timer.signal).then(
      () => this.#commitWhenFree(gathered),
      () => {},
    )
  }

  async #commitWhenFree(gathered: GatheredBatches): Promise<void> {
    while (this.#running !== null) await this.#running
    if (this.#gathered === gathered) this.#begin()
  }
}
