/** One instance of DuckDB, shut in: it sees the views of its query, the clock it is given, and nothing else. */
import duckdb from '@duckdb/node-api'
import type {
  DuckDBConnection,
  DuckDBDataChunk,
  DuckDBInstance,
  DuckDBResult,
  DuckDBType,
  DuckDBTypeId,
} from '@duckdb/node-api'
import { assert } from '../../base/assert.ts'
import { IcebergError } from '../../base/errors.ts'
import { formatTimestamp } from '../../types/temporal-text.ts'
import type { Schema } from '../../types/schema.ts'
import { bindings } from './bindings.ts'
import { compileQuery, parseQuery } from './compile.ts'
import type { CompiledQuery } from './compile.ts'
import { sqlError } from './duckdb-errors.ts'
import { checkViewSchema, resultSchemaOf } from './duckdb-types.ts'
import type { SqlSettings } from './engine.ts'
import { checkOutput } from './output-types.ts'
import { Signal } from './protocol.ts'
import type { OpenScan, SqlReply } from './protocol.ts'
import { createSink } from './read-vector.ts'
import type { ColumnSink } from './read-vector.ts'
import { SCAN_FUNCTION, registerScans } from './scan-reader.ts'
import type { SessionTime } from './spark-calls.ts'
import { translate } from './spark-dialect.ts'
import type { DialectScope } from './spark-dialect.ts'
import { macroStatements } from './spark-macros.ts'
import { quoteName } from './spark-text.ts'
import type { SyntaxTree } from './syntax-tree.ts'
import { checkNames } from './view-names.ts'

/** Rows of a batch that is handed on, and bytes after which it is handed on before. */
const BATCH_ROWS = 65_536
const BATCH_BYTES = 8 << 20

interface RunningQuery {
  readonly result: DuckDBResult
  readonly query: CompiledQuery
  readonly sinks: readonly ColumnSink[]
}

/** Requests come one at a time; only {@link interruptQuery} may come in between. */
export class DuckDBSession {
  readonly #instance: DuckDBInstance
  readonly #connection: DuckDBConnection
  readonly #now: SessionTime
  readonly #signal: Int32Array
  readonly #views: Map<string, Schema>
  readonly #scanFailure: { error: unknown }
  #running: RunningQuery | null = null

  private constructor(parts: SessionParts) {
    this.#instance = parts.instance
    this.#connection = parts.connection
    this.#now = parts.now
    this.#signal = parts.signal
    this.#views = parts.views
    this.#scanFailure = parts.scanFailure
  }

  /** @throws IcebergError `invalid` for a zone or a folder that DuckDB does not take */
  static async open(
    settings: SqlSettings,
    signal: Int32Array,
    announce: (scan: OpenScan) => void,
  ): Promise<DuckDBSession> {
    const instance = await duckdb.DuckDBInstance.create(':memory:')
    const connection = await instance.connect()
    const views = new Map<string, Schema>()
    const scanFailure = { error: undefined as unknown }
    registerScans(connection, {
      views,
      signal,
      announce,
      fail: (error) => (scanFailure.error ??= error),
    })
    for (const statement of macroStatements()) await connection.run(statement)
    await configure(connection, settings)
    const now = { micros: settings.nowMicros, date: await sessionDate(connection, settings) }
    return new DuckDBSession({ instance, connection, now, signal, views, scanFailure })
  }

