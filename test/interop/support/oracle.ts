/** Other engines as witnesses: PyIceberg and Spark, through the oracle programs beside the checkout. */
import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcessByStdio } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'

const ORACLE = fileURLToPath(new URL('../../../../shared/oracles/engines/oracle', import.meta.url))

/** Why the oracles cannot be asked here; null when they can. */
export function oracleMissing(): string | null {
  if (!existsSync(ORACLE)) return 'there are no oracles beside this checkout'
  const probe = spawnSync(ORACLE, ['--help'], { encoding: 'utf8' })
  return probe.status === 3 ? 'the oracles are not installed: run their setup' : null
}

/** What an engine sees in a table: rows in canonical JSON, sorted by their text. */
export interface OracleRows {
  readonly schema: readonly (readonly [string, unknown])[]
  readonly rows: readonly unknown[]
}

export function pyicebergRead(
  metadataFile: string,
  options: { readonly filter?: string; readonly select?: string } = {},
): OracleRows {
  const args = ['pyiceberg-read', metadataFile]
  if (options.filter !== undefined) args.push('--filter', options.filter)
  if (options.select !== undefined) args.push('--select', options.select)
  return ask(args)
}

export function duckdbRead(metadataFile: string, where = 'true'): OracleRows {
  return ask(['duckdb-read', metadataFile, '--where', where])
}

function ask(args: readonly string[]): OracleRows {
  const answer = spawnSync(ORACLE, args, { encoding: 'utf8', maxBuffer: 2 ** 30 })
  if (answer.status !== 0) throw new Error(`${args[0]}: ${answer.stderr.slice(-2_000)}`)
  return JSON.parse(answer.stdout) as OracleRows
}

/** Spark, started once and asked one question after the other. */
export class Spark {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>
  readonly #answers: AsyncIterator<string>

  constructor(warehouse: string) {
    this.#process = spawn(ORACLE, ['spark', '--warehouse', warehouse], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    this.#answers = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]()
  }

  async ask<Answer = OracleRows>(request: object): Promise<Answer> {
    this.#process.stdin.write(`${JSON.stringify(request)}\n`)
    const line = await this.#answers.next()
    if (line.done === true) throw new Error('Spark ended')
    const answer = JSON.parse(line.value) as Answer & { ok: boolean; message?: string }
    if (!answer.ok) throw new Error(`Spark: ${answer.message}\n${JSON.stringify(request)}`)
    return answer
  }

  sql(sql: string): Promise<OracleRows> {
    return this.ask({ sql })
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve))
    this.#process.stdin.end(`${JSON.stringify({ close: true })}\n`)
    await ended
  }
}
