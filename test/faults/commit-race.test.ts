/** Processes that know nothing of each other append to one table of files. `FRAZIL_RACE_*` make it larger. */
import { expect, it } from 'vitest'

import { expectHistory, tallyOf } from '../support/commit-history/expect-history.ts'
import {
  APPENDS,
  PATIENT,
  sizeFromEnvironment,
  startTableWriter,
} from '../support/commit-writers.ts'
import { temporaryFolder } from '../support/folders.ts'

const PROCESSES = sizeFromEnvironment('FRAZIL_RACE_PROCESSES', 4)
const COMMITS = sizeFromEnvironment('FRAZIL_RACE_COMMITS', 10)
/** What a writer may need for one commit next to fifteen others. */
const MOST_ATTEMPTS = 50

it(
  'puts every acknowledged append of racing processes into the history once, and lets none of them starve',
  { timeout: 3_600_000 },
  async () => {
    const warehouse = temporaryFolder()
    const writers = Array.from({ length: PROCESSES }, (_, number) =>
      startTableWriter({
        warehouse,
        writer: `p${number}`,
        number,
        commits: COMMITS,
        actions: APPENDS,
        properties: PATIENT,
      }),
    )
    const operations = (await Promise.all(writers.map(({ ended }) => ended))).flat()
    const tally = tallyOf(operations)
    console.log(tally)
    const creates = operations.filter(({ effects }) => effects[0]?.kind === 'create')
    expect(creates.filter(({ end }) => end?.outcome === 'ok')).toHaveLength(1)
    expect(tally.acknowledged).toBe(PROCESSES * COMMITS + 1)
    expect(tally.maxAttempts).toBeLessThanOrEqual(MOST_ATTEMPTS)
    await expectHistory({ warehouse }, operations)
  },
)
