// The side of the caller of the thread that runs DuckDB. It starts with the first database, or before when it is asked to,
// ends when it has had none for a while, and does not keep the process alive by itself.
import { Worker } from 'node:worker_threads'

import { assert } from '../base/assert.ts'
import { startIdleTimer } from '../base/environment.ts'
import { IcebergError } from '../base/errors.ts'
import { EXIT_PATIENCE_MS, callAtExit, forgetAtExit } from './at-exit.ts'
import { failureOf } from './failure.ts'
import type {
  DatabaseSettings,
  PlainValue,
  Question,
  Reply,
  Request,
  ThreadData,
} from './protocol.ts'

/** How long the thread stays without a database: to start it takes 0.15 s. */
const IDLE_MS = 5_000

/** A database in memory that may open some files and no others. */
export interface Database {
  /**
   * Runs a statement; several may run at once. When the signal aborts, all of them end.
   *
   * @throws IcebergError as DuckDB fails; `signal.reason` when aborted
   */
  run(sql: string, signal?: AbortSignal): Promise<readonly (readonly PlainValue[])[]>
  /** Ends what runs and forgets everything. Never throws. */
  close(): Promise<void>
}

/** Whether there is a DuckDB to run. */
export function isInstalled(): boolean {
  try {
    import.meta.resolve('@duckdb/node-api')
    return true
  } catch {
    return false
  }
}

/** Opens databases in a thread that they share. */
export class DatabaseThread {
  #running: RunningThread | null = null
  #databases = 0
  #stopTimer: () => void = () => undefined

  /** Starts the thread if it does not run. */
  start(): void {
    this.#stopTimer()
    if (this.#running?.hasEnded !== false) this.#running = new RunningThread()
    if (this.#databases === 0) this.#startTimer()
  }

  /** @throws IcebergError `unsupported` when DuckDB is not installed */
  async open(settings: DatabaseSettings): Promise<Database> {
    this.start()
    const thread = this.#running
    assert(thread !== null, 'the thread runs')
    this.#databases += 1
    this.#stopTimer()
    try {
      const { database } = await thread.ask({ kind: 'open', settings }, 'opened')
      return this.#handle(thread, database)
    } catch (error) {
      this.#forgetDatabase()
      throw error
    }
  }

  #handle(thread: RunningThread, database: number): Database {
    const interrupt = (): void => thread.tell({ kind: 'interrupt', database })
    const running = new Set<Promise<unknown>>()
    return {
      run: async (sql, signal) => {
        signal?.throwIfAborted()
        signal?.addEventListener('abort', interrupt, { once: true })
        const answer = thread.ask({ kind: 'run', database, sql }, 'rows')
        running.add(answer)
        try {
          return (await answer).rows
        } catch (error) {
          signal?.throwIfAborted()
          throw error
        } finally {
          running.delete(answer)
          signal?.removeEventListener('abort', interrupt)
        }
      },
      close: async () => {
        if (running.size > 0) interrupt()
        await Promise.allSettled(running)
        await Promise.allSettled([thread.ask({ kind: 'close', database }, 'closed')])
        this.#forgetDatabase()
      },
    }
  }

  #forgetDatabase(): void {
    this.#databases -= 1
    if (this.#databases === 0) this.#startTimer()
  }

  #startTimer(): void {
    this.#stopTimer = startIdleTimer(IDLE_MS, () => {
      void this.#running?.end()
      this.#running = null
    })
  }
}

interface Waiting {
  readonly resolve: (reply: Reply) => void
  readonly reject: (error: IcebergError) => void
}

class RunningThread {
  readonly #worker: Worker
  readonly #busy = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)
  readonly #waiting = new Map<number, Waiting>()
  readonly #open = new Set<number>()
  #nextId = 0
  #ended: IcebergError | null = null

  constructor() {
    if (!isInstalled()) {
      throw new IcebergError(
        'unsupported',
        'the engine needs a package: npm install @duckdb/node-api',
      )
    }
    const workerData: ThreadData = { busy: this.#busy }
    this.#worker = new Worker(new URL(import.meta.resolve('#duckdb-worker')), {
      workerData,
      // Flags of the program, such as --input-type, are not about this file.
      execArgv: [],
    })
    this.#worker.on('message', (reply: Reply) => this.#receive(reply))
    this.#worker.on('error', (cause) => this.#fail(cause))
    this.#worker.on('exit', () => {
      forgetAtExit(this.#letGo)
      this.#fail()
    })
    // Last, because to listen for messages keeps the process alive again.
    this.#worker.unref()
    callAtExit(this.#letGo)
  }

  get hasEnded(): boolean {
    return this.#ended !== null
  }

  async ask<Kind extends Reply['kind']>(
    question: Question,
    kind: Kind,
  ): Promise<Extract<Reply, { kind: Kind }>> {
    if (this.#ended !== null) throw this.#ended
    const id = this.#nextId++
    const reply = await new Promise<Reply>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      // The process stays alive while an answer is waited for.
      this.#worker.ref()
      this.tell({ kind: 'question', id, question })
    })
    if (reply.kind === 'failed') throw failureOf(reply.text)
    if (reply.kind === 'opened') this.#open.add(reply.database)
    if (question.kind === 'close') this.#open.delete(question.database)
    assert(isOfKind(reply, kind), 'the thread answers what it is asked')
    return reply
  }

  tell(request: Request): void {
    this.#worker.postMessage(request, [])
  }

  async end(): Promise<void> {
    await this.#worker.terminate()
  }

  #receive(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id)
    this.#waiting.delete(reply.id)
    if (this.#waiting.size === 0) this.#worker.unref()
    waiting?.resolve(reply)
  }

  #fail(cause?: unknown): void {
    this.#ended ??= new IcebergError('internal', 'the thread of DuckDB has ended', { cause })
    for (const { reject } of this.#waiting.values()) reject(this.#ended)
    this.#waiting.clear()
  }

  /** Waits, without a loop to come back to, until DuckDB has let go. */
  readonly #letGo = (): void => {
    const busy = new Int32Array(this.#busy)
    for (const database of this.#open) this.tell({ kind: 'interrupt', database })
    for (let count = Atomics.load(busy, 0); count > 0; count = Atomics.load(busy, 0)) {
      if (Atomics.wait(busy, 0, count, EXIT_PATIENCE_MS) === 'timed-out') return
    }
  }
}

function isOfKind<Kind extends Reply['kind']>(
  reply: Reply,
  kind: Kind,
): reply is Extract<Reply, { kind: Kind }> {
  return reply.kind === kind
}
