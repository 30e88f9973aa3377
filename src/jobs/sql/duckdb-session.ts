/** Queries over the views of a session, one at a time, in one instance of DuckDB. */
import duckdb from '@duckdb/node-api'
import type {
  DuckDBConnection,
  DuckDBDataChunk,
  DuckDBPreparedStatement,
  DuckDBResult,
  DuckDBTypeId,
} from '@duckdb/node-api'
import { assert } from '../../base/assert.ts'
import { IcebergError } from '../../base/errors.ts'
import type { Schema } from '../../types/schema.ts'
import { bindings } from './bindings.ts'
import { compileQuery, parseQuery, prepareAgain } from './compile.ts'
import { sqlError } from './duckdb-errors.ts'
import { openInstance, sessionTime } from './duckdb-instance.ts'
import type { OpenInstance } from './duckdb-instance.ts'
import { columnsOfStatement, resultSchemaOf } from './duckdb-types.ts'
import type { SqlDefinition, SqlSettings } from './engine.ts'
import { checkColumns, checkItems } from './output-types.ts'
import { Places } from './places.ts'
import { Signal } from './protocol.ts'
import type { OpenScan, SentView, SqlReply } from './protocol.ts'
import { createSink } from './read-vector.ts'
import type { ColumnSink } from './read-vector.ts'
import { registerScans } from './scan-reader.ts'
import { SessionViews, checkViews, scopeOf } from './session-views.ts'
import { translate } from './spark-dialect.ts'
import type { SyntaxTree } from './syntax-tree.ts'

/** Rows of a batch that is handed on, and bytes after which it is handed on before. */
const BATCH_ROWS = 65_536
const BATCH_BYTES = 8 << 20

interface RunningQuery {
  readonly result: DuckDBResult
  readonly statement: DuckDBPreparedStatement
  readonly sinks: readonly ColumnSink[]
}

/** What a session is opened with, beside the settings of the engine. */
interface SessionOptions {
  readonly signal: Int32Array
  /** The files that views may read. */
  readonly files: readonly string[]
  readonly announce: (scan: OpenScan) => void
}

/** Requests come one at a time; only {@link interruptQuery} may come in between. */
export class DuckDBSession {
  /** Whether views may read files. */
  readonly opensFiles: boolean
  readonly #opened: OpenInstance
  readonly #connection: DuckDBConnection
  readonly #signal: Int32Array
  readonly #places = new Places()
  readonly #views: SessionViews
  readonly #scanFailure = { error: undefined as unknown }
  #running: RunningQuery | null = null

