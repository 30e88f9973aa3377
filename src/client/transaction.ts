import { IcebergError } from '../base/errors.ts'
import { checkProperties } from '../metadata/properties.ts'
import type { Guard } from '../write/commit.ts'
import type { WriteInput } from '../write/input.ts'
import { checkedIsolation } from '../write/conflicts.ts'
import type { CommitPoint } from '../write/property-change.ts'
import type { TransactionBuilder } from '../write/transaction.ts'
import { writeFiles } from '../write/write-files.ts'
import type { OverwriteOptions, WriteOptions } from './table.ts'

/** Properties by name. */
export type NewProperties = Readonly<Record<string, string>>

/** What one commit is to hold. */
export class Transaction<Input> {
  readonly #builder: TransactionBuilder

  constructor(builder: TransactionBuilder) {
    this.#builder = builder
  }

  /** Adds rows. */
  append(rows: WriteInput<Input & object>, options: WriteOptions = {}): Promise<void> {
    const builder = this.#builder
    return builder.run(async () => {
      builder.append(await writeFiles(builder.context, rows, options))
    })
  }

  /** Replaces the partitions that get rows; with no rows, none. */
  overwritePartitions(
    rows: WriteInput<Input & object>,
    options: OverwriteOptions = {},
  ): Promise<void> {
    const builder = this.#builder
    const isolation = checkedIsolation(options.isolation ?? 'serializable')
    return builder.run(async () => {
      builder.replacePartitions(await writeFiles(builder.context, rows, options), isolation)
    })
  }

  /**
   * Sets table properties. A function is told where the commit stands, and is asked again at every attempt.
   *
   * @throws IcebergError `invalid` when a property that the table format gives a meaning to is malformed
   */
  setProperties(properties: NewProperties | ((point: CommitPoint) => NewProperties)): void {
    if (typeof properties === 'function') {
      this.#builder.setProperties((point) => entriesOf(properties(point)))
    } else {
      const entries = new Map(entriesOf(properties))
      checkProperties(entries)
      if (entries.size === 0) return
      this.#builder.setProperties(() => entries)
    }
  }

  /** Entries of the new snapshot's summary, beside its counters. Without rows there is no snapshot to hold them. */
  setSummary(entries: Readonly<Record<string, string>>): void {
    const texts = entriesOf(entries)
    if (!texts.every(([, text]) => typeof text === 'string')) {
      throw new IcebergError('invalid', 'entries of a summary are texts')
    }
    this.#builder.setSummary(texts)
  }

  /**
   * A check on refreshed metadata, asked at every attempt to commit. When it gives false the commit ends as `conflict`.
   * What it saw is what the commit stands on.
   */
  guard(guard: Guard): void {
    this.#builder.guard(guard)
  }
}

/** A promise has no entries, and its properties would be lost without a word. */
function entriesOf(properties: NewProperties): readonly (readonly [string, string])[] {
  if (typeof properties === 'object' && properties !== null && !('then' in properties)) {
    return Object.entries(properties)
  }
  throw new IcebergError('invalid', 'properties come as an object of texts by name')
}
