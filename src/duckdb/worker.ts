// The thread of DuckDB, and the only file that loads it. Each database is shut in: it opens the files it was told of, writes
// in the folders it was told of, and none of that can be changed by a statement.
import { parentPort, workerData } from 'node:worker_threads'

import duckdb from '@duckdb/node-api'
import type { DuckDBConnection, DuckDBInstance, DuckDBValue } from '@duckdb/node-api'

import { assert, unreachable } from '../base/assert.ts'
import type {
  DatabaseSettings,
  PlainValue,
  Question,
  Reply,
  Request,
  ThreadData,
} from './protocol.ts'
import { listText, quoteText } from './sql-text.ts'

assert(parentPort !== null, 'runs as a worker thread')
const port = parentPort
// The engine starts this file with nothing else.
const busy = new Int32Array((workerData as ThreadData).busy)
const databases = new Map<number, Database>()
let databaseCount = 0

port.on('message', (request: Request) => {
  if (request.kind === 'interrupt') databases.get(request.database)?.interrupt()
  else void answer(request.id, request.question)
})

async function answer(id: number, question: Question): Promise<void> {
  Atomics.add(busy, 0, 1)
  const reply = await replyTo(id, question).catch((error: unknown): Reply => ({
    kind: 'failed',
    id,
    text: textOf(error),
  }))
  port.postMessage(reply)
  Atomics.sub(busy, 0, 1)
  Atomics.notify(busy, 0)
}

async function replyTo(id: number, question: Question): Promise<Reply> {
  switch (question.kind) {
    case 'open': {
      const database = databaseCount++
      databases.set(database, await Database.open(question.settings))
      return { kind: 'opened', id, database }
    }
    case 'run':
      return { kind: 'rows', id, rows: await databaseOf(question.database).run(question.sql) }
    case 'close':
      databaseOf(question.database).close()
      databases.delete(question.database)
      return { kind: 'closed', id }
    default:
      return unreachable(question)
  }
}

function databaseOf(number: number): Database {
  const database = databases.get(number)
  assert(database !== undefined, 'a database is open while it is asked')
  return database
}

/** One database in memory. Statements may run at once, each on a connection of its own. */
class Database {
  readonly #instance: DuckDBInstance
  readonly #connections = new Set<DuckDBConnection>()
  readonly #idle: DuckDBConnection[] = []

  private constructor(instance: DuckDBInstance) {
    this.#instance = instance
  }

  static async open(settings: DatabaseSettings): Promise<Database> {
    const database = new Database(await duckdb.DuckDBInstance.create(':memory:'))
    try {
      for (const statement of sandboxStatements(settings)) await database.run(statement)
      return database
    } catch (error) {
      database.close()
      throw error
    }
  }

  async run(sql: string): Promise<PlainValue[][]> {
    const connection = this.#idle.pop() ?? (await this.#connect())
    try {
      const result = await connection.runAndReadAll(sql)
      return result.getRows().map((row) => row.map(plainValue))
    } finally {
      this.#idle.push(connection)
    }
  }

  interrupt(): void {
    for (const connection of this.#connections) connection.interrupt()
  }

  close(): void {
    for (const connection of this.#connections) connection.closeSync()
    this.#instance.closeSync()
  }

  async #connect(): Promise<DuckDBConnection> {
    const connection = await this.#instance.connect()
    this.#connections.add(connection)
    return connection
  }
}

/** The lock comes last: no later statement can take any of it back. */
function sandboxStatements(settings: DatabaseSettings): readonly string[] {
  const { readable, writable, tempFolder, memoryBytes, threads } = settings
  return [
    `SET TimeZone = 'UTC'`,
    `SET errors_as_json = true`,
    `SET memory_limit = '${memoryBytes}B'`,
    `SET threads = ${threads}`,
    `SET temp_directory = ${quoteText(tempFolder)}`,
    `SET autoload_known_extensions = false`,
    `SET autoinstall_known_extensions = false`,
    `SET allowed_paths = ${listText(readable.map(quoteText))}`,
    `SET allowed_directories = ${listText(writable.map(quoteText))}`,
    `SET enable_external_access = false`,
    `SET lock_configuration = true`,
  ]
}

function plainValue(value: DuckDBValue): PlainValue {
  if (value instanceof duckdb.DuckDBBlobValue) return value.bytes
  assert(value === null || typeof value !== 'object', 'a statement asks for plain values')
  return value
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
