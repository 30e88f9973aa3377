/** Processes change one table of files in every way at once. `FRAZIL_MIXED_*` make it larger. */
import { expect, it } from 'vitest'

import { expectHistory, failureKinds, tallyOf } from '../support/commit-history/expect-history.ts'
import {
  ALL_ACTIONS,
  PATIENT,
  sizeFromEnvironment,
  startTableWriter,
} from '../support/commit-writers.ts'
import { temporaryFolder } from '../support/folders.ts'

const PROCESSES = sizeFromEnvironment('FRAZIL_MIXED_PROCESSES', 3)
const COMMITS = sizeFromEnvironment('FRAZIL_MIXED_COMMITS', 15)

it(
  'leaves what the changes of racing processes leave one after another, each on what it had validated',
  { timeout: 3_600_000 },
  async () => {
    const warehouse = temporaryFolder()
    const writers = Array.from({ length: PROCESSES }, (_, number) =>
      startTableWriter({
        warehouse,
        writer: `p${number}`,
        number,
        commits: COMMITS,
        actions: ALL_ACTIONS,
        properties: PATIENT,
      }),
    )
    const operations = (await Promise.all(writers.map(({ ended }) => ended))).flat()
    const tally = tallyOf(operations)
    console.log(tally)
    expect(tally.acknowledged).toBe(PROCESSES * COMMITS + 1)
    expect(tally.unknown).toBe(0)
    await expectHistory({ warehouse }, operations)
    // What else may be refused is what another commit has dropped or expired meanwhile.
    for (const kind of failureKinds(operations)) {
      expect(kind).toBeOneOf(['conflict', 'invalid', 'not-found'])
    }
  },
)