  async parse(sql: string, views: ReadonlyMap<string, Schema>): Promise<SyntaxTree> {
    checkViews(views)
    const tree = await parseQuery(this.#connection, sql)
    translate(tree, this.#scopeOf(views))
    return tree
  }

  async evaluateKey(sql: string): Promise<string> {
    const query = await compileQuery(this.#connection, sql, this.#scopeOf(new Map()))
    if (query.statement.columnCount !== 1) throw badKey('key has more than one column')
    const { typeId } = query.statement.columnType(0)
    try {
      const answer = await this.#connection.runAndReadAll(
        `SELECT ${keyText(typeId)} FROM (${query.text}) AS q(x) LIMIT 2`,
      )
      return keyOf(answer.getRows(), typeId)
    } catch (error) {
      throw sqlError(error, () => undefined)
    }
  }

  /** Begins a query. What began before must have ended. */
  async start(sql: string, views: ReadonlyMap<string, Schema>): Promise<Schema> {
    assert(this.#running === null, 'one query at a time')
    checkViews(views)
    Atomics.store(this.#signal, Signal.busy, 1)
    try {
      await this.#createViews(views)
      const query = await compileQuery(this.#connection, sql, this.#scopeOf(views))
      const columns = outputColumns(query)
      const schema = resultSchemaOf(columns)
      checkOutput(query.root, schema)
      const sinks = columns.map((column) => createSink(column.type))
      this.#running = { query, sinks, result: await this.#guarded(query, query.statement.stream()) }
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
    running?.query.statement.destroySync()
    for (const name of this.#views.keys())
      await this.#connection.run(`DROP VIEW ${quoteName(name)}`)
    this.#views.clear()
    this.#scanFailure.error = undefined
    Atomics.store(this.#signal, Signal.busy, 0)
    Atomics.notify(this.#signal, Signal.busy)
  }

  async close(): Promise<void> {
    await this.endQuery()
    this.#connection.closeSync()
    this.#instance.closeSync()
  }

  #scopeOf(views: ReadonlyMap<string, Schema>): DialectScope {
    const names = [...views].map(
      ([view, schema]) => [view, schema.fields.map((field) => field.name)] as const,
    )
    return { views: new Map(names), now: this.#now }
  }

  async #createViews(views: ReadonlyMap<string, Schema>): Promise<void> {
    for (const [name, schema] of views) {
      this.#views.set(name, schema)
      const argument = `'${name.replaceAll("'", "''")}'`
      await this.#connection.run(
        `CREATE TEMP VIEW ${quoteName(name)} AS SELECT * FROM ${SCAN_FUNCTION}(${argument})`,
      )
    }
  }

  async #fillSinks({ result, query, sinks }: RunningQuery): Promise<number> {
    let rowCount = 0
    let sizeBytes = 0
    while (rowCount < BATCH_ROWS && sizeBytes < BATCH_BYTES) {
      const chunk = await this.#guarded(query, result.fetchChunk())
      if (chunk === null || chunk.rowCount === 0) break
      appendChunk(chunk, sinks)
      rowCount += chunk.rowCount
      sizeBytes = sinks.reduce((sum, sink) => sum + sink.sizeBytes(), 0)
    }
    return rowCount
  }

  /** The error of a scan comes before what DuckDB makes of it. */
  async #guarded<Answer>(query: CompiledQuery, answer: Promise<Answer>): Promise<Answer> {
    try {
      return await answer
    } catch (error) {
      throw this.#scanFailure.error ?? sqlError(error, query.offsetOf)
    }
  }
}

interface SessionParts {
  readonly instance: DuckDBInstance
  readonly connection: DuckDBConnection
  readonly now: SessionTime
  readonly signal: Int32Array
  readonly views: Map<string, Schema>
  readonly scanFailure: { error: unknown }
}

/** The lock comes last: no later statement can take any of it back. */
async function configure(connection: DuckDBConnection, settings: SqlSettings): Promise<void> {
  const { timeZone, memoryBytes, spillFolder = '' } = settings
  await set(connection, 'TimeZone', timeZone)
  await set(connection, 'temp_directory', spillFolder)
  if (memoryBytes !== undefined) await set(connection, 'memory_limit', `${memoryBytes}B`)
  await set(connection, 'default_null_order', 'nulls_first_on_asc_last_on_desc')
  // A quotient by zero is null, as it is in Spark.
  await set(connection, 'ieee_floating_point_ops', 'false')
  await set(connection, 'errors_as_json', 'true')
  await set(connection, 'autoload_known_extensions', 'false')
  await set(connection, 'autoinstall_known_extensions', 'false')
  await set(connection, 'enable_external_access', 'false')
  await set(connection, 'lock_configuration', 'true')
}

async function set(connection: DuckDBConnection, name: string, value: string): Promise<void> {
  try {
    await connection.run(`SET ${name} = '${value.replaceAll("'", "''")}'`)
  } catch (error) {
    throw new IcebergError('invalid', 'setting of the SQL engine', {
      context: { name },
      cause: error,
    })
  }
}

async function sessionDate(
  connection: DuckDBConnection,
  { nowMicros }: SqlSettings,
): Promise<number> {
  const now = `CAST('${formatTimestamp(nowMicros)}+00' AS TIMESTAMPTZ)`
  const answer = await connection.runAndReadAll(`SELECT CAST(${now} AS DATE) - DATE '1970-01-01'`)
  return Number(answer.getRows()[0]?.[0])
}

function checkViews(views: ReadonlyMap<string, Schema>): void {
  checkNames([...views.keys()], 'two views have one name')
  for (const schema of views.values()) checkViewSchema(schema)
}

function outputColumns({ statement }: CompiledQuery): { name: string; type: DuckDBType }[] {
  return Array.from({ length: statement.columnCount }, (_, index) => ({
    name: statement.columnName(index),
    type: statement.columnType(index),
  }))
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
      throw new IcebergError('unsupported', 'key of this type')
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