  private constructor(opened: OpenInstance, { signal, files, announce }: SessionOptions) {
    this.opensFiles = files.length > 0
    this.#opened = opened
    this.#connection = opened.connection
    this.#signal = signal
    this.#views = new SessionViews(opened.connection, this.#places, opened.now)
    registerScans(opened.connection, {
      schemaOf: (view) => this.#views.schemaOf(view),
      signal,
      announce,
      fail: (error) => (this.#scanFailure.error ??= error),
    })
  }

  /** @throws IcebergError `invalid` for a zone or a folder that DuckDB does not take */
  static async open(settings: SqlSettings, options: SessionOptions): Promise<DuckDBSession> {
    return new DuckDBSession(await openInstance(settings, options.files), options)
  }

  async parse(sql: string, views: ReadonlyMap<string, Schema>): Promise<SyntaxTree> {
    checkViews(views)
    const parsed = await parseQuery(this.#connection, sql)
    translate(parsed, { ...scopeOf(views, this.#opened.now), base: 0 })
    return { root: parsed.root, offsets: parsed.offsets }
  }

  async evaluateKey(sql: string): Promise<string> {
    const places = new Places()
    const scope = scopeOf([], this.#opened.now)
    const query = await compileQuery(this.#connection, sql, { scope, places })
    if (query.statement.columnCount !== 1) throw badKey('key has more than one column')
    const { typeId } = query.statement.columnType(0)
    try {
      const answer = await this.#connection.runAndReadAll(
        `SELECT ${keyText(typeId)} FROM (${query.text}) AS q(x) LIMIT 2`,
      )
      return keyOf(answer.getRows(), typeId)
    } catch (error) {
      throw sqlError(error, places)
    }
  }

  /** @param nowMicros what the clock says until the next views; null: what the engine's says */
  async createViews(views: readonly SentView[], nowMicros: bigint | null): Promise<void> {
    const now =
      nowMicros === null ? this.#opened.now : await sessionTime(this.#connection, nowMicros)
    await this.#views.create(views, now)
  }

  async define(name: string, definition: SqlDefinition): Promise<Schema> {
    return await this.#views.define(name, definition)
  }

  /** Begins a query. What began before must have ended. */
  async start(sql: string): Promise<Schema> {
    assert(this.#running === null, 'one query at a time')
    Atomics.store(this.#signal, Signal.busy, 1)
    try {
      const scope = this.#views.scope()
      const query = await compileQuery(this.#connection, sql, { scope, places: this.#places })
      checkItems(query.written)
      checkColumns(query.columns)
      const columns = columnsOfStatement(query.statement)
      const schema = resultSchemaOf(columns)
      const isChanged = await this.#guarded(this.#views.keepFor(query.root))
      const statement = isChanged
        ? await prepareAgain(this.#connection, query, this.#places)
        : query.statement
      const sinks = columns.map((column) => createSink(column.type))
      this.#running = { statement, sinks, result: await this.#guarded(statement.stream()) }
      return schema
    } catch (error) {
      await this.endQuery()
      throw error
    }
  }

  /** The next rows of the query; after its end or failure, it is over. */
  async next(): Promise<SqlReply> {
    const running = this.#running
    if (running === null) return { kind: 'done' }
    try {
      const rowCount = await this.#fillSinks(running)
      const isEnd = rowCount === 0
      if (isEnd) await this.endQuery()
      return isEnd
        ? { kind: 'done' }
        : { kind: 'rows', length: rowCount, columns: running.sinks.map((sink) => sink.finish()) }
    } catch (error) {
      await this.endQuery()
      throw error
    }
  }

  /** Lets DuckDB know that nobody waits any longer. */
  interruptQuery(): void {
    if (Atomics.load(this.#signal, Signal.busy) === 1) this.#connection.interrupt()
  }

  /** Forgets the query, running or not. */
  async endQuery(): Promise<void> {
    const running = this.#running
    this.#running = null
    if (running !== null) await drain(running.result)
    running?.statement.destroySync()
    this.#scanFailure.error = undefined
    Atomics.store(this.#signal, Signal.busy, 0)
    Atomics.notify(this.#signal, Signal.busy)
  }

  /** Ends the session, so that another can begin. */
  async forgetViews(): Promise<void> {
    await this.endQuery()
    await this.#views.forget()
  }

  async close(): Promise<void> {
    await this.endQuery()
    this.#connection.closeSync()
    this.#opened.instance.closeSync()
  }

  async #fillSinks({ result, sinks }: RunningQuery): Promise<number> {
    let rowCount = 0
    let sizeBytes = 0
    while (rowCount < BATCH_ROWS && sizeBytes < BATCH_BYTES) {
      const chunk = await this.#guarded(result.fetchChunk())
      if (chunk === null || chunk.rowCount === 0) break
      appendChunk(chunk, sinks)
      rowCount += chunk.rowCount
      sizeBytes = sinks.reduce((sum, sink) => sum + sink.sizeBytes(), 0)
    }
    return rowCount
  }

  /** The error of a scan comes before what DuckDB makes of it. */
  async #guarded<Answer>(answer: Promise<Answer>): Promise<Answer> {
    try {
      return await answer
    } catch (error) {
      throw this.#scanFailure.error ?? sqlError(error, this.#places)
    }
  }
}

function appendChunk(chunk: DuckDBDataChunk, sinks: readonly ColumnSink[]): void {
  const rows = { start: 0, count: chunk.rowCount }
  for (const [index, sink] of sinks.entries()) {
    sink.append(bindings.data_chunk_get_vector(chunk.chunk, index), rows.count, rows)
  }
}

/** A result that is dropped unread would go on in threads of its own. */
async function drain(result: DuckDBResult): Promise<void> {
  try {
    while (((await result.fetchChunk())?.rowCount ?? 0) > 0);
  } catch {
    // It was stopped, or had failed: either way it is over.
  }
}

/** What a key can be, as SQL that makes text of it. */
function keyText(typeId: DuckDBTypeId): string {
  const ids = duckdb.DuckDBTypeId
  switch (typeId) {
    case ids.TIMESTAMP_TZ:
      return 'CAST(CAST(x AS TIMESTAMP) AS VARCHAR)'
    case ids.BOOLEAN:
    case ids.TINYINT:
    case ids.SMALLINT:
    case ids.INTEGER:
    case ids.BIGINT:
    case ids.HUGEINT:
    case ids.FLOAT:
    case ids.DOUBLE:
    case ids.DECIMAL:
    case ids.DATE:
    case ids.TIMESTAMP:
    case ids.VARCHAR:
    case ids.UUID:
      return 'CAST(x AS VARCHAR)'
    default:
      throw new IcebergError(
        'unsupported',
        'a key of this type is refused: it has no text that could stand in a query, so cast it',
      )
  }
}

function keyOf(rows: readonly (readonly unknown[])[], typeId: DuckDBTypeId): string {
  const [first, second] = rows
  if (first === undefined) throw badKey('key has no row')
  if (second !== undefined) throw badKey('key has more than one row')
  const [text] = first
  if (typeof text !== 'string') throw badKey('key is null')
  if (isTemporal(typeId) && !/^\d{4}-/.test(text))
    throw badKey('key is outside of the years 0 to 9999')
  return text
}

function isTemporal(typeId: DuckDBTypeId): boolean {
  const ids = duckdb.DuckDBTypeId
  return typeId === ids.DATE || typeId === ids.TIMESTAMP || typeId === ids.TIMESTAMP_TZ
}

function badKey(message: string): IcebergError {
  return new IcebergError('invalid', message)
}
