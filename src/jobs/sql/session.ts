/**
 * A session on the side of its callers. DuckDB waits inside of a call for rows of views, so that its thread answers one query
 * at a time: each begins when the one before it is over.
 */
import type { RecordBatch } from 'apache-arrow'
import { IcebergError } from '../../base/errors.ts'
import { forwardAbort } from '../../base/forward-abort.ts'
import type { Schema } from '../../types/schema.ts'
import type { SqlDefinition, SqlResult, SqlSession, SqlView } from './engine.ts'
import type { SentView, SqlReply } from './protocol.ts'
import { batchOf } from './received-batch.ts'
import type { SqlThread } from './sql-thread.ts'

interface SessionOptions {
  readonly signal: AbortSignal | undefined
  /** What the clock says; null: what the engine's says. */
  readonly nowMicros: bigint | null
  /** Takes the thread when it can be used again. */
  readonly giveBack: () => void
}

export class Session implements SqlSession {
  readonly #thread: SqlThread
  readonly #options: SessionOptions
  /** Aborts when the session is closed, and with its signal. */
  readonly #closing = new AbortController()
  readonly #unfollow: () => void
  /** Ends when nothing runs. */
  #last: Promise<unknown> = Promise.resolve()
  #closed: Promise<void> | null = null

  private constructor(thread: SqlThread, options: SessionOptions) {
    this.#thread = thread
    this.#options = options
    this.#unfollow = forwardAbort(options.signal, this.#closing)
  }

  static async open(
    thread: SqlThread,
    views: ReadonlyMap<string, SqlView>,
    options: SessionOptions,
  ): Promise<Session> {
    const session = new Session(thread, options)
    thread.provide(views)
    try {
      const { nowMicros } = options
      await thread.ask({ kind: 'open', views: [...views].map(sentView), nowMicros }, 'done')
      return session
    } catch (error) {
      await session.close()
      throw error
    }
  }

  async define(name: string, definition: SqlDefinition): Promise<Schema> {
    return await this.#next(async (signal) => {
      signal.throwIfAborted()
      const { schema } = await this.#thread.ask({ kind: 'define', name, definition }, 'started')
      return schema
    })
  }

  async query(sql: string, options: { readonly signal?: AbortSignal } = {}): Promise<SqlResult> {
    const over = deferred()
    const turn = this.#last
    this.#last = over.promise
    await turn
    const signal = this.#signalOf(options.signal)
    const query = new RunningQuery(this.#thread, signal, over.resolve)
    return await query.start(sql)
  }

  /** The last query: the session is closed when its rows are read or nobody wants them, or when it fails. */
  async queryAndClose(sql: string): Promise<SqlResult> {
    try {
      const { schema, batches } = await this.query(sql)
      return {
        schema,
        batches: new Batches(this.#closingAfter(batches), async () => this.#closeLast()),
      }
    } catch (error) {
      await this.#closeLast()
      throw error
    }
  }

  async close(): Promise<void> {
    this.#closed ??= this.#closeOnce()
    await this.#closed
  }

  async *#closingAfter(batches: SqlResult['batches']): SqlResult['batches'] {
    try {
      yield* batches
    } finally {
      await this.#closeLast()
    }
  }

  /** When aborted, nobody waits for that. */
  async #closeLast(): Promise<void> {
    const closed = this.close()
    if (this.#options.signal?.aborted !== true) await closed
  }

  async #closeOnce(): Promise<void> {
    this.#unfollow()
    this.#closing.abort(new IcebergError('invalid', 'SQL session is closed'))
    await this.#last
    try {
      await this.#thread.ask({ kind: 'end' }, 'done')
      this.#thread.release()
      this.#options.giveBack()
    } catch {
      // The thread is gone, and said why to whoever asked it before.
    }
  }

  async #next<Answer>(run: (signal: AbortSignal) => Promise<Answer>): Promise<Answer> {
    const answer = this.#last.then(async () => run(this.#signalOf()))
    this.#last = answer.catch(() => undefined)
    return await answer
  }

  #signalOf(own?: AbortSignal): AbortSignal {
    const { signal } = this.#closing
    return own === undefined ? signal : AbortSignal.any([own, signal])
  }
}

/** Of a schema that a program defined only what all schemas have: its columns are functions, which no thread can be sent. */
function sentView([name, view]: readonly [string, SqlView]): SentView {
  const { schemaId, fields, identifierFieldIds } = view.schema
  const schema: Schema = { schemaId, fields, identifierFieldIds }
  return view.direct === undefined ? { name, schema } : { name, schema, direct: view.direct }
}

/** One query, from its start until its rows are read or nobody wants them. */
class RunningQuery {
  readonly #thread: SqlThread
  readonly #signal: AbortSignal
  readonly #over: () => void
  readonly #aborted: Promise<never>
  #abort: () => void = () => undefined
  #end: Promise<void> | null = null

  /** @param over called once, when the next query may begin */
  constructor(thread: SqlThread, signal: AbortSignal, over: () => void) {
    this.#thread = thread
    this.#signal = signal
    this.#over = over
    this.#aborted = new Promise((_resolve, reject) => {
      this.#abort = () => {
        // It is what the caller threw into its signal.
        reject(signal.reason as Error)
        void this.#stop()
      }
    })
    // Nobody may be waiting when it happens.
    this.#aborted.catch(() => undefined)
    signal.addEventListener('abort', this.#abort, { once: true })
  }

  async start(sql: string): Promise<SqlResult> {
    try {
      this.#signal.throwIfAborted()
      this.#thread.forgetFailures()
      const { schema } = await this.#unlessAborted(
        this.#thread.ask({ kind: 'start', sql }, 'started'),
      )
      return { schema, batches: new Batches(this.#batches(schema), async () => this.#finish()) }
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

  /** When both have happened, it was aborted: a query that was stopped looks as if it had no more rows. */
  async #unlessAborted<Answer>(answer: Promise<Answer>): Promise<Answer> {
    answer.catch(() => undefined)
    return await Promise.race([this.#aborted, answer])
  }

  /** Ends the query if it runs. When aborted, nobody waits for that. */
  async #finish(): Promise<void> {
    const end = this.#stop()
    if (!this.#signal.aborted) await end
  }

  async #stop(): Promise<void> {
    this.#end ??= this.#endOnce()
    await this.#end
  }

  async #endOnce(): Promise<void> {
    this.#signal.removeEventListener('abort', this.#abort)
    try {
      await this.#thread.stop()
    } catch {
      // The thread is gone, and said why to whoever asked it before.
    } finally {
      this.#over()
    }
  }
}

/** A generator that also lets go when it is ended before it was begun. */
class Batches implements AsyncGenerator<RecordBatch, void, void> {
  readonly #generator: AsyncGenerator<RecordBatch, void, void>
  readonly #finish: () => Promise<void>

  constructor(generator: AsyncGenerator<RecordBatch, void, void>, finish: () => Promise<void>) {
    this.#generator = generator
    this.#finish = finish
  }

  async next(): Promise<IteratorResult<RecordBatch, void>> {
    return await this.#generator.next()
  }

  async return(): Promise<IteratorResult<RecordBatch, void>> {
    const result = await this.#generator.return()
    await this.#finish()
    return result
  }

  async throw(error: unknown): Promise<IteratorResult<RecordBatch, void>> {
    await this.#finish()
    return await this.#generator.throw(error)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }
}

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => undefined
  const promise = new Promise<void>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}
