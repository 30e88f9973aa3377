/** Writers of one table whose requests take turns in any order: commits, drops, and tables made again. */
import * as fc from 'fast-check'
import { expect, it } from 'vitest'

import { isKind } from '../../src/base/errors.ts'
import type { Catalog } from '../../src/catalog/catalog.ts'
import { createFileCatalog } from '../../src/catalog/file-catalog.ts'
import { parseIdentifier } from '../../src/catalog/identifier.ts'
import { createMemoryStore } from '../../src/io/memory-store.ts'
import type { ObjectStore } from '../../src/io/object-store.ts'
import { createFaultyStore } from '../support/faulty-store.ts'
import { fixedEnvironment } from '../support/fixed-environment.ts'
import { newTable, setting } from '../support/new-table.ts'
import { runs } from '../support/runs.ts'
import { WRITER, tableHistory } from '../support/table-history.ts'
import type { HistoryEntry } from '../support/table-history.ts'

const rides = parseIdentifier('city.rides')

const anyScripts = fc.array(
  fc.array(fc.constantFrom('commit', 'commit', 'commit', 'drop', 'create'), {
    minLength: 1,
    maxLength: 4,
  }),
  { minLength: 2, maxLength: 4 },
)

it('never loses, invents or mixes commits, drops and tables of one name', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), anyScripts, async (scheduler, scripts) => {
      const store = createMemoryStore()
      const acknowledged = await run(scripts, store, scheduler)
      const history = await tableHistory(store, 'memory:/city/rides')
      expect(history.map(inWords).sort()).toEqual(acknowledged.map(inWords).sort())
    }),
    runs(300),
  )
})

/** Lets each script be a process that takes its steps one after another; returns what they were told they had done. */
async function run(
  scripts: readonly (readonly string[])[],
  inner: ObjectStore,
  scheduler: fc.Scheduler,
): Promise<HistoryEntry[]> {
  const store = createFaultyStore(inner)
  const catalog = createFileCatalog({
    store,
    environment: fixedEnvironment(),
    warehouse: 'memory:',
  })
  const acknowledged = [await step('create', '', catalog)]
  store.beforeRequest = (request) => scheduler.schedule(Promise.resolve(), request)
  const processes = scripts.map(async (script, process) => {
    for (const [index, action] of script.entries()) {
      acknowledged.push(await step(action, `${process}.${index}`, catalog))
    }
  })
  await scheduler.waitFor(Promise.all(processes))
  return acknowledged.filter((entry) => entry !== null)
}

/** Null when the step was refused. */
async function step(
  action: string,
  writer: string,
  catalog: Catalog,
): Promise<HistoryEntry | null> {
  try {
    if (action === 'create') {
      const { metadata } = await catalog.createTable(
        rides,
        newTable(catalog.defaultLocation(rides)),
      )
      return { kind: 'created', tableUuid: metadata.tableUuid }
    }
    if (action === 'drop') {
      await catalog.dropTable(rides)
      return { kind: 'dropped' }
    }
    const base = await catalog.loadTable(rides)
    const outcome = await catalog.commitTable(base, setting({ [WRITER]: writer }))
    // Nothing fails here, so that nothing is in doubt.
    expect(outcome.kind).not.toBe('unknown')
    const { tableUuid } = base.metadata
    return outcome.kind === 'committed' ? { kind: 'committed', tableUuid, writer } : null
  } catch (error) {
    if (isKind(error, 'not-found') || isKind(error, 'conflict')) return null
    throw error
  }
}

function inWords(entry: HistoryEntry): string {
  return Object.values(entry).join(' ')
}
