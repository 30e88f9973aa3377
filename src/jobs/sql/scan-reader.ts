/** Views for DuckDB: a table function that waits, inside of DuckDB, for batches of the other thread. */
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import duckdb from '@duckdb/node-api'
import type { DuckDBConnection, DuckDBDataChunk } from '@duckdb/node-api'
import { tableFromIPC } from 'apache-arrow'
import type { Data } from 'apache-arrow'
import { assert, unreachable } from '../../base/assert.ts'
import { adaptColumn } from '../../formats/arrow/adapt.ts'
import { columnsOf } from '../../formats/arrow/column-data.ts'
import type { Schema } from '../../types/schema.ts'
import type { Type } from '../../types/type.ts'
import { bindings } from './bindings.ts'
import { duckdbTypeOf } from './duckdb-types.ts'
import { Signal } from './protocol.ts'
import type { OpenScan, ScanMessage } from './protocol.ts'
import { writeVector } from './write-vector.ts'

/** The table function that every view reads from; its argument is the name of the view. */
export const SCAN_FUNCTION = 'frazil_scan'

/** What the scans of one thread share. */
export interface ScanContext {
  /** The columns of a view. */
  readonly schemaOf: (view: string) => Schema
  /** Words of {@link Signal}. */
  readonly signal: Int32Array
  /** Tells the other thread; for a scan, before anything is waited for. */
  readonly announce: (scan: OpenScan) => void
  /** Keeps the first error of a scan: DuckDB would only keep its text. */
  readonly fail: (error: unknown) => void
}

/** Makes {@link SCAN_FUNCTION} known to a connection. */
export function registerScans(connection: DuckDBConnection, context: ScanContext): void {
  connection.registerTableFunction(
    duckdb.DuckDBTableFunction.create({
      name: SCAN_FUNCTION,
      parameterTypes: [duckdb.VARCHAR],
      supportsProjectionPushdown: true,
      bindFunction: (info) => {
        for (const field of context.schemaOf(String(info.getParameter(0))).fields) {
          info.addResultColumn(field.name, duckdbTypeOf(field.type))
        }
        info.setBindData(new BoundView(String(info.getParameter(0))))
      },
      initFunction: (info) => {
        info.setMaxThreads(1)
        const { bindData } = info
        assert(bindData instanceof BoundView, 'a scan is bound')
        info.setInitData(new ScanReader(context, bindData.view, info.getColumnIndexes()))
      },
      mainFunction: (info, chunk) => {
        try {
          const { initData } = info
          assert(initData instanceof ScanReader, 'a scan has begun')
          initData.fill(chunk)
        } catch (error) {
          context.fail(error)
          info.setError('scan failed')
        }
      },
    }),
  )
}

class BoundView {
  readonly view: string

  constructor(view: string) {
    this.view = view
  }
}

interface Batch {
  readonly columns: readonly Data[]
  readonly length: number
}

/** Thrown where a query that was stopped waits. */
class StoppedError extends Error {}

/** One reading of one view. */
class ScanReader {
  readonly #context: ScanContext
  readonly #types: readonly Type[]
  readonly #port: MessagePort
  #batch: Batch | null = null
  #row = 0
  #isDone = false

  constructor(context: ScanContext, view: string, indexes: readonly number[]) {
    const { fields } = context.schemaOf(view)
    // A count of rows asks for a column that there is not.
    const columns = indexes.map((index) => (index < fields.length ? index : 0))
    const { port1, port2 } = new MessageChannel()
    this.#context = context
    this.#types = columns.flatMap((index) => fields[index]?.type ?? [])
    this.#port = port1
    context.announce({ kind: 'open', view, columns, port: port2 })
  }

  /** Writes the next rows; none at the end. */
  fill(chunk: DuckDBDataChunk): void {
    const batch = this.#current()
    if (batch === null) {
      chunk.rowCount = 0
      return
    }
    const rows = {
      start: this.#row,
      count: Math.min(bindings.vector_size(), batch.length - this.#row),
    }
    chunk.rowCount = rows.count
    for (const [index, data] of batch.columns.entries()) {
      const type = this.#types[index]
      assert(type !== undefined, 'a column has a type')
      writeVector(bindings.data_chunk_get_vector(chunk.chunk, index), type, data, rows)
    }
    this.#row += rows.count
  }

  /** The batch with rows that were not read; null at the end. */
  #current(): Batch | null {
    while (!this.#isDone && (this.#batch === null || this.#row === this.#batch.length)) {
      if (this.#batch !== null) this.#port.postMessage(null, [])
      this.#row = 0
      this.#batch = this.#receive()
    }
    return this.#isDone ? null : this.#batch
  }

  #receive(): Batch | null {
    const message = this.#wait()
    switch (message.kind) {
      case 'batch':
        return { columns: this.#columnsOf(message.ipcStream), length: message.length }
      case 'end':
        this.#isDone = true
        this.#port.close()
        return null
      case 'failed':
        throw new StoppedError('scan failed')
      default:
        return unreachable(message)
    }
  }

  #columnsOf(ipcStream: Uint8Array): Data[] {
    if (this.#types.length === 0) return []
    const [batch] = tableFromIPC(ipcStream).batches
    assert(batch !== undefined, 'a stream holds one batch')
    const columns = columnsOf(batch)
    return this.#types.map((type, index) => {
      const column = columns[index]
      assert(column !== undefined, 'a batch has the columns of its view')
      return adaptColumn(type, column)
    })
  }

  /** Blocks this thread. The ticks are read first, so that a message which comes in between is not slept through. */
  #wait(): ScanMessage {
    const { signal } = this.#context
    for (;;) {
      const seen = Atomics.load(signal, Signal.ticks)
      if (Atomics.load(signal, Signal.stopped) === 1) throw new StoppedError('query was stopped')
      const received: { readonly message: ScanMessage } | undefined = receiveMessageOnPort(
        this.#port,
      )
      if (received !== undefined) return received.message
      Atomics.wait(signal, Signal.ticks, seen)
    }
  }
}
