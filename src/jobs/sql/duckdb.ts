/**
 * SQL by DuckDB, in threads of its own. A query holds a thread until its rows are read, because DuckDB waits inside of a call
 * for the rows of its views: were they the rows of another query in that thread, both would wait forever.
 */
import type { RecordBatch } from 'apache-arrow'
import { IcebergError } from '../../base/errors.ts'
import { makeBatch, makeColumn } from '../../formats/arrow/column-data.ts'
import { arrowSchemaOf } from '../../formats/arrow/schema.ts'
import type { Schema } from '../../types/schema.ts'
import type { Data, DataType } from 'apache-arrow'
import type { SqlEngine, SqlResult, SqlSettings, SqlView } from './engine.ts'
import type { SentColumn, SqlReply } from './protocol.ts'
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

  async query(
    sql: string,
    views: ReadonlyMap<string, SqlView>,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<SqlResult> {
    options.signal?.throwIfAborted()
    const thread = this.#take()
    const query = new RunningQuery(thread, options.signal, () => this.#idle.push(thread))
    return await query.start(sql, views)
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

/** One query and the thread that it holds, which it gives back once. */
class RunningQuery {
  readonly #thread: SqlThread
  readonly #signal: AbortSignal | undefined
  readonly #giveBack: () => void
  readonly #aborted: Promise<never>
  #abort: () => void = () => undefined
  #end: Promise<void> | null = null

  constructor(thread: SqlThread, signal: AbortSignal | undefined, giveBack: () => void) {
    this.#thread = thread
    this.#signal = signal
    this.#giveBack = giveBack
    this.#aborted = new Promise((_resolve, reject) => {
      this.#abort = () => {
        reject(signal?.reason as Error)
        void this.#stop()
      }
    })
    // Nobody may be waiting when it happens.
    this.#aborted.catch(() => undefined)
    signal?.addEventListener('abort', this.#abort, { once: true })
  }

  async start(sql: string, views: ReadonlyMap<string, SqlView>): Promise<SqlResult> {
    try {
      this.#thread.provide(views)
      const schemas = new Map([...views].map(([name, view]) => [name, view.schema]))
      const { schema } = await this.#unlessAborted(
        this.#thread.ask({ kind: 'start', sql, views: schemas }, 'started'),
      )
      return { schema, batches: this.#batches(schema) }
    } catch (error) {
      await this.#finish()
      throw error
    }
  }

  /** One batch is always being made while another is looked at. */
  async *#batches(schema: Schema): AsyncGenerator<RecordBatch, void, void> {
    try {
      let coming = this.#ask()
      for (;;) {
        const reply = await this.#unlessAborted(coming)
        if (reply.kind === 'done') return
        coming = this.#ask()
        coming.catch(() => undefined)
        yield batchOf(schema, reply)
      }
    } finally {
      await this.#finish()
    }
  }

  async #ask(): Promise<Extract<SqlReply, { kind: 'rows' | 'done' }>> {
    return await this.#thread.ask({ kind: 'next' }, 'rows', 'done')
  }

  async #unlessAborted<Answer>(answer: Promise<Answer>): Promise<Answer> {
    return await Promise.race([answer, this.#aborted])
  }

  /** Ends the query if it runs, and gives the thread back. When aborted, nobody waits for that. */
  async #finish(): Promise<void> {
    const end = this.#stop()
    if (this.#signal?.aborted !== true) await end
  }

  async #stop(): Promise<void> {
    this.#end ??= this.#endOnce()
    await this.#end
  }

  async #endOnce(): Promise<void> {
    this.#signal?.removeEventListener('abort', this.#abort)
    try {
      await this.#thread.stop()
      this.#thread.release()
      this.#giveBack()
    } catch {
      // The thread is gone, and said why to whoever asked it before.
    }
  }
}

function batchOf(
  schema: Schema,
  { length, columns }: Extract<SqlReply, { kind: 'rows' }>,
): RecordBatch {
  const arrowSchema = arrowSchemaOf(schema)
  const types = arrowSchema.fields.map((field): DataType => field.type)
  return makeBatch(arrowSchema, columnsOf(types, columns), length)
}

function columnsOf(types: readonly DataType[], columns: readonly SentColumn[]): Data[] {
  return columns.flatMap((column, index) => {
    const type = types[index]
    return type === undefined ? [] : [columnOf(type, column)]
  })
}

function columnOf(type: DataType, { children = [], ...buffers }: SentColumn): Data {
  // A type without children has null there, whatever it says of itself.
  const types = children.length === 0 ? [] : type.children.map((field): DataType => field.type)
  return makeColumn(type, buffers.length, { ...buffers, children: columnsOf(types, children) })
}
