/** The thread that runs DuckDB: one instance, one query at a time. The only place that starts DuckDB. */
import { parentPort, workerData } from 'node:worker_threads'
import { assert, unreachable } from '../../base/assert.ts'
import { IcebergError } from '../../base/errors.ts'
import { DuckDBSession } from './duckdb-session.ts'
import type { SentColumn, SqlReply, SqlRequest, SqlThreadData } from './protocol.ts'

assert(parentPort !== null, 'runs as a worker thread')
const port = parentPort
// The engine starts this file with nothing else.
const data = workerData as SqlThreadData
const signal = new Int32Array(data.signal)
const session = DuckDBSession.open(data.settings, signal, (scan) => {
  port.postMessage(scan, [scan.port])
})
// What fails here fails every request.
let last: Promise<unknown> = session.catch(() => undefined)

port.on('message', (request: SqlRequest) => {
  if (request.kind === 'stop')
    void session.then((duckdb) => duckdb.interruptQuery()).catch(() => undefined)
  last = last.then(async () => answer(request))
})

async function answer(request: SqlRequest): Promise<void> {
  try {
    const reply = await replyTo(request)
    port.postMessage(reply, reply.kind === 'rows' ? reply.columns.flatMap(buffersOf) : [])
  } catch (error) {
    port.postMessage({ kind: 'failed', error: sent(error) })
  }
  if (request.kind === 'close') port.close()
}

async function replyTo(request: SqlRequest): Promise<SqlReply> {
  const duckdb = await session
  switch (request.kind) {
    case 'parse':
      return { kind: 'parsed', tree: await duckdb.parse(request.sql, request.views) }
    case 'key':
      return { kind: 'key', text: await duckdb.evaluateKey(request.sql) }
    case 'start':
      return { kind: 'started', schema: await duckdb.start(request.sql, request.views) }
    case 'next':
      return await duckdb.next()
    case 'stop':
      await duckdb.endQuery()
      return { kind: 'done' }
    case 'close':
      await duckdb.close()
      return { kind: 'done' }
    default:
      return unreachable(request)
  }
}

function sent(error: unknown): (SqlReply & { kind: 'failed' })['error'] {
  if (error instanceof IcebergError) {
    return { kind: error.kind, message: error.message, context: error.context }
  }
  const detail = error instanceof Error ? error.message : String(error)
  return { kind: 'internal', message: 'DuckDB thread failed', context: { detail } }
}

function buffersOf(column: SentColumn): ArrayBuffer[] {
  const own = [column.validity, column.values, column.offsets].flatMap((view) =>
    // All are slices of ordinary memory, made for this message.
    view === null || view === undefined ? [] : [view.buffer as ArrayBuffer],
  )
  return [...own, ...(column.children ?? []).flatMap(buffersOf)]
}
