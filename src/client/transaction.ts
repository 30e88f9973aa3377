import { IcebergError } from '../base/errors.ts'
import { bind, namedColumns } from '../expressions/bind.ts'
import type { Predicate } from '../expressions/build.ts'
import { expressionOf } from '../expressions/filter.ts'
import type { SortTerm } from '../layout/layout-text.ts'
import { checkProperties } from '../metadata/property-rules.ts'
import { currentSchema } from '../metadata/table-metadata.ts'
import type { FormatVersion } from '../metadata/table-metadata.ts'
import { warnOfUnheeded } from '../table/property-warnings.ts'
import type { Guard } from '../write/commit.ts'
import type { WriteInput } from '../write/input.ts'
import { matchingRows } from '../write/overwrite-rows.ts'
import type { CommitPoint } from '../write/property-change.ts'
import type { TransactionBuilder } from '../write/transaction.ts'
import { writeFiles } from '../write/write-files.ts'
import type { RefChange } from './ref-change.ts'
import type { SchemaChange } from './schema-change.ts'
import type { SpecChange } from './spec-change.ts'
import {
  formatEvolution,
  refUpdates,
  schemaEvolution,
  sortOrderEvolution,
  specEvolution,
} from './table-change.ts'
import {
  checkDelete,
  checkedOverwrite,
  checkedPartitionOverwrite,
  checkedWrite,
} from './write-options.ts'
import type {
  DeleteOptions,
  OverwriteOptions,
  OverwritePartitionsOptions,
  WriteOptions,
} from './write-options.ts'

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
    const labels = checkedWrite(options)
    return builder.run(async () => {
      builder.append(await writeFiles(builder.context, rows, options), labels)
    })
  }

  /** Replaces the partitions that get rows; with no rows, none. */
  overwritePartitions(
    rows: WriteInput<Input & object>,
    options: OverwritePartitionsOptions = {},
  ): Promise<void> {
    const builder = this.#builder
    const how = checkedPartitionOverwrite(options)
    return builder.run(async () => {
      builder.replacePartitions(await writeFiles(builder.context, rows, options), how)
    })
  }

  /** Replaces the rows that match by others, all of which must match. */
  overwrite(
    filter: Predicate<Input> | string,
    rows: WriteInput<Input & object>,
    options: OverwriteOptions = {},
  ): Promise<void> {
    const builder = this.#builder
    const how = checkedOverwrite(options)
    return builder.run(async () => {
      const schema = currentSchema(builder.state.metadata)
      const expression = expressionOf(filter)
      const predicate = bind(expression, schema)
      const check = matchingRows(schema, predicate)
      const added = await writeFiles(builder.context, rows, options, check)
      const condition = { predicate, columns: namedColumns(expression, schema) }
      builder.overwriteRows(condition, added, how)
    })
  }

  /** Removes the rows that match. */
  deleteWhere(filter: Predicate<Input> | string, options: DeleteOptions = {}): Promise<void> {
    checkDelete(options)
    return this.overwrite(filter, [], options)
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
      const { name, services } = this.#builder.state
      warnOfUnheeded(services, name, entries)
      this.#builder.setProperties(() => entries)
    }
  }

  /**
   * Changes the columns: `tx.updateSchema((change) => change.add('tip', t.decimal(9, 2).optional()))`. Rows that are
   * appended after it have the new columns, rows that were appended before it the old ones, as if they had been there
   * already. The commit ends as `conflict` when another one changes the columns meanwhile.
   *
   * @throws IcebergError `invalid` with the column of a change that cannot be made
   */
  updateSchema(describe: (change: SchemaChange) => unknown): void {
    this.#builder.evolve((metadata) => schemaEvolution(metadata, describe))
  }

  /**
   * Groups files to come otherwise: `tx.updateSpec((change) => change.drop('ts_day').add('hour(ts)'))`. Rows that are
   * appended after it are. The commit ends as `conflict` when another one changes columns or partitions meanwhile.
   *
   * @throws IcebergError `invalid` with the field of a change that cannot be made
   */
  updateSpec(describe: (change: SpecChange) => unknown): void {
    this.#builder.evolve((metadata) => specEvolution(metadata, describe))
  }

  /**
   * Sorts files to come by other columns: `ts desc nulls last, city`, or `none`. Files that are there stay as they are.
   *
   * @throws IcebergError `invalid` for a column that is not there, or that has no such order
   */
  replaceSortOrder(sort: string | readonly SortTerm[]): void {
    this.#builder.evolve((metadata) => sortOrderEvolution(metadata, sort))
  }

  /**
   * Moves the table to format version 2 or 3, from which there is no way back. Files that are there stay as they are.
   *
   * @throws IcebergError `invalid` for a version that does not exist, or that the table has left behind
   */
  upgradeFormat(formatVersion: FormatVersion): void {
    this.#builder.evolve((metadata) => formatEvolution(metadata, formatVersion))
  }

  /**
   * Changes branches and tags: `tx.updateRefs((refs) => refs.createTag('end-of-month').fastForward('main', { to: 'audit' }))`.
   * They point to snapshots that the table has already. The commit ends as `conflict` when another one moves a ref that was
   * looked at.
   *
   * @throws IcebergError `invalid` or `not-found` naming the ref of a change that cannot be made
   */
  updateRefs(describe: (change: RefChange) => unknown): void {
    this.#builder.changeRefs((metadata) => refUpdates(metadata, describe))
  }

  /**
   * Entries of the new snapshot's summary, beside its counters. A function is asked when all rows have been read. Without
   * rows there is no snapshot to hold them.
   */
  setSummary(entries: SummaryEntries | (() => SummaryEntries)): void {
    if (typeof entries === 'function') {
      this.#builder.setSummary(() => summaryTexts(entries()))
    } else {
      const texts = summaryTexts(entries)
      this.#builder.setSummary(() => texts)
    }
  }

  /**
   * A check on refreshed metadata, asked at every attempt to commit. When it gives false the commit ends as `conflict`.
   * What it saw is what the commit stands on.
   */
  guard(guard: Guard): void {
    this.#builder.guard(guard)
  }
}

type SummaryEntries = Readonly<Record<string, string>>

function summaryTexts(entries: SummaryEntries): readonly (readonly [string, string])[] {
  const texts = entriesOf(entries)
  if (texts.every(([, text]) => typeof text === 'string')) return texts
  throw new IcebergError('invalid', 'entries of a summary are texts')
}

/** A promise has no entries, and its properties would be lost without a word. */
function entriesOf(properties: NewProperties): readonly (readonly [string, string])[] {
  if (typeof properties === 'object' && properties !== null && !('then' in properties)) {
    return Object.entries(properties)
  }
  throw new IcebergError('invalid', 'properties come as an object of texts by name')
}
