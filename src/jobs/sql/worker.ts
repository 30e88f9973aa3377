/** The thread that runs DuckDB: one session, one query at a time. The only place that starts DuckDB. */
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
let session: DuckDBSession | null = null
let last: Promise<unknown> = Promise.resolve()

port.on('message', (request: SqlRequest) => {
  if (request.kind === 'stop') session?.interruptQuery()
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

/** The instance of a session serves the next one too, unless it may open files that are not that one's. */
async function instance(files: readonly string[]): Promise<DuckDBSession> {
  if (session !== null && files.length === 0) return session
  await end()
  session = await DuckDBSession.open(data.settings, {
    signal,
    files,
    announce: (scan) => port.postMessage(scan, [scan.port]),
  })
  return session
}

async function end(): Promise<void> {
  const ended = session
  session = null
  await ended?.close()
}

async function replyTo(request: SqlRequest): Promise<SqlReply> {
  if (request.kind === 'open') {
    const files = request.views.flatMap(({ direct }) => direct?.files ?? [])
    await (await instance(files)).createViews(request.views, request.nowMicros)
    return { kind: 'done' }
  }
  if (request.kind === 'close') {
    await end()
    return { kind: 'done' }
  }
  const duckdb = await instance([])
  switch (request.kind) {
    case 'parse':
      return { kind: 'parsed', tree: await duckdb.parse(request.sql, request.views) }
    case 'key':
      return { kind: 'key', text: await duckdb.evaluateKey(request.sql) }
    case 'define':
      return { kind: 'started', schema: await duckdb.define(request.name, request.definition) }
    case 'start':
      return { kind: 'started', schema: await duckdb.start(request.sql) }
    case 'next':
      return await duckdb.next()
    case 'stop':
      await duckdb.endQuery()
      return { kind: 'done' }
    case 'end':
      if (duckdb.opensFiles) await end()
      else await duckdb.forgetViews()
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
