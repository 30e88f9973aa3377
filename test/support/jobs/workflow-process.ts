import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('../children/run-workflow.mjs', import.meta.url))
const BUILT = fileURLToPath(new URL('../../../dist/jobs.js', import.meta.url))

export interface WorkflowProcessOptions {
  readonly file: string
  readonly config: string
  readonly variables: Readonly<Record<string, string>>
  /** The change of the file system, counted from 1, before which the process kills itself. */
  readonly dieAt?: number
}

/** What a process says that came to its end. */
export interface WorkflowRun {
  readonly outcomes: readonly string[]
  /** Changes that it made to the file system. */
  readonly changes: number
  readonly durationMs: number
}

export interface WorkflowProcess {
  readonly child: ChildProcess
  /** Resolves when the run begins. */
  readonly ready: Promise<void>
  /** Null when it was killed before its end; rejects when it failed by itself. */
  readonly ended: Promise<WorkflowRun | null>
}

/** Starts a process that runs a workflow file once. */
export function startWorkflow(options: WorkflowProcessOptions): WorkflowProcess {
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
  // Who waits for one of the two learns of a failure by that one.
  ready.catch(() => undefined)
  const ended = new Promise<WorkflowRun | null>((resolve, reject) => {
    child.once('close', (code, signal) => {
      if (code !== 0 && signal !== 'SIGKILL') reject(new Error(failure))
      // The second line is the last.
      else resolve(JSON.parse(said.split('\n')[1] || 'null') as WorkflowRun | null)
    })
  })
  ended.catch(() => undefined)
  return { child, ready, ended }
}
