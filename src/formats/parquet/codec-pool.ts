// A few threads, one queue. A thread starts when there is work for it and no idle one, or the first soon will be; it works on one row group at a time,
// and ends when it has had nothing to do for a while, when its memory has grown, or when what it held has stopped it; then
// another one starts for the next row group. What is small is done at once in the caller's thread: a thread takes 0.1 s to
// start and a message a millisecond.
import { assert } from '../../base/assert.ts'
import { mapConcurrent } from '../../base/concurrency.ts'
import { startIdleTimer } from '../../base/environment.ts'
import type {
  CodecCallOptions,
  DecodeOptions,
  EncodeOptions,
  EncodedRowGroup,
  ParquetCodec,
} from './codec.ts'
import type { CodecTask } from './codec-protocol.ts'
import { CodecThread } from './codec-thread.ts'
import { SharedScratch } from './shared-scratch.ts'
import { wasmCodec, windowsOf } from './wasm-codec.ts'

export interface CodecPoolOptions {
  /** Threads at the most, at least 1. */
  readonly workers: number
  /** How long a thread stays without work; 5 s when absent. */
  readonly idleMs?: number
  /** Row groups of so many bytes before compression are done in the caller's thread; 256 KiB when absent. */
  readonly ownBytes?: number
}

export interface CodecPool extends ParquetCodec {
  /** Ends the threads, each after what it is working on. Not needed for the process to end; later calls start new ones. */
  close(): Promise<void>
}

const DEFAULT_IDLE_MS = 5_000

/** Encoding or decoding so many bytes takes a few milliseconds. */
const DEFAULT_OWN_BYTES = 256 * 1024

/** What a small row group may take if each of its rows had the largest value that fits in its pages. */
const MAX_OWN_UNFOLDED_BYTES = 256 * 1024 * 1024

/** Row groups that wait for a thread, as writers and readers have them. */
const WAITING = 2

/** A codec that works in threads of its own, which the first large row group starts. */
export function codecPool(options: CodecPoolOptions): CodecPool {
  return new ThreadPool(options)
}

interface Job {
  readonly task: CodecTask
  /** In memory that threads share. */
  readonly bytes: Uint8Array
  readonly resolve: (results: readonly Uint8Array[]) => void
  readonly reject: (error: unknown) => void
}

class ThreadPool implements CodecPool {
  readonly threads: number
  readonly #idleMs: number
  readonly #ownBytes: number
  readonly #own = wasmCodec()
  /** For what threads are given. */
  readonly #inboxes: SharedScratch
  /** For what they give. */
  readonly #outboxes: SharedScratch
  readonly #queue: Job[] = []
  readonly #idle = new Map<CodecThread, () => void>()
  readonly #busy = new Map<CodecThread, Promise<void>>()

  constructor(options: CodecPoolOptions) {
    const { workers, idleMs = DEFAULT_IDLE_MS, ownBytes = DEFAULT_OWN_BYTES } = options
    assert(Number.isInteger(workers) && workers > 0, 'a pool has at least one thread')
    this.threads = workers
    this.#idleMs = idleMs
    this.#ownBytes = ownBytes
    // Beside what threads read lies what comes next.
    this.#inboxes = new SharedScratch(workers + WAITING)
    // While the rows of one are taken, each thread fills another.
    this.#outboxes = new SharedScratch(workers + 1)
  }

