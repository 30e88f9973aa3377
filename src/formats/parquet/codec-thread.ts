import { Worker } from 'node:worker_threads'

import { assert } from '../../base/assert.ts'
import { IcebergError } from '../../base/errors.ts'
import type { CodecReply, CodecRequest } from './codec-protocol.ts'

interface Waiting {
  readonly request: CodecRequest['kind']
  readonly resolve: (results: readonly Uint8Array[]) => void
  readonly reject: (error: IcebergError) => void
}

/**
 * The side of the caller of one codec thread, which does one thing at a time. The process stays alive while the thread
 * works, and is free to end while it is idle.
 */
export class CodecThread {
  readonly #worker: Worker
  #waiting: Waiting | null = null
  #isSpent = false

  constructor() {
    this.#worker = new Worker(new URL(import.meta.resolve('#codec-worker')), {
      // Flags of the program, such as --input-type, are not about this file.
      execArgv: [],
    })
    this.#worker.unref()
    this.#worker.on('message', (reply: CodecReply) => this.#receive(reply))
    this.#worker.on('error', (cause) => this.#fail(cause))
    this.#worker.on('exit', () => this.#fail(null))
  }

  /** Whether it should be ended rather than asked again. */
  get isSpent(): boolean {
    return this.#isSpent
  }

  /**
   * @returns what the codec gives, in memory that threads share
   * @throws IcebergError what the codec throws; `corrupt`, `internal` or `limit` when the thread ends over it
   */
  run(request: CodecRequest): Promise<readonly Uint8Array[]> {
    assert(this.#waiting === null && !this.#isSpent, 'a codec thread does one thing at a time')
    return new Promise((resolve, reject) => {
      this.#worker.postMessage(request, [])
      this.#worker.ref()
      this.#waiting = { request: request.kind, resolve, reject }
    })
  }

  async end(): Promise<void> {
    this.#isSpent = true
    await this.#worker.terminate()
  }

  #receive(reply: CodecReply): void {
    this.#isSpent ||= reply.isSpent
    const waiting = this.#rest()
    if (reply.kind === 'done') waiting?.resolve(reply.results)
    else {
      const { kind, message, detail } = reply.error
      waiting?.reject(new IcebergError(kind, message, { cause: new Error(detail) }))
    }
  }

  /** A thread that ends by itself has been stopped by what it held, or by want of memory. */
  #fail(cause: unknown): void {
    this.#isSpent = true
    const waiting = this.#rest()
    waiting?.reject(endedOver(waiting.request, cause))
  }

  #rest(): Waiting | null {
    const waiting = this.#waiting
    this.#waiting = null
    this.#worker.unref()
    return waiting
  }
}

function endedOver(request: CodecRequest['kind'], cause: unknown): IcebergError {
  const isOutOfMemory =
    cause instanceof Error && 'code' in cause && cause.code === 'ERR_WORKER_OUT_OF_MEMORY'
  if (isOutOfMemory) {
    return new IcebergError('limit', 'row group does not fit in the memory of the codec', { cause })
  }
  return request === 'encode'
    ? new IcebergError('internal', 'rows cannot be encoded', { cause })
    : new IcebergError('corrupt', 'row group cannot be decoded', { cause })
}
