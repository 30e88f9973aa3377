// Other engines as witnesses: PyIceberg, DuckDB, ClickHouse and Spark, which `npm run test:interop` installs once.
import { spawnSync } from 'node:child_process'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { afterAll, describe, expect, it } from 'vitest'

import { stringifyJson } from '../../../src/base/json-exact.ts'
import { sortTexts } from '../../support/canonical.ts'
import { LineProcess } from './line-process.ts'
import type { LiveFile } from './live-files.ts'

export const ORACLE: string = fileURLToPath(new URL('../../oracles/oracle', import.meta.url))

/** Where the engines are installed; their Python can run scripts of our own against PyIceberg. */
const ENGINES = join(
  process.env['FRAZIL_ORACLES'] ?? join(homedir(), '.cache', 'frazil-oracles'),
  'engines',
)

/** Python with PyIceberg, pyarrow and DuckDB. */
export const PYTHON: string = join(ENGINES, 'venv', 'bin', 'python')

const SETUP = 'test/oracles/setup duckdb clickhouse'

/** Python's modules of the oracles. */
const ORACLES = dirname(ORACLE)

/** What a table of half a million rows takes, many times over: a wait this long is a hang. */
const ANSWER_TIMEOUT_MS = 240_000

/**
 * A suite that asks other engines. Without them it is skipped, and says so; where `FRAZIL_ORACLES_REQUIRED` is set,
 * which is where everything must be tested, it fails.
 */
export function describeWithEngines(name: string, suite: () => void): void {
  const reason = whatIsMissing()
  if (reason === null) {
    describe(name, () => {
      afterAll(endPython)
      suite()
    })
  } else if (process.env['FRAZIL_ORACLES_REQUIRED'] === '1') {
    it(`${name}: needs other engines`, () => expect.fail(reason))
  } else {
    console.warn(`skipped, ${name}: ${reason}`)
    describe.skip(name, suite)
  }
}

/** Null when all engines can be asked. */
function whatIsMissing(): string | null {
  const notInstalled = spawnSync(ORACLE, ['--help']).status === 3
  if (notInstalled) return `the engines are not installed: run \`${SETUP}\``
  const { status } = spawnSync(PYTHON, [
    '-c',
    `from importlib.metadata import version as v; v('duckdb'), v('chdb')`,
  ])
  return status === 0 ? null : `DuckDB or ClickHouse is not installed: run \`${SETUP}\``
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

/** A condition in the engine's own words, and which snapshot: the current one when absent. */
export interface EngineQuestion {
  readonly where?: string
  readonly snapshotId?: bigint
}

export function pyicebergRead(
  metadata: string,
  { where, snapshotId }: EngineQuestion = {},
): Promise<EngineRows> {
  return ask('pyiceberg', { metadata, filter: where, snapshotId })
}

export function duckdbRead(metadata: string, question: EngineQuestion = {}): Promise<EngineRows> {
  return ask('duckdb', { metadata, ...question })
}

export function clickhouseRead(
  metadata: string,
  question: EngineQuestion = {},
): Promise<EngineRows> {
  return ask('clickhouse', { metadata, ...question })
}

/** The live files of a table as PyIceberg lists them. */
export function pyicebergFiles(
  metadata: string,
  snapshotId?: bigint,
): Promise<readonly LiveFile[]> {
  return ask('files', { metadata, snapshotId })
}

/** What PyIceberg's transform makes of values in canonical JSON. */
export function pyicebergTransform(question: {
  readonly transform: string
  readonly type: string
  readonly values: readonly unknown[]
}): Promise<readonly unknown[]> {
  return ask('transform', question)
}

/** A table that PyIceberg writes with the rows of another; the place of its newest metadata file. */
export function pyicebergCopy(
  metadata: string,
  copy: {
    readonly location: string
    readonly formatVersion: number
    readonly partitions: readonly {
      readonly column: string
      readonly transform: string
      readonly name: string
    }[]
  },
): Promise<string> {
  return ask('copy', { metadata, ...copy })
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
export function pyicebergDigests(metadata: string, column: string): Promise<readonly DayDigest[]> {
  return ask('digests', { metadata, column })
}

/** One for the tests of a file; it starts with the first question. */
let python: LineProcess | null = null

async function endPython(): Promise<void> {
  await python?.close()
  python = null
}

async function ask<Answer>(
  kind: string,
  argument: Readonly<Record<string, unknown>>,
): Promise<Answer> {
  python ??= new LineProcess({
    title: 'Python',
    command: PYTHON,
    args: [fileURLToPath(new URL('python_engines.py', import.meta.url)), ORACLES],
  })
  const line = await python.ask(stringifyJson({ [kind]: argument }), ANSWER_TIMEOUT_MS)
  return (JSON.parse(line) as { readonly answer: Answer }).answer
}
