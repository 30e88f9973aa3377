import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('./children/stream-producer.mjs', import.meta.url))
const BUILT = fileURLToPath(new URL('../../dist/index.js', import.meta.url))

export interface ProducerProcessOptions {
  readonly warehouse: string
  readonly table: string
  readonly producer: string
  /** Written are batches 1 to this one. */
  readonly batches: number
  /** The change of the file system, counted from 1, before which the process kills itself. */
  readonly dieAt?: number
}

/** What a process said before its end. */
export interface ProducerRun {
  /** Where its producer stood when it began, and after each commit. */
  readonly positions: readonly number[]
  /** Of a process that came to its end: its changes of the file system. */
  readonly changes: number | null
  /** What it failed with; empty where it was killed, or did not fail. */
  readonly failure: string
}

export interface ProducerProcess {
  readonly child: ChildProcess
  readonly ended: Promise<ProducerRun>
}

/** Starts a process that writes what its producer has not written yet. */
export function startProducer(options: ProducerProcessOptions): ProducerProcess {
  if (!existsSync(BUILT)) {
    throw new Error('the processes of this test run from dist: run npm run build before')
  }
  const child = spawn(process.execPath, [PROGRAM, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  let failure = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    failure += text
  })
  const ended = new Promise<ProducerRun>((resolve) => {
    child.once('close', () => {
      const lines = said
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as { position: number; changes?: number })
      const changes = lines.at(-1)?.changes ?? null
      resolve({ positions: lines.map(({ position }) => position), changes, failure })
    })
  })
  return { child, ended }
}
