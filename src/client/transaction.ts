import type { Guard } from '../write/commit.ts'
import type { WriteInput } from '../write/input.ts'
import type { TransactionBuilder } from '../write/transaction.ts'
import { writeFiles } from '../write/write-files.ts'
import type { OverwriteOptions, WriteOptions } from './table.ts'

/** What one commit is to hold. */
export class Transaction<Input> {
  readonly #builder: TransactionBuilder

  constructor(builder: TransactionBuilder) {
    this.#builder = builder
  }

  /** Adds rows. */
  async append(rows: WriteInput<Input & object>, options: WriteOptions = {}): Promise<void> {
    this.#builder.append(await writeFiles(this.#builder.context, rows, options))
  }

  /** Replaces the partitions that get rows; with no rows, none. */
  async overwritePartitions(
    rows: WriteInput<Input & object>,
    options: OverwriteOptions = {},
  ): Promise<void> {
    const files = await writeFiles(this.#builder.context, rows, options)
    this.#builder.replacePartitions(files, options.isolation ?? 'serializable')
  }

  setProperties(properties: Readonly<Record<string, string>>): void {
    this.#builder.setProperties(Object.entries(properties))
  }

  /** Entries of the new snapshot's summary, beside its counters. Without rows there is no snapshot to hold them. */
  setSummary(entries: Readonly<Record<string, string>>): void {
    this.#builder.setSummary(Object.entries(entries))
  }

  /**
   * A check on refreshed metadata, asked at every attempt to commit. When it gives false the commit ends as `conflict`.
   * What it saw is what the commit stands on.
   */
  guard(guard: Guard): void {
    this.#builder.guard(guard)
  }
}
