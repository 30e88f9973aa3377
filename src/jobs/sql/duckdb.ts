/** SQL by DuckDB, in threads of its own: each session has one while it is open. */
import { IcebergError } from '../../base/errors.ts'
import type { Schema } from '../../types/schema.ts'
import type { SqlEngine, SqlResult, SqlSessionOptions, SqlSettings, SqlView } from './engine.ts'
import { Session } from './session.ts'
import { SqlThread } from './sql-thread.ts'
import type { SyntaxTree } from './syntax-tree.ts'

/**
 * An engine. No thread is started, and no package is loaded, before the first call; that one throws `unsupported` when
 * `@duckdb/node-api` is not installed, and `invalid` for settings that it does not take. To be closed: its threads keep
 * the process alive.
 */
export function createSqlEngine(settings: SqlSettings): SqlEngine {
  return new DuckDBEngine(settings)
}

class DuckDBEngine implements SqlEngine {
  readonly timeZone: string
  readonly #settings: SqlSettings
  readonly #threads = new Set<SqlThread>()
  readonly #idle: SqlThread[] = []
  #isClosed = false

  constructor(settings: SqlSettings) {
    this.timeZone = settings.timeZone
    this.#settings = settings
  }

  async evaluateKey(sql: string): Promise<string> {
    return await this.#borrow(async (thread) => {
      const { text } = await thread.ask({ kind: 'key', sql }, 'key')
      return text
    })
  }

  async parse(sql: string, views: ReadonlyMap<string, Schema>): Promise<SyntaxTree> {
    return await this.#borrow(async (thread) => {
      const { tree } = await thread.ask({ kind: 'parse', sql, views }, 'parsed')
      return tree
    })
  }

  /** A session of one query. */
  async query(
    sql: string,
    views: ReadonlyMap<string, SqlView>,
    options: SqlSessionOptions = {},
  ): Promise<SqlResult> {
    const session = await this.openSession(views, options)
    return await session.queryAndClose(sql)
  }

  async openSession(
    views: ReadonlyMap<string, SqlView>,
    options: SqlSessionOptions = {},
  ): Promise<Session> {
    const { signal } = options
    signal?.throwIfAborted()
    const thread = this.#take()
    return await Session.open(thread, views, {
      signal,
      nowMicros: options.nowMicros ?? null,
      giveBack: () => this.#idle.push(thread),
    })
  }

  async close(): Promise<void> {
    this.#isClosed = true
    const threads = [...this.#threads]
    this.#threads.clear()
    this.#idle.length = 0
    await Promise.all(threads.map(async (thread) => thread.close()))
  }

  async #borrow<Answer>(use: (thread: SqlThread) => Promise<Answer>): Promise<Answer> {
    const thread = this.#take()
    try {
      return await use(thread)
    } finally {
      this.#idle.push(thread)
    }
  }

  #take(): SqlThread {
    if (this.#isClosed) throw new IcebergError('invalid', 'SQL engine is closed')
    const idle = this.#idle.pop()
    if (idle !== undefined) return idle
    const thread = new SqlThread(this.#settings)
    this.#threads.add(thread)
    return thread
  }
}