  /** The first thread starts while the rest of the first row group is gathered. */
  prepare(gatheredBytes: number): void {
    const hasThread = this.#busy.size + this.#idle.size > 0
    if (!hasThread && gatheredBytes > this.#ownBytes) this.#rest(new CodecThread())
  }

  async encode(
    ipcStream: readonly Uint8Array[],
    options: EncodeOptions,
    call: CodecCallOptions = {},
  ): Promise<EncodedRowGroup> {
    if (totalBytes(ipcStream) <= this.#ownBytes) {
      return this.#own.encode(ipcStream, options, call)
    }
    const bytes = this.#inboxes.filledWith(ipcStream)
    const [piece] = await this.#run({ kind: 'encode', options }, bytes, call.signal)
    assert(piece !== undefined, 'a row group has bytes')
    // Not after a failure: where a call is given up, a thread may be at work on them still.
    this.#inboxes.giveBack(bytes)
    return { bytes: piece, release: () => this.#outboxes.giveBack(piece) }
  }

  decode(
    file: readonly Uint8Array[],
    options: DecodeOptions,
    call: CodecCallOptions = {},
  ): AsyncIterable<Uint8Array> {
    return this.#isSmall(options)
      ? this.#own.decode(file, options, call)
      : this.#decodeInThreads(this.#inboxes.filledWith(file), options, call)
  }

  async *#decodeInThreads(
    bytes: Uint8Array,
    options: DecodeOptions,
    call: CodecCallOptions,
  ): AsyncGenerator<Uint8Array> {
    const decoded = mapConcurrent(
      windowsOf(options),
      this.threads,
      (window, signal) => this.#run({ kind: 'decode', window }, bytes, signal),
      call.signal,
    )
    for await (const batches of decoded) {
      yield* batches
      batches.slice(0, 1).forEach((batch) => this.#outboxes.giveBack(batch))
    }
    this.#inboxes.giveBack(bytes)
  }

  async close(): Promise<void> {
    await Promise.all(this.#busy.values())
    await Promise.all([...this.#idle.keys()].map((thread) => this.#end(thread)))
  }

  async #run(
    task: CodecTask,
    bytes: Uint8Array,
    signal: AbortSignal | undefined,
  ): Promise<readonly Uint8Array[]> {
    signal?.throwIfAborted()
    let onAbort = (): void => {}
    try {
      return await new Promise((resolve, reject) => {
        const job = { task, bytes, resolve, reject }
        // A thread cannot be stopped in the middle without ending it: what it is working on is finished and let go.
        onAbort = (): void => {
          const place = this.#queue.indexOf(job)
          if (place >= 0) this.#queue.splice(place, 1)
          reject(signal?.reason as Error)
        }
        signal?.addEventListener('abort', onAbort, { once: true })
        this.#queue.push(job)
        this.#startNext()
      })
    } finally {
      signal?.removeEventListener('abort', onAbort)
    }
  }

  /** Gives work to a thread that is idle or new, if there is both. */
  #startNext(): void {
    if (this.#busy.size >= this.threads) return
    const job = this.#queue.shift()
    if (job === undefined) return
    const thread = this.#idleThread() ?? new CodecThread()
    this.#busy.set(thread, this.#work(thread, job))
  }

  async #work(thread: CodecThread, { task, bytes, resolve, reject }: Job): Promise<void> {
    try {
      resolve(await thread.run({ ...task, bytes, outbox: this.#outboxes.takeAny() }))
    } catch (error) {
      reject(error)
    }
    this.#release(thread)
  }

  #isSmall({ rowCount, uncompressedBytes }: DecodeOptions): boolean {
    return (
      uncompressedBytes <= this.#ownBytes && rowCount * uncompressedBytes <= MAX_OWN_UNFOLDED_BYTES
    )
  }

  #idleThread(): CodecThread | null {
    for (const [thread, stopTimer] of this.#idle) {
      stopTimer()
      this.#idle.delete(thread)
      if (!thread.isSpent) return thread
    }
    return null
  }

  #release(thread: CodecThread): void {
    this.#busy.delete(thread)
    if (thread.isSpent) void thread.end()
    else this.#rest(thread)
    this.#startNext()
  }

  /** Keeps a thread for a while that has nothing to do. */
  #rest(thread: CodecThread): void {
    const stopTimer = startIdleTimer(this.#idleMs, () => void this.#end(thread))
    this.#idle.set(thread, stopTimer)
  }

  async #end(thread: CodecThread): Promise<void> {
    this.#idle.get(thread)?.()
    this.#idle.delete(thread)
    await thread.end()
  }
}

function totalBytes(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0)
}
