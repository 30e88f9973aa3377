/** Processes that know nothing of each other commit to one table of files. `FRAZIL_RACE_*` make it larger. */
import { expect, it } from 'vitest'

import { createLocalStore } from '../../src/io/local-store.ts'
import { sizeFromEnvironment, startCommitWriter } from '../support/commit-writers.ts'
import { temporaryFolder } from '../support/folders.ts'
import { collect } from '../support/streams.ts'
import { tableHistory } from '../support/table-history.ts'

const PROCESSES = sizeFromEnvironment('FRAZIL_RACE_PROCESSES', 4)
const COMMITS = sizeFromEnvironment('FRAZIL_RACE_COMMITS', 25)

it(
  'puts every acknowledged commit of racing processes into the history once',
  { timeout: 600_000 },
  async () => {
    const warehouse = temporaryFolder()
    const writers = Array.from({ length: PROCESSES }, (_, index) =>
      startCommitWriter({ warehouse, writer: `p${index}`, commits: COMMITS }),
    )
    const lines = (await Promise.all(writers.map((writer) => writer.lines))).flat()
    expect(lines.filter((line) => line === 'created')).toHaveLength(1)
    const acknowledged = lines.filter((line) => line.startsWith('committed '))
    expect(acknowledged).toHaveLength(PROCESSES * COMMITS)

    const store = createLocalStore()
    const [first, ...rest] = await tableHistory(store, `${warehouse}/city/rides`)
    expect(first?.kind).toBe('created')
    const committed = rest.map(
      (entry) => `committed ${entry.kind === 'committed' ? entry.writer : ''}`,
    )
    expect(committed.sort()).toEqual(acknowledged.sort())

    const files = await collect(store.list(warehouse))
    expect(files).toHaveLength(1 + rest.length + 1)
  },
)
