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
import type { TableWriter } from '../support/commit-writers.ts'
import { temporaryFolder } from '../support/folders.ts'

const STOPS = sizeFromEnvironment('FRAZIL_STOPS', 12)
const PROCESSES = 4
/** Commits of the others before a stopped one goes on. */
const MEANWHILE = 2
const LONGEST_RUN_MS = 60

it(
  'lets writers that were stopped overwrite nothing when they go on',
  { timeout: 7_200_000 },
  async () => {
    const warehouse = temporaryFolder()
    const writers = Array.from({ length: PROCESSES }, (_, number) =>
      startTableWriter({
        warehouse,
        writer: `p${number}`,
        number,
        commits: 1_000_000,
        actions: ALL_ACTIONS,
        properties: PATIENT,
        // The others are stopped from outside.
        ...(number === 0 ? { failpoint: BEFORE_ITS_NAME } : {}),
      }),
    )
    await Promise.all(writers.map(({ ready }) => ready))
    const stops = { atFailpoint: 0, anywhere: 0 }
    while (stops.atFailpoint + stops.anywhere < STOPS) {
      await pause(chance() * LONGEST_RUN_MS)
      const [first, ...others] = writers
      const isItself = first?.isAtFailpoint() ?? false
      const stopped = isItself ? first : others[Math.floor(chance() * others.length)]
      if (stopped === undefined) throw new Error('there are writers')
      if (!isItself) stopped.child.kill('SIGSTOP')
      await othersCommit(writers, stopped)
      stopped.resume()
      stops[isItself ? 'atFailpoint' : 'anywhere'] += 1
    }
    const operations = await finish(writers)
    console.log({ ...stops, ...tallyOf(operations) })
    expect(stops.atFailpoint).toBeGreaterThan(STOPS / 10)
    await expectHistory({ warehouse }, operations)
    for (const kind of failureKinds(operations)) {
      expect(kind).toBeOneOf(['conflict', 'invalid', 'not-found'])
    }
  },
)

const BEFORE_ITS_NAME = { at: 'before-link', signal: 'SIGSTOP', chance: 0.5 } as const

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

async function finish(writers: readonly TableWriter[]): Promise<readonly Operation[]> {
  for (const writer of writers) writer.finish()
  const wakeUp = setInterval(() => {
    for (const writer of writers) writer.resume()
  }, 20)
  try {
    return (await Promise.all(writers.map(({ ended }) => ended))).flat()
  } finally {
    clearInterval(wakeUp)
  }
}

function pause(durationMs: number): Promise<void> {
  return systemEnvironment.sleep(durationMs)
}

function chance(): number {
  return systemEnvironment.random()
}
