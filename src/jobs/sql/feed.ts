/** Batches of a view on their way to the thread that reads them. */
import { tableToIPC, Table } from 'apache-arrow'
import type { RecordBatch } from 'apache-arrow'
import { IcebergError } from '../../base/errors.ts'
import type { SqlView } from './engine.ts'
import { Signal } from './protocol.ts'
import type { OpenScan, ScanMessage } from './protocol.ts'

/** Batches that may lie unread on the other side. */
const MAX_UNREAD = 8

/** One view, handed over for one scan. */
export class Feed {
  readonly #view: SqlView
  readonly #scan: OpenScan
  readonly #signal: Int32Array
  #unread = 0
  #isClosed = false
  #wake: () => void = () => undefined

  constructor(view: SqlView, scan: OpenScan, signal: Int32Array) {
    this.#view = view
    this.#scan = scan
    this.#signal = signal
    scan.port.on('message', () => {
      this.#unread -= 1
      this.#wake()
    })
  }

  /**
   * Hands over all batches, as fast as they are read. Ends early, without an error, when closed.
   *
   * @param begun readings of views that the session has begun, to which this one is added
   * @throws what the batches throw, after the other side has been told; IcebergError `invalid` for a generator that is
   *   being read in another place, where each would get a part of the rows
   */
  async run(begun: Set<AsyncIterator<RecordBatch>>): Promise<void> {
    try {
      const iterator = this.#begin(begun)
      for await (const batch of { [Symbol.asyncIterator]: () => iterator }) {
        if (batch.numRows > 0) await this.#send(batch)
        if (this.#isClosed) return
      }
      this.#post({ kind: 'end' })
    } catch (error) {
      this.#post({ kind: 'failed' })
      throw error
    } finally {
      this.close()
    }
  }

  /** Nobody reads any more. */
  close(): void {
    this.#isClosed = true
    this.#scan.port.close()
    this.#wake()
  }

  #begin(begun: Set<AsyncIterator<RecordBatch>>): AsyncIterator<RecordBatch> {
    const iterator = this.#view.batches[Symbol.asyncIterator]()
    if (begun.has(iterator)) {
      throw new IcebergError('invalid', 'view can be read only once', {
        context: { view: this.#scan.view },
      })
    }
    begun.add(iterator)
    return iterator
  }

  async #send(batch: RecordBatch): Promise<void> {
    checkColumns(batch, this.#view)
    await this.#room()
    if (this.#isClosed) return
    // The stream owns its bytes: those of the batch may be someone's, and a transfer would take them away.
    const ipcStream = tableToIPC(new Table([batch.selectAt([...this.#scan.columns])]), 'stream')
    this.#unread += 1
    this.#post({ kind: 'batch', ipcStream, length: batch.numRows }, [ipcStream.buffer])
  }

  async #room(): Promise<void> {
    while (this.#unread >= MAX_UNREAD && !this.#isClosed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  #post(message: ScanMessage, transfer: readonly ArrayBufferLike[] = []): void {
    if (this.#isClosed) return
    this.#scan.port.postMessage(
      message,
      transfer.filter((buffer) => buffer instanceof ArrayBuffer),
    )
    Atomics.add(this.#signal, Signal.ticks, 1)
    Atomics.notify(this.#signal, Signal.ticks)
  }
}

function checkColumns(batch: RecordBatch, { schema }: SqlView): void {
  if (batch.numCols === schema.fields.length) return
  throw new IcebergError('invalid', 'batch has other columns than its view', {
    context: { columns: batch.numCols, expected: schema.fields.length },
  })
}
