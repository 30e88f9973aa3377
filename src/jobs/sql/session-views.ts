/**
 * The views of a session: rows that are fed, files that DuckDB reads, and queries over the views before. A query is a view
 * of DuckDB's until its rows are to be kept; then its first reader has them put into a table, which takes its place.
 */
import type { DuckDBConnection } from '@duckdb/node-api'
import { assert } from '../../base/assert.ts'
import { IcebergError } from '../../base/errors.ts'
import { quoteName, quoteText } from '../../duckdb/sql-text.ts'
import type { Schema } from '../../types/schema.ts'
import type { SessionTime } from './clock.ts'
import { compileOwn, compileQuery } from './compile.ts'
import type { CompileContext, CompiledQuery } from './compile.ts'
import { sqlError } from './duckdb-errors.ts'
import { checkViewSchema, columnsOfStatement, resultSchemaOf } from './duckdb-types.ts'
import type { SqlDefinition } from './engine.ts'
import { checkColumns, checkItems } from './output-types.ts'
import type { Places } from './places.ts'
import type { SentView } from './protocol.ts'
import { isRepeatable } from './repeatable.ts'
import { SCAN_FUNCTION } from './scan-reader.ts'
import { sparkTypeOf } from './spark-types.ts'
import type { SparkColumn } from './spark-types.ts'
import { nodesBelow, textIn } from './syntax-tree.ts'
import type { SqlNode } from './syntax-tree.ts'
import { checkNames } from './view-names.ts'

interface SessionView {
  readonly name: string
  readonly schema: Schema
  readonly columns: readonly SparkColumn[]
  /** Lower-cased names of the views that it is made of. */
  readonly reads: readonly string[]
  /** Whether its rows are to be computed once, and whether they were. */
  readonly keeping: 'never' | 'due' | 'done'
}

/** A schema of the instance, which no query can name, for the tables of rows that are kept. */
const KEPT_SCHEMA = 'kept'

export class SessionViews {
  readonly #connection: DuckDBConnection
  readonly #places: Places
  #now: SessionTime
  /** By lower-cased name, in the order in which they came. */
  readonly #views = new Map<string, SessionView>()

  constructor(connection: DuckDBConnection, places: Places, now: SessionTime) {
    this.#connection = connection
    this.#places = places
    this.#now = now
  }

  /** The schema of a view that is fed. */
  schemaOf(name: string): Schema {
    const view = this.#views.get(name.toLowerCase())
    assert(view !== undefined, 'a view has a schema')
    return view.schema
  }

