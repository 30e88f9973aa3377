/**
 * Processes are stopped while they change one table, at any instant or right before they give a version its name, and go on
 * when others have committed: they overwrite nothing. `FRAZIL_STOPS` says how often.
 */
import { expect, it } from 'vitest'

import { systemEnvironment } from '../../src/base/environment.ts'
import { expectHistory, failureKinds, tallyOf } from '../support/commit-history/expect-history.ts'
import type { Operation } from '../support/commit-history/operation.ts'
import {
  ALL_ACTIONS,
  PATIENT,
  sizeFromEnvironment,
  startTableWriter,
} from '../support/commit-writers.ts'
import type { TableWriter, WriterOptions } from '../support/commit-writers.ts'
import { temporaryFolder } from '../support/folders.ts'

const STOPS = sizeFromEnvironment('FRAZIL_STOPS', 8)
/** Commits of the others before a stopped one goes on. */
const MEANWHILE = 2
const LONGEST_RUN_MS = 60

it(
  'lets writers that were stopped overwrite nothing when they go on',
  { timeout: 7_200_000 },
  async () => {
    const warehouse = temporaryFolder()
    const others = [1, 2, 3].map((number) => startTableWriter(writerOf(warehouse, number)))
    await Promise.all(others.map(({ ready }) => ready))
    // It would stop itself at the making of the table, too.
    const first = startTableWriter({ ...writerOf(warehouse, 0), failpoint: BEFORE_ITS_NAME })
    const writers = [first, ...others]
    for (let stop = 0; stop < STOPS; stop += 1) {
      await pause(chance() * LONGEST_RUN_MS)
      const stopped = stop % 2 === 0 ? await atFailpoint(first) : stoppedAnywhere(others)
      await othersCommit(writers, stopped)
      await stopped.resume()
    }
    const operations = await finish(writers)
    console.log(tallyOf(operations))
    await expectHistory({ warehouse }, operations)
    for (const kind of failureKinds(operations)) {
      expect(kind).toBeOneOf(['conflict', 'invalid', 'not-found'])
    }
  },
)

function writerOf(warehouse: string, number: number): WriterOptions {
  return {
    warehouse,
    writer: `p${number}`,
    number,
    commits: 1_000_000,
    actions: ALL_ACTIONS,
    properties: PATIENT,
  }
}

const BEFORE_ITS_NAME = { at: 'before-link', signal: 'SIGSTOP', chance: 0.5 } as const

async function atFailpoint(writer: TableWriter): Promise<TableWriter> {
  while (!writer.isAtFailpoint() && writer.child.exitCode === null) await pause(5)
  return writer
}

function stoppedAnywhere(writers: readonly TableWriter[]): TableWriter {
  const stopped = writers[Math.floor(chance() * writers.length)]
  if (stopped === undefined) throw new Error('there are writers')
  stopped.child.kill('SIGSTOP')
  return stopped
}

/** Waits until writers other than the stopped one have made commits; all of them may be at a failpoint too. */
async function othersCommit(writers: readonly TableWriter[], stopped: TableWriter): Promise<void> {
  const others = writers.filter((writer) => writer !== stopped)
  const count = (): number => others.reduce((sum, { commits }) => sum + commits(), 0)
  const enough = count() + MEANWHILE
  while (count() < enough) {
    await pause(5)
    // One that has failed says so.
    const over = writers.filter(({ child }) => child.exitCode !== null)
    await Promise.all(over.map(({ ended }) => ended))
  }
}

/** Whoever still stops itself on the way to its end goes on at once. */
async function finish(writers: readonly TableWriter[]): Promise<readonly Operation[]> {
  for (const writer of writers) writer.finish()
  while (writers.some(({ child }) => child.exitCode === null)) {
    await Promise.all(writers.map(({ resume }) => resume()))
    await pause(5)
  }
  return (await Promise.all(writers.map(({ ended }) => ended))).flat()
}

function pause(durationMs: number): Promise<void> {
  return systemEnvironment.sleep(durationMs)
}

function chance(): number {
  return systemEnvironment.random()
}
