// Spark with Iceberg Java, started once and asked one question after the other.
import { spawn } from 'node:child_process'
import type { ChildProcessByStdio } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'

import { afterAll, beforeAll } from 'vitest'

import { parseJson } from '../../../src/base/json-exact.ts'
import { readObject } from '../../../src/base/json-fields.ts'
import { metadataFromJson } from '../../../src/metadata/table-metadata-json.ts'
import type { TableMetadata } from '../../../src/metadata/table-metadata.ts'
import { ORACLE, textsOf } from './oracle.ts'
import type { EngineRows } from './oracle.ts'

/** It starts in 5 s, and in 20 on a busy machine. */
const START_TIMEOUT_MS = 120_000

/** Statements of the tests take seconds, those on millions of rows a minute. */
const ANSWER_TIMEOUT_MS = 240_000

/** Kept of what Spark prints beside its answers, for the message when it fails. */
const KEPT_STDERR_CHARS = 4000

/** A scan as the oracle takes it: `where` is Spark SQL, `reader: 'java'` reads without Spark. */
export interface SparkScan {
  readonly table: string
  readonly where?: string
  readonly snapshotId?: string
  readonly asOfMs?: number
  readonly reader?: 'java'
}

/** A file that Iceberg Java plans to read. */
export interface PlannedFile {
  readonly path: string
  readonly records: string
}

/** Spark for the tests of a file, which tell the folder of its warehouse when they have one. */
export function useSpark(warehouse: () => string): () => Spark {
  let spark: Spark | null = null
  beforeAll(async () => {
    spark = await Spark.start(warehouse())
  }, START_TIMEOUT_MS)
  afterAll(() => spark?.close())
  return () => {
    if (spark === null) throw new Error('Spark is not started before the tests are')
    return spark
  }
}

export class Spark {
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>
  readonly #lines: AsyncIterator<string>
  readonly #ended: Promise<void>
  #stderr = ''

  private constructor(warehouse: string) {
    // A group of its own, so that the JVM, which is a child's child, can be ended with it.
    this.#process = spawn(ORACLE, ['spark', '--warehouse', warehouse], {
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    })
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]()
    this.#process.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-KEPT_STDERR_CHARS)
    })
    // Writing to a process that has ended fails here; the question that was asked fails by itself.
    this.#process.stdin.on('error', () => undefined)
    this.#ended = new Promise((resolve) => {
      this.#process.once('exit', () => resolve())
    })
  }

  static async start(warehouse: string): Promise<Spark> {
    const spark = new Spark(warehouse)
    process.once('exit', () => spark.#kill())
    // The end of a worker that vitest gives up on: a signal alone would leave a busy JVM behind.
    process.once('SIGTERM', () => process.exit(1))
    await spark.#answer('start', START_TIMEOUT_MS)
    return spark
  }

  /** Rows in the order in which the engine gives them. */
  async sql(sql: string): Promise<EngineRows> {
    return JSON.parse(await this.#ask(JSON.stringify({ sql }))) as EngineRows
  }

  /** Rows as canonical texts, sorted. */
  async scan(scan: SparkScan): Promise<string[]> {
    return textsOf(JSON.parse(await this.#ask(JSON.stringify({ scan }))) as EngineRows)
  }

  /**
   * The files that Iceberg Java reads.
   *
   * @param filter JSON text of the REST catalog specification
   */
  async plan(
    table: string,
    {
      filter = 'true',
      snapshotId,
    }: { readonly filter?: string; readonly snapshotId?: bigint } = {},
  ): Promise<readonly PlannedFile[]> {
    const snapshot = snapshotId === undefined ? '' : `,"snapshotId":"${snapshotId}"`
    const answer = await this.#ask(
      `{"plan":{"table":${JSON.stringify(table)},"filter":${filter}${snapshot}}}`,
    )
    return (JSON.parse(answer) as { readonly files: readonly PlannedFile[] }).files
  }

  /** The newest metadata as Iceberg Java writes it after reading it. */
  async metadata(table: string): Promise<TableMetadata> {
    const answer = parseJson(await this.#ask(JSON.stringify({ metadata: { table } })))
    return metadataFromJson(readObject(answer, '').object('metadata'))
  }

  /** Makes a metadata file that is in no catalog readable, under a name in the catalog `file`. */
  async register(table: string, metadataFile: string): Promise<void> {
    await this.#ask(JSON.stringify({ register: { table, metadata: metadataFile } }))
  }

  async close(): Promise<void> {
    this.#process.stdin.end(`${JSON.stringify({ close: true })}\n`)
    await withTimeout(this.#ended, START_TIMEOUT_MS).finally(() => this.#kill())
  }

  #ask(question: string): Promise<string> {
    this.#process.stdin.write(`${question}\n`)
    return this.#answer(question, ANSWER_TIMEOUT_MS)
  }

  /** The text of an answer; one that says no is an error. */
  async #answer(question: string, timeoutMs: number): Promise<string> {
    const line = await withTimeout(this.#lines.next(), timeoutMs)
    if (line === TIMEOUT) {
      this.#kill()
      throw this.#error(question, `no answer in ${timeoutMs} ms\n${this.#stderr}`)
    }
    if (line.done === true) throw this.#error(question, `ended\n${this.#stderr}`)
    if (line.value.startsWith('{"ok":true')) return line.value
    throw this.#error(question, line.value)
  }

  #error(question: string, problem: string): Error {
    return new Error(`Spark: ${problem}\nasked: ${question.slice(0, 2000)}`)
  }

  #kill(): void {
    const { pid } = this.#process
    if (pid === undefined) return
    try {
      process.kill(-pid, 'SIGKILL')
    } catch {
      // The whole group has ended.
    }
  }
}

const TIMEOUT = Symbol('timeout')

async function withTimeout<Result>(
  promise: Promise<Result>,
  timeoutMs: number,
): Promise<Result | typeof TIMEOUT> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<typeof TIMEOUT>((resolve) => {
    timer = setTimeout(() => resolve(TIMEOUT), timeoutMs)
  })
  return Promise.race([promise, timeout]).finally(() => clearTimeout(timer))
}
