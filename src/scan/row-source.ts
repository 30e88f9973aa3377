// Batches of rows, with what the rows are, for an engine that can make them by itself.
import type { RecordBatch } from 'apache-arrow'

import type { TableState } from '../table/table-state.ts'
import type { Schema } from '../types/schema.ts'
import type { Field } from '../types/type.ts'
import type { FileScanTask } from './task.ts'

/** Rows that lie in the data files of a table: what `readTasks` gives of them. */
export interface FileRows {
  readonly kind: 'files'
  readonly state: TableState
  readonly tasks: readonly FileScanTask[]
  /** The schema that the residuals of the tasks are bound to. */
  readonly schema: Schema
  /** The columns, in this order. */
  readonly fields: readonly Field[]
}

/** How DuckDB reads rows by itself: the text of a SELECT with exactly their columns, and the local files it may open for it. */
export interface DirectRelation {
  readonly sql: string
  readonly files: readonly string[]
}

/** Rows that a query of DuckDB gives. */
export interface QueryRows {
  readonly kind: 'query'
  readonly relation: DirectRelation
  readonly fields: readonly Field[]
}

/** What rows are, apart from their batches. */
export type RowContent = FileRows | QueryRows

/**
 * Rows to be taken once, as batches or by what they are. The batches begin with the first that is asked for; until then
 * nothing is read.
 */
export class RowSource implements AsyncGenerator<RecordBatch, void, undefined> {
  readonly #content: () => Promise<RowContent | null>
  readonly #batches: AsyncGenerator<RecordBatch, void, undefined>

  /** @param content null where the rows are nothing but their batches */
  constructor(
    batches: AsyncGenerator<RecordBatch, void, undefined>,
    content: () => Promise<RowContent | null>,
  ) {
    this.#batches = batches
    this.#content = content
  }

  /** What the rows are; null where that is only known by their batches. */
  content(): Promise<RowContent | null> {
    return this.#content()
  }

  next(): Promise<IteratorResult<RecordBatch, void>> {
    return this.#batches.next()
  }

  return(value: void | PromiseLike<void>): Promise<IteratorResult<RecordBatch, void>> {
    return this.#batches.return(value)
  }

  throw(error: unknown): Promise<IteratorResult<RecordBatch, void>> {
    return this.#batches.throw(error)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#batches.return()
  }
}

/** Rows that are opened when the first batch, or what they are, is asked for; once, whatever is asked. */
export function rowsOnDemand(open: () => Promise<AsyncIterable<RecordBatch>>): RowSource {
  let opened: Promise<AsyncIterable<RecordBatch>> | null = null
  const openOnce = (): Promise<AsyncIterable<RecordBatch>> => (opened ??= open())
  async function* batches(): AsyncGenerator<RecordBatch, void, undefined> {
    yield* await openOnce()
  }
  return new RowSource(batches(), async () => {
    const rows = (await openOnce())[Symbol.asyncIterator]()
    return rows instanceof RowSource ? rows.content() : null
  })
}
