import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import { onTestFinished } from 'vitest'

import { systemEnvironment } from '../../src/base/environment.ts'
import type { WarehouseOptions } from '../../src/client/warehouse.ts'
import type { Operation, OperationEnd } from './commit-history/operation.ts'

const PROGRAM = fileURLToPath(new URL('children/table-writer.mjs', import.meta.url))
const BUILT = fileURLToPath(new URL('../../dist/index.js', import.meta.url))

/** The table that the writers change. */
export const TABLE = 'city.rides'

/** What a writer draws from. A read takes as long as thousands of small files take. */
export const APPENDS: readonly string[] = [
  ...repeated('append', 500),
  ...repeated('expire', 10),
  'read',
]
export const ALL_ACTIONS: readonly string[] = [
  ...repeated('append', 5),
  ...repeated('replace-partitions', 4),
  ...repeated('overwrite', 4),
  ...repeated('delete', 3),
  ...repeated('append-and-delete', 2),
  ...repeated('property', 2),
  ...repeated('tag', 2),
  ...repeated('read', 4),
  'add-column',
  'drop-column',
  'drop-tag',
  'branch',
  'roll-back',
  'expire',
]

/** Writers try again for as long as it takes, but not so long that a test only waits. */
export const PATIENT: Readonly<Record<string, string>> = {
  'commit.retry.num-retries': '1000',
  'commit.retry.min-wait-ms': '10',
  'commit.retry.max-wait-ms': '2000',
}

export interface WriterOptions {
  readonly warehouse: string
  readonly storage?: Pick<WarehouseOptions, 's3'>
  /** Names it in reports, and the columns that it adds. */
  readonly writer: string
  /** No other writer of the table has it. */
  readonly number: number
  readonly commits: number
  readonly actions: readonly string[]
  readonly properties: Readonly<Record<string, string>>
  /** Where it ends or stops itself, on local files. */
  readonly failpoint?: {
    readonly at: 'before-link' | 'after-link'
    readonly signal: 'SIGKILL' | 'SIGSTOP'
    readonly chance: number
  }
}

export interface TableWriter {
  readonly child: ChildProcess
  /** Resolves once it has the table open; rejects when it ends before. */
  readonly ready: Promise<void>
  /** What it did until it ended or was killed; rejects when it failed by itself. */
  readonly ended: Promise<readonly Operation[]>
  /** How many commits it was told of until now. */
  readonly commits: () => number
  /** Whether it has stopped itself, or is about to, and has not gone on. */
  readonly isAtFailpoint: () => boolean
  /** Resolves when it goes on. */
  readonly resume: () => Promise<void>
  /** Lets it end with the operation that it is at. */
  readonly finish: () => void
}

const RESUME_AGAIN_MS = 5

/** Starts a process that makes the table, unless it is there, and changes it until the test ends at the latest. */
export function startTableWriter(options: WriterOptions): TableWriter {
  if (!existsSync(BUILT))
    throw new Error('the processes of this test run from dist: run `npm run build` before')
  const child = spawn(process.execPath, [PROGRAM, JSON.stringify(options)])
  onTestFinished(() => void child.kill('SIGKILL'))
  const log = new WriterLog(options.writer)
  let failure = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    failure += text
  })
  const lines = createInterface(child.stdout)
  const ready = new Promise<void>((resolve, reject) => {
    lines.on('line', (line) => {
      if (log.take(JSON.parse(line) as Line)) resolve()
    })
    child.once('close', () => reject(new Error(`${options.writer} ended: ${failure}`)))
  })
  // Who does not wait for a writer to be ready learns of its failure by its end.
  ready.catch(() => undefined)
  const ended = new Promise<readonly Operation[]>((resolve, reject) => {
    child.once('close', (code, signal) => {
      if (code === 0 || signal === 'SIGKILL') resolve(log.operations())
      else reject(new Error(`${options.writer} failed: ${failure}`))
    })
  })
  ended.catch(() => undefined)
  return {
    child,
    ready,
    ended,
    commits: () => log.commits,
    isAtFailpoint: () => log.isAtFailpoint,
    resume: async () => {
      child.kill('SIGCONT')
      // It may have stopped itself only now.
      while (log.isAtFailpoint && child.exitCode === null) {
        await systemEnvironment.sleep(RESUME_AGAIN_MS)
        child.kill('SIGCONT')
      }
    },
    finish: () => child.stdin.end(),
  }
}

/** Lines of a writer. */
type Line =
  | { readonly ready: true }
  | { readonly failpoint: string | null }
  | (Pick<Operation, 'base' | 'effects'> & { readonly invoked: string; readonly at: number })
  | (OperationEnd & { readonly ended: string })

/** What a writer said so far. */
class WriterLog {
  readonly #writer: string
  readonly #operations = new Map<string, Operation>()
  commits = 0
  isAtFailpoint = false

  constructor(writer: string) {
    this.#writer = writer
  }

  /** Whether it says that it is ready. */
  take(line: Line): boolean {
    if ('failpoint' in line) this.isAtFailpoint = line.failpoint !== null
    if ('invoked' in line) {
      const { invoked: id, at: invokedAt, base, effects } = line
      this.#operations.set(id, { id, process: this.#writer, invokedAt, base, effects, end: null })
    } else if ('ended' in line) {
      const { ended, ...end } = line
      const operation = this.#operations.get(ended)
      if (operation === undefined) throw new Error(`${this.#writer} ended what it had not begun`)
      this.#operations.set(ended, { ...operation, end })
      if (end.outcome === 'ok') this.commits += 1
    }
    return 'ready' in line
  }

  operations(): readonly Operation[] {
    return [...this.#operations.values()]
  }
}

/** A size that can be raised for a deeper run, such as `FRAZIL_RACE_COMMITS=500`. */
export function sizeFromEnvironment(name: string, fallback: number): number {
  return Number(process.env[name] ?? fallback)
}

function repeated(action: string, times: number): readonly string[] {
  return Array.from({ length: times }, () => action)
}
