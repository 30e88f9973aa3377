/** Processes are killed while they commit to one table of files, at any instant. `FRAZIL_CRASH_*` make it longer. */
import { expect, it } from 'vitest'

import { systemEnvironment } from '../../src/base/environment.ts'
import { createFileCatalog } from '../../src/catalog/file-catalog.ts'
import { parseIdentifier } from '../../src/catalog/identifier.ts'
import { createLocalStore } from '../../src/io/local-store.ts'
import { sizeFromEnvironment, startCommitWriter } from '../support/commit-writers.ts'
import { temporaryFolder } from '../support/folders.ts'
import { setting } from '../support/new-table.ts'
import { collect } from '../support/streams.ts'
import { WRITER, tableHistory } from '../support/table-history.ts'

const ROUNDS = sizeFromEnvironment('FRAZIL_CRASH_ROUNDS', 5)
const PROCESSES = sizeFromEnvironment('FRAZIL_CRASH_PROCESSES', 3)
const LONGEST_LIFE_MS = 150

it(
  'keeps every acknowledged commit of killed processes, and at most one more of each',
  { timeout: 3_600_000 },
  async () => {
    const warehouse = temporaryFolder()
    const store = createLocalStore()
    const catalog = createFileCatalog({ store, environment: systemEnvironment, warehouse })
    const rides = parseIdentifier('city.rides')
    const acknowledged = new Set<string>()
    const inFlight = new Set<string>()

    for (let round = 0; round < ROUNDS; round += 1) {
      const names = Array.from({ length: PROCESSES }, (_, index) => `r${round}p${index}`)
      const lives = await Promise.all(names.map((writer) => liveAndDie(warehouse, writer)))
      for (const [index, lines] of lives.entries()) {
        const commits = lines.filter((line) => line.startsWith('committed '))
        for (const line of commits) acknowledged.add(line.slice('committed '.length))
        inFlight.add(`${names[index]}.${commits.length}`)
      }
      if (!(await catalog.tableExists(rides))) continue

      const history = await tableHistory(store, catalog.defaultLocation(rides))
      const writers = history.flatMap((entry) => (entry.kind === 'committed' ? [entry.writer] : []))
      expect(new Set(writers).size).toBe(writers.length)
      expect([...acknowledged].filter((writer) => !writers.includes(writer))).toEqual([])
      const extra = writers.filter((writer) => !acknowledged.has(writer))
      expect(extra.filter((writer) => !inFlight.has(writer))).toEqual([])

      const base = await catalog.loadTable(rides)
      const after = `r${round}`
      const outcome = await catalog.commitTable(base, setting({ [WRITER]: after }))
      expect(outcome.kind).toBe('committed')
      acknowledged.add(after)
    }

    expect(acknowledged.size).toBeGreaterThan(ROUNDS)
    for (const { location } of await collect(store.list(warehouse))) {
      expect(location).toMatch(
        /\/metadata\/(v\d+\.metadata\.json|version-hint\.text|[0-9a-f-]{36}\.tmp)$/,
      )
    }
  },
)

/** What a process said until it was killed. */
async function liveAndDie(warehouse: string, writer: string): Promise<readonly string[]> {
  const { child, ready, lines } = startCommitWriter({ warehouse, writer, commits: 1_000_000 })
  await ready
  await systemEnvironment.sleep(systemEnvironment.random() * LONGEST_LIFE_MS)
  child.kill('SIGKILL')
  return lines
}
