import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('children/commit-writer.mjs', import.meta.url))
const BUILT = fileURLToPath(new URL('../../dist/catalog/file-catalog.js', import.meta.url))

export interface CommitWriter {
  readonly child: ChildProcess
  /** Resolves once it runs. */
  readonly ready: Promise<void>
  /** What it said until it ended, whole lines; rejects when it failed by itself. */
  readonly lines: Promise<readonly string[]>
}

/** Starts a process that commits to `city.rides`. */
export function startCommitWriter(options: {
  readonly warehouse: string
  readonly writer: string
  readonly commits: number
}): CommitWriter {
  if (!existsSync(BUILT))
    throw new Error('the processes of this test run from dist: run tsc before')
  const child = spawn(process.execPath, [PROGRAM, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  let failure = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    failure += text
  })
  const ready = new Promise<void>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text
      resolve()
    })
    child.once('close', () => reject(new Error(failure)))
  })
  // Who does not wait for a writer to be ready learns of its failure by its lines.
  ready.catch(() => undefined)
  const lines = new Promise<readonly string[]>((resolve, reject) => {
    child.once('close', (code, signal) => {
      if (code === 0 || signal === 'SIGKILL') resolve(said.split('\n').slice(0, -1))
      else reject(new Error(failure))
    })
  })
  return { child, ready, lines }
}

/** A size that can be raised for a deeper run, such as `FRAZIL_RACE_COMMITS=500`. */
export function sizeFromEnvironment(name: string, fallback: number): number {
  return Number(process.env[name] ?? fallback)
}
