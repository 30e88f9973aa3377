import type { RecordBatch } from 'apache-arrow'
import type { Schema } from '../../types/schema.ts'
import type { SyntaxTree } from './syntax-tree.ts'

/** Rows that a query may read under a name. */
export interface SqlView {
  readonly schema: Schema
  /** Iterated once for each place where a query reads the view, so a generator serves a single place. */
  readonly batches: AsyncIterable<RecordBatch>
  /** How DuckDB gets the same rows by itself; then the batches are not asked for. */
  readonly direct?: DirectRelation
}

/** Rows that DuckDB reads from local files. */
export interface DirectRelation {
  /** A `SELECT` of DuckDB's, with exactly the columns of the view. */
  readonly sql: string
  /** Absolute paths of all the files that it reads: a session can open no others. */
  readonly files: readonly string[]
}

/** A view made of the ones before it. */
export interface SqlDefinition {
  readonly sql: string
  /** `spark` is translated as every query is; `duckdb` is taken as it stands, so it must not come from outside. */
  readonly language: 'spark' | 'duckdb'
  /** Whether its rows are computed once for all that read them. A view whose rows could differ from one reading to the next always is. */
  readonly isKept?: boolean
}

/** Rows of a query, as they are asked for. */
export interface SqlResult {
  /** Field ids are fresh and every field is optional: a query says nothing of either. */
  readonly schema: Schema
  /** To be iterated once, or ended with `return`: until then the query holds a thread. In the order of the query. */
  readonly batches: AsyncGenerator<RecordBatch, void, void>
}

/**
 * SQL as Spark reads it. What an engine would read differently is translated, or refused: a query is never answered by
 * another meaning of the same words.
 *
 * Every method throws `invalid` for SQL that is wrong and `unsupported` for SQL that is not known here, with the `offset` in
 * the text as given (in UTF-16 units) where it is known.
 */
export interface SqlEngine {
  /** The session zone. */
  readonly timeZone: string

  /**
   * The one value of a query without views, as text: numbers in plain digits, a timestamp in the session zone and without
   * one, its fraction only as long as it must be.
   *
   * @throws IcebergError `invalid` unless there is exactly one row of one column, not null
   */
  evaluateKey(sql: string): Promise<string>

  /** What a query over these views says, checked as far as that is possible without running it. */
  parse(sql: string, views: ReadonlyMap<string, Schema>): Promise<SyntaxTree>

  /**
   * Starts a query. Names of views and columns are found without case.
   *
   * @throws IcebergError `invalid` also for views or results in which two names differ in case only or not at all; what the
   *   batches of a view throw, and `signal.reason` when aborted, is thrown as it is by this call or the result
   */
  query(
    sql: string,
    views: ReadonlyMap<string, SqlView>,
    options?: SqlSessionOptions,
  ): Promise<SqlResult>

  /**
   * Starts a session: several queries over the same views. It holds a thread until it is closed.
   *
   * @param options an abort fails what runs and what comes after
   * @throws IcebergError `invalid` for views as {@link query} does
   */
  openSession(views: ReadonlyMap<string, SqlView>, options?: SqlSessionOptions): Promise<SqlSession>

  /** Ends all threads. Queries that still run are aborted. */
  close(): Promise<void>
}

/** How a session is opened. */
export interface SqlSessionOptions {
  readonly signal?: AbortSignal
  /** What `current_timestamp` says in it, in place of {@link SqlSettings.nowMicros}. */
  readonly nowMicros?: bigint
}

/** Views, and views that are made of them. One query after the other: the next begins when the rows of the one before are read. */
export interface SqlSession {
  /**
   * Adds a view. Nothing is computed before it is read; what is kept, is kept in memory or the spill folder until the
   * session is closed.
   *
   * @throws IcebergError as {@link SqlEngine.query}; errors that show later, when the view is read, name it as `view` beside the
   *   `offset` in its own text
   */
  define(name: string, definition: SqlDefinition): Promise<Schema>

  /** Starts a query over all views so far, as {@link SqlEngine.query} does. */
  query(sql: string, options?: { readonly signal?: AbortSignal }): Promise<SqlResult>

  /** Forgets all views. A query that still runs is aborted. */
  close(): Promise<void>
}

export interface SqlSettings {
  /** The session zone: an IANA name, or `UTC`. */
  readonly timeZone: string
  /** What `current_timestamp` says for as long as the engine lives. Microseconds since 1970-01-01T00:00:00 UTC. */
  readonly nowMicros: bigint
  /** Memory of one query before it spills, or fails when there is nowhere to. Absent: DuckDB's own, four fifths of the machine's. */
  readonly memoryBytes?: number
  /** A folder for what does not fit into memory. Absent: nothing is ever written. */
  readonly spillFolder?: string
}
