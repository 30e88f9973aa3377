import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import { onTestFinished } from 'vitest'

import type { AppendsOfOptions } from '../../src/jobs/sources/table-stream-options.ts'
import type { FilesOptions } from '../../src/jobs/sources/files-stream-options.ts'
import type { KafkaOptions } from '../../src/jobs/sources/kafka/kafka-options.ts'
import type { BatchReport } from '../../src/jobs/stream/batch-report.ts'
import type { StreamTrigger } from '../../src/jobs/stream-job.ts'

const PROGRAM = fileURLToPath(new URL('children/stream-runner.mjs', import.meta.url))
const BUILT = fileURLToPath(new URL('../../dist/jobs.js', import.meta.url))

/** The name that the stream of these processes has. */
export const STREAM_ID = 'kills'

/** What a process reads; its columns are those of the table that it writes to. */
export type SourceOfProcess =
  | ({ readonly kind: 'files'; readonly of: string } & Omit<FilesOptions, 'schema' | 'store'>)
  | ({ readonly kind: 'appends'; readonly of: string } & AppendsOfOptions)
  | ({ readonly kind: 'topic'; readonly of: string } & Omit<KafkaOptions, 'schema'>)

export interface StreamProcessOptions {
  readonly warehouse: string
  readonly table: string
  /** Another table that has the same rows. */
  readonly copy?: string
  readonly checkpoint: string
  readonly source: SourceOfProcess
  readonly trigger: StreamTrigger
  /** Whether the table keeps nothing but its newest snapshot after each batch. */
  readonly expires?: boolean
  /** The change of the file system, counted from 1, before which the process kills itself. */
  readonly dieAt?: number
}

/** A batch that a process said it has done. */
export interface DoneBatch extends Pick<BatchReport, 'epoch' | 'outcome'> {
  readonly rows: number
}

/** What a process did until it ended, or was killed. */
export interface StreamRun {
  readonly batches: readonly DoneBatch[]
  /** Of a process that came to its end: its changes of the file system. */
  readonly changes: number | null
}

export interface StreamProcess {
  readonly child: ChildProcess
  /** Resolves when the stream begins; rejects when the process ends before. */
  readonly ready: Promise<void>
  /** Resolves when so many batches are done, or it has ended. */
  readonly did: (batches: number) => Promise<void>
  /** Rejects when it failed by itself, with what it failed with. */
  readonly ended: Promise<StreamRun>
}

type Line =
  | { readonly ready: true }
  | { readonly passed: string }
  | { readonly changes: number }
  | DoneBatch

/** Starts a process that runs a stream until it is killed, it is done or the test ends. */
export function startStream(options: StreamProcessOptions): StreamProcess {
  if (!existsSync(BUILT)) {
    throw new Error('the processes of this test run from dist: run `npm run build` before')
  }
  const child = spawn(process.execPath, [PROGRAM, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let failure = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    failure += text
  })
  const batches: DoneBatch[] = []
  let changes: number | null = null
  const waiting = new Set<() => void>()
  const ready = new Promise<void>((resolve, reject) => {
    createInterface(child.stdout).on('line', (text) => {
      const line = JSON.parse(text) as Line
      if ('ready' in line) resolve()
      if ('epoch' in line) batches.push(line)
      for (const look of waiting) look()
      if ('changes' in line) changes = line.changes
    })
    child.once('close', () => reject(new Error(`the process ended: ${failure}`)))
  })
  const ended = new Promise<StreamRun>((resolve, reject) => {
    child.once('close', (code, signal) => {
      if (code === 0 || signal === 'SIGKILL') resolve({ batches, changes })
      else reject(new Error(failure))
    })
  })
  // Who waits for one of the two learns of a failure by that one.
  ready.catch(() => undefined)
  ended.catch(() => undefined)
  const did = async (wanted: number): Promise<void> => {
    const reached = new Promise<void>((resolve) => {
      const look = (): void => {
        if (batches.length < wanted) return
        waiting.delete(look)
        resolve()
      }
      waiting.add(look)
      look()
    })
    await Promise.race([reached, ended.catch(() => undefined)])
  }
  return { child, ready, did, ended }
}
