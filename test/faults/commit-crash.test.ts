/**
 * Processes are killed while they change one table of files in every way: at any instant, or right before or after they give a
 * version its name. `FRAZIL_CRASH_KILLS` says how often.
 */
import { expect, it } from 'vitest'

import { systemEnvironment } from '../../src/base/environment.ts'
import { createLocalStore } from '../../src/io/local-store.ts'
import { expectHistory, tallyOf } from '../support/commit-history/expect-history.ts'
import type { Operation } from '../support/commit-history/operation.ts'
import {
  ALL_ACTIONS,
  PATIENT,
  sizeFromEnvironment,
  startTableWriter,
} from '../support/commit-writers.ts'
import type { TableWriter } from '../support/commit-writers.ts'
import { temporaryFolder } from '../support/folders.ts'
import { collect } from '../support/streams.ts'

const KILLS = sizeFromEnvironment('FRAZIL_CRASH_KILLS', 8)
const LANES = 4
/** Of one table: its metadata grows with what was done to it. */
const KILLS_OF_A_TABLE = 100
/** Of one that has made as many commits as it should. */
const LONGEST_LIFE_MS = 200

it(
  'keeps every acknowledged commit of killed processes, and at most one more of each',
  { timeout: 7_200_000 },
  async () => {
    const all: Operation[] = []
    for (let kills = 0; kills < KILLS; kills += KILLS_OF_A_TABLE) {
      const warehouse = temporaryFolder()
      const operations = await killWriters(warehouse, Math.min(KILLS - kills, KILLS_OF_A_TABLE))
      await expectHistory({ warehouse }, operations)
      await expectNothingHalfMade(warehouse)
      all.push(...operations)
    }
    const tally = tallyOf(all)
    console.log(tally)
    expect(tally.acknowledged).toBeGreaterThan(0)
  },
)

/** Lanes of writers, each of which is killed before the next one of its lane starts. */
async function killWriters(warehouse: string, kills: number): Promise<readonly Operation[]> {
  const operations: Operation[] = []
  let started = 0
  const lane = async (): Promise<void> => {
    while (started < kills) operations.push(...(await liveAndDie(warehouse, (started += 1))))
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  return operations
}

/** Half of them end by themselves where it matters most, the others are killed wherever they are. */
async function liveAndDie(warehouse: string, number: number): Promise<readonly Operation[]> {
  const failpoint = FAILPOINTS[number % (2 * FAILPOINTS.length)]
  const writer = startTableWriter({
    warehouse,
    writer: `p${number}`,
    number,
    commits: 1_000_000,
    actions: ALL_ACTIONS,
    properties: PATIENT,
    ...(failpoint === undefined ? {} : { failpoint }),
  })
  if (failpoint === undefined) await killSomewhere(writer)
  return writer.ended
}

const FAILPOINTS = [
  { at: 'before-link', signal: 'SIGKILL', chance: 0.3 },
  { at: 'after-link', signal: 'SIGKILL', chance: 0.3 },
] as const

/** Once it has begun, or in the midst of its work. */
async function killSomewhere({ child, ready, commits }: TableWriter): Promise<void> {
  await ready
  const fewest = Math.floor(systemEnvironment.random() * 3)
  while (commits() < fewest && child.exitCode === null) await systemEnvironment.sleep(5)
  await systemEnvironment.sleep(systemEnvironment.random() * LONGEST_LIFE_MS)
  child.kill('SIGKILL')
}

/** What crashes leave under a name of their own is nothing that anybody could take for a version. */
async function expectNothingHalfMade(warehouse: string): Promise<void> {
  for (const { location } of await collect(createLocalStore().list(warehouse))) {
    expect(location).toMatch(
      /\/metadata\/(v\d+\.metadata\.json|version-hint\.text|[\w-]+\.avro)$|\.parquet$|\/[0-9a-f-]{36}\.tmp$/,
    )
  }
}
