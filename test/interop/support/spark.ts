// Spark with Iceberg Java, started once and asked one question after the other.
import { afterAll, beforeAll } from 'vitest'

import { parseJson } from '../../../src/base/json-exact.ts'
import { readObject } from '../../../src/base/json-fields.ts'
import { metadataFromJson } from '../../../src/metadata/table-metadata-json.ts'
import type { TableMetadata } from '../../../src/metadata/table-metadata.ts'
import { LineProcess } from './line-process.ts'
import { ORACLE, textsOf } from './oracle.ts'
import type { EngineRows } from './oracle.ts'

/** It starts in 5 s, and in 20 on a busy machine. */
const START_TIMEOUT_MS = 120_000

/** Statements of the tests take seconds, those on millions of rows a minute. */
const ANSWER_TIMEOUT_MS = 240_000

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
  readonly #process: LineProcess

  private constructor(process: LineProcess) {
    this.#process = process
  }

  static async start(warehouse: string): Promise<Spark> {
    const args = ['spark', '--warehouse', warehouse]
    const process = new LineProcess({ title: 'Spark', command: ORACLE, args })
    await process.ready(START_TIMEOUT_MS)
    return new Spark(process)
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

  close(): Promise<void> {
    return this.#process.close()
  }

  #ask(question: string): Promise<string> {
    return this.#process.ask(question, ANSWER_TIMEOUT_MS)
  }
}
