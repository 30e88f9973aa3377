// Other engines as witnesses: PyIceberg, DuckDB and Spark, through the oracle programs beside the checkout.
import { execFile, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { describe, expect, it } from 'vitest'

import { sortTexts } from '../../support/canonical.ts'
import type { LiveFile } from './live-files.ts'

export const ORACLE: string = fileURLToPath(
  new URL('../../../../shared/oracles/engines/oracle', import.meta.url),
)

/** Where the engines are installed; their Python can run scripts of our own against PyIceberg. */
const ENGINES = join(
  process.env['FRAZIL_ORACLES'] ?? join(homedir(), '.cache', 'frazil-oracles'),
  'engines',
)

/** What a table of half a million rows takes, many times over: a wait this long is a hang. */
const READ_TIMEOUT_MS = 240_000

/** What the canonical JSON of half a million rows takes, and some more. */
const MAX_ANSWER_BYTES = 500_000_000

/**
 * A suite that asks other engines. Without them it is skipped, and says so; where `FRAZIL_ORACLES_REQUIRED` is set,
 * which is where everything must be tested, it fails.
 */
export function describeWithEngines(name: string, suite: () => void): void {
  const reason = whatIsMissing()
  if (reason === null) describe(name, suite)
  else if (process.env['FRAZIL_ORACLES_REQUIRED'] === '1') {
    it(`${name}: needs other engines`, () => expect.fail(reason))
  } else {
    console.warn(`skipped, ${name}: ${reason}`)
    describe.skip(name, suite)
  }
}

/** Null when all engines can be asked. */
function whatIsMissing(): string | null {
  if (!existsSync(ORACLE)) return `there are no oracles at ${ORACLE}`
  const notInstalled = spawnSync(ORACLE, ['--help']).status === 3
  if (notInstalled) return 'the engines are not installed: run `setup duckdb` of the oracles'
  const { stderr } = spawnSync(ORACLE, ['duckdb-read', '/dev/null'], { encoding: 'utf8' })
  return stderr.includes('ModuleNotFoundError')
    ? 'DuckDB is not installed: run `setup duckdb` of the oracles'
    : null
}

/** What an engine sees in a table: rows in canonical JSON, sorted by their text. */
export interface EngineRows {
  readonly schema: readonly (readonly [string, unknown])[]
  readonly rows: readonly unknown[]
}

/**
 * Each row as the text that two engines must agree on, sorted: names that look like numbers come first in JavaScript's
 * objects, so that texts and their order are not what they were.
 */
export function textsOf({ rows }: EngineRows): string[] {
  return sortTexts(rows.map((row) => JSON.stringify(row)))
}

export function pyicebergRead(
  metadataFile: string,
  options: { readonly filter?: string; readonly snapshotId?: bigint } = {},
): Promise<EngineRows> {
  const { filter = 'true', snapshotId } = options
  return read(['pyiceberg-read', metadataFile, '--filter', filter], snapshotId)
}

export function duckdbRead(
  metadataFile: string,
  options: { readonly where?: string; readonly snapshotId?: bigint } = {},
): Promise<EngineRows> {
  const { where = 'true', snapshotId } = options
  return read(['duckdb-read', metadataFile, '--where', where], snapshotId)
}

/** The live files of a table as PyIceberg lists them. */
export function pyicebergFiles(metadataFile: string): Promise<readonly LiveFile[]> {
  return askPyiceberg(['files', metadataFile])
}

/** The rows of one day, for tables too large to look at each row of them here. */
export interface DayDigest {
  /** Days since the epoch. */
  readonly day: number
  readonly rows: string
  /** Of the canonical texts of the rows, sorted, one a line. */
  readonly sha256: string
}

/** @param column the timestamp that says to which day a row belongs */
export function pyicebergDigests(
  metadataFile: string,
  column: string,
): Promise<readonly DayDigest[]> {
  return askPyiceberg(['digests', metadataFile, column])
}

function askPyiceberg<Answer>(args: readonly string[]): Promise<Answer> {
  const script = fileURLToPath(new URL('pyiceberg_asks.py', import.meta.url))
  return run(join(ENGINES, 'venv', 'bin', 'python'), [script, ...args])
}

function read(args: readonly string[], snapshotId: bigint | undefined): Promise<EngineRows> {
  const snapshot = snapshotId === undefined ? [] : ['--snapshot-id', String(snapshotId)]
  return run(ORACLE, [...args, ...snapshot])
}

/** The answer of a program that prints JSON. When it fails or takes too long, the error has the end of what it said. */
async function run<Answer>(program: string, args: readonly string[]): Promise<Answer> {
  const options = { maxBuffer: MAX_ANSWER_BYTES, timeout: READ_TIMEOUT_MS }
  try {
    const { stdout } = await promisify(execFile)(program, args, options)
    return JSON.parse(stdout) as Answer
  } catch (error) {
    const { killed, stderr } = error as { killed?: boolean; stderr?: string }
    const ending =
      killed === true ? `no answer in ${READ_TIMEOUT_MS} ms` : String(stderr).slice(-2000)
    throw new Error(`${args.join(' ')}: ${ending}`, { cause: error })
  }
}
