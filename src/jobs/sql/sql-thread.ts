import { Worker } from 'node:worker_threads'
import type { RecordBatch } from 'apache-arrow'
import { assert } from '../../base/assert.ts'
import { IcebergError } from '../../base/errors.ts'
import { EXIT_PATIENCE_MS, callAtExit, forgetAtExit } from '../../duckdb/at-exit.ts'
import type { SqlSettings, SqlView } from './engine.ts'
import { Feed } from './feed.ts'
import { Signal } from './protocol.ts'
import type { OpenScan, SqlReply, SqlRequest, SqlThreadData } from './protocol.ts'

interface Waiting {
  readonly resolve: (reply: SqlReply) => void
  readonly reject: (error: unknown) => void
}

/** The side of the engine of one thread that runs DuckDB. */
export class SqlThread {
  readonly #worker: Worker
  readonly #signal: Int32Array
  readonly #waiting: Waiting[] = []
  readonly #feeds = new Set<Feed>()
  /** Every reading of a view that the session has begun. */
  readonly #iterators = new Set<AsyncIterator<RecordBatch>>()
  #views: ReadonlyMap<string, SqlView> = new Map()
  #scanFailure: { readonly error: unknown } | null = null
  #failure: IcebergError | null = null
  /** Why what still runs will fail. */
  #ended: IcebergError | null = null

  /** @throws IcebergError `unsupported` when DuckDB is not installed */
  constructor(settings: SqlSettings) {
    checkInstalled()
    const signal = new SharedArrayBuffer(Signal.words * Int32Array.BYTES_PER_ELEMENT)
    const workerData: SqlThreadData = { settings, signal }
    this.#signal = new Int32Array(signal)
    this.#worker = new Worker(new URL(import.meta.resolve('#sql-worker')), {
      workerData,
      // Flags of the program, such as --input-type, are not about this file.
      execArgv: [],
    })
    this.#worker.on('message', (message: SqlReply | OpenScan) => this.#receive(message))
    this.#worker.on('error', (cause) => this.#fail('thread of DuckDB failed', cause))
    this.#worker.on('exit', () => {
      forgetAtExit(this.#letGo)
      this.#fail('thread of DuckDB has ended')
    })
    callAtExit(this.#letGo)
  }

  /**
   * Asks, and gives the answer. Questions are answered in order.
   *
   * @throws what the thread answers with; of a scan, the error itself
   */
  async ask<Kind extends SqlReply['kind']>(
    request: SqlRequest,
    ...kinds: readonly Kind[]
  ): Promise<Extract<SqlReply, { kind: Kind }>> {
    if (this.#failure !== null) throw this.#failure
    const reply = await new Promise<SqlReply>((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      this.#worker.postMessage(request, [])
    })
    if (reply.kind === 'failed')
      throw this.#scanFailure?.error ?? this.#ended ?? thrown(reply.error)
    assert(isOneOf(reply, kinds), 'thread answers what it is asked')
    return reply
  }

  /** The views that queries read until {@link release}. */
  provide(views: ReadonlyMap<string, SqlView>): void {
    this.#views = views
  }

  /** What an earlier query ended with is not that of the next. */
  forgetFailures(): void {
    this.#scanFailure = null
    Atomics.store(this.#signal, Signal.stopped, 0)
  }

  /** Ends the query that runs, wherever it is. */
  async stop(): Promise<void> {
    this.#closeFeeds()
    this.#wakeToStop()
    await this.ask({ kind: 'stop' }, 'done')
  }

  /** The session is over: its views are not needed any more. */
  release(): void {
    this.#iterators.clear()
    this.#views = new Map()
  }

  /** Ends the thread, and the query that it runs. */
  async close(): Promise<void> {
    if (this.#failure !== null) return
    this.#ended = new IcebergError('invalid', 'SQL engine is closed')
    const ended = new Promise((resolve) => this.#worker.once('exit', resolve))
    await this.stop()
    await this.ask({ kind: 'close' }, 'done')
    await ended
  }

  #receive(message: SqlReply | OpenScan): void {
    if (message.kind === 'open') void this.#open(message)
    else this.#waiting.shift()?.resolve(message)
  }

  async #open(scan: OpenScan): Promise<void> {
    const view = this.#views.get(scan.view)
    assert(view !== undefined, 'a scan is of a view')
    const feed = new Feed(view, scan, this.#signal)
    this.#feeds.add(feed)
    try {
      await feed.run(this.#iterators)
    } catch (error) {
      this.#scanFailure ??= { error }
    } finally {
      this.#feeds.delete(feed)
    }
  }

  #closeFeeds(): void {
    for (const feed of this.#feeds) feed.close()
    this.#feeds.clear()
  }

  #wakeToStop(): void {
    Atomics.store(this.#signal, Signal.stopped, 1)
    Atomics.add(this.#signal, Signal.ticks, 1)
    Atomics.notify(this.#signal, Signal.ticks)
  }

  /** Waits, without a loop to come back to, until DuckDB has let go of its threads' calls. */
  readonly #letGo = (): void => {
    this.#wakeToStop()
    this.#worker.postMessage({ kind: 'stop' } satisfies SqlRequest, [])
    Atomics.wait(this.#signal, Signal.busy, 1, EXIT_PATIENCE_MS)
  }

  #fail(message: string, cause?: unknown): void {
    this.#failure ??= this.#ended ?? new IcebergError('internal', message, { cause })
    for (const waiting of this.#waiting.splice(0)) waiting.reject(this.#failure)
    this.#closeFeeds()
  }
}

function checkInstalled(): void {
  try {
    import.meta.resolve('@duckdb/node-api')
  } catch (cause) {
    throw new IcebergError('unsupported', 'SQL needs a package: npm install @duckdb/node-api', {
      cause,
    })
  }
}

function thrown({
  kind,
  message,
  context,
}: Extract<SqlReply, { kind: 'failed' }>['error']): IcebergError {
  return new IcebergError(kind, message, { context })
}

function isOneOf<Kind extends SqlReply['kind']>(
  reply: SqlReply,
  kinds: readonly Kind[],
): reply is Extract<SqlReply, { kind: Kind }> {
  return kinds.some((kind) => kind === reply.kind)
}