  scope(): CompileContext['scope'] {
    const views = [...this.#views.values()].map(({ name, columns }) => [name, columns] as const)
    return { views: new Map(views), now: this.#now }
  }

  /** @throws IcebergError `invalid` for names that come twice, `unavailable` for files that cannot be read */
  async create(views: readonly SentView[], now: SessionTime): Promise<void> {
    this.#now = now
    checkViews(new Map(views.map(({ name, schema }) => [name, schema])))
    for (const { name, schema, direct } of views) {
      this.#views.set(name.toLowerCase(), {
        name,
        schema,
        columns: columnsOf(schema),
        reads: [],
        keeping: 'never',
      })
      await this.#createView(
        name,
        direct?.sql ?? `SELECT * FROM ${SCAN_FUNCTION}(${quoteText(name)})`,
      )
    }
  }

  /** @throws IcebergError as {@link SqlSession.define} does */
  async define(name: string, definition: SqlDefinition): Promise<Schema> {
    if (this.#views.has(name.toLowerCase()))
      throw new IcebergError('invalid', 'two views have one name', { context: { name } })
    const query = await this.#compiled(name, definition)
    const schema = resultSchemaOf(columnsOfStatement(query.statement))
    if (definition.language === 'spark') checkItems(query.written)
    checkColumns(query.columns)
    query.statement.destroySync()
    const keeping = definition.isKept === true || !isRepeatable(query.root) ? 'due' : 'never'
    await this.#createView(name, query.text, query.base)
    const reads = this.#readsOf(query.root)
    this.#views.set(name.toLowerCase(), { name, schema, columns: query.columns, reads, keeping })
    return schema
  }

  /** Computes what is to be kept of the views that a query reads; whether there was anything, so that it must be prepared anew. */
  async keepFor(root: SqlNode): Promise<boolean> {
    const needed = new Set(this.#readsOf(root))
    // Views are made of views before them only, so that those of a view come after it here.
    for (const [key, view] of [...this.#views].toReversed()) {
      if (needed.has(key) && view.keeping !== 'done')
        for (const name of view.reads) needed.add(name)
    }
    const due = [...this.#views].filter(
      ([key, { keeping }]) => needed.has(key) && keeping === 'due',
    )
    for (const [key, view] of due) await this.#keep(key, view)
    return due.length > 0
  }

  /** Drops all views and what was kept of them. */
  async forget(): Promise<void> {
    for (const { name } of this.#views.values())
      await this.#connection.run(`DROP VIEW IF EXISTS ${quoteName(name)}`)
    if ([...this.#views.values()].some(({ keeping }) => keeping === 'done'))
      await this.#connection.run(`DROP SCHEMA ${KEPT_SCHEMA} CASCADE`)
    this.#views.clear()
    this.#places.forget()
  }

  /** Whatever is wrong is told to be in this view. */
  async #compiled(name: string, definition: SqlDefinition): Promise<CompiledQuery> {
    try {
      return await this.#compile(name, definition)
    } catch (error) {
      if (!(error instanceof IcebergError)) throw error
      const context = { ...error.context, view: name }
      throw new IcebergError(error.kind, error.message, { context, cause: error.cause })
    }
  }

  async #compile(name: string, { sql, language }: SqlDefinition): Promise<CompiledQuery> {
    const leastBase = Buffer.byteLength(createViewText(name))
    const context = { places: this.#places, view: name, leastBase }
    return language === 'spark'
      ? await compileQuery(this.#connection, sql, { ...context, scope: this.scope() })
      : await compileOwn(this.#connection, sql, context)
  }

  /** @param base where the text of the definition is to stand, so that its places are told from those of others */
  async #createView(name: string, text: string, base = 0): Promise<void> {
    try {
      await this.#connection.run(createViewText(name).padEnd(base) + text)
    } catch (error) {
      throw sqlError(error, this.#places)
    }
  }

  async #keep(key: string, view: SessionView): Promise<void> {
    const table = `${KEPT_SCHEMA}.${quoteName(view.name)}`
    await this.#connection.run(`CREATE SCHEMA IF NOT EXISTS ${KEPT_SCHEMA}`)
    await this.#connection.run(`CREATE TABLE ${table} AS SELECT * FROM ${quoteName(view.name)}`)
    await this.#connection.run(
      createViewText(view.name).replace('CREATE', 'CREATE OR REPLACE') + `SELECT * FROM ${table}`,
    )
    this.#views.set(key, { ...view, keeping: 'done' })
  }

  #readsOf(root: SqlNode): string[] {
    return [...nodesBelow(root)]
      .filter((node) => node['type'] === 'BASE_TABLE')
      .map((node) => textIn(node, 'table_name').toLowerCase())
      .filter((name) => this.#views.has(name))
  }
}

/** What a query over these views may name. */
export function scopeOf(
  views: Iterable<readonly [name: string, schema: Schema]>,
  now: SessionTime,
): CompileContext['scope'] {
  const columns = [...views].map(([view, schema]) => [view, columnsOf(schema)] as const)
  return { views: new Map(columns), now }
}

function columnsOf(schema: Schema): SparkColumn[] {
  return schema.fields.map(({ name, type }) => ({ name, type: sparkTypeOf(type) }))
}

export function checkViews(views: ReadonlyMap<string, Schema>): void {
  checkNames([...views.keys()], 'two views have one name')
  for (const schema of views.values()) checkViewSchema(schema)
}

function createViewText(name: string): string {
  return `CREATE TEMP VIEW ${quoteName(name)} AS `
}
