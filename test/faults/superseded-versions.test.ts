/** Writers whose requests take turns in any order, of a table that lets go of its former versions as soon as it can. */
import * as fc from 'fast-check'
import { expect, it } from 'vitest'

import type { Catalog } from '../../src/catalog/catalog.ts'
import { createFileCatalog } from '../../src/catalog/file-catalog.ts'
import { parseIdentifier } from '../../src/catalog/identifier.ts'
import { versionOf } from '../../src/catalog/metadata-versions.ts'
import { createMemoryStore } from '../../src/io/memory-store.ts'
import { createFaultyStore } from '../support/faulty-store.ts'
import type { Fault } from '../support/faulty-store.ts'
import { fixedEnvironment } from '../support/fixed-environment.ts'
import { newTable, setting } from '../support/new-table.ts'
import { runs } from '../support/runs.ts'
import { collect } from '../support/streams.ts'

const rides = parseIdentifier('city.rides')

const EAGER = {
  'write.metadata.delete-after-commit.enabled': 'true',
  'write.metadata.previous-versions-max': '1',
}

const anyFaults = fc.array(
  fc.tuple(fc.nat(60), fc.constantFrom<Fault[]>('fails', 'applies-then-fails', 'repeats')),
  { maxLength: 3 },
)

it('never lose a commit that was acknowledged, nor take one that was refused, however late they are', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 2, maxLength: 4 }),
      anyFaults,
      async (scheduler, scripts, faults) => {
        const inner = createMemoryStore()
        const store = createFaultyStore(inner)
        const catalog = open(store)
        await catalog.createTable(rides, newTable(catalog.defaultLocation(rides), EAGER))
        for (const [request, fault] of faults) {
          store.faults.set(store.requests.length + 1 + request, fault)
        }
        store.beforeRequest = (request) => scheduler.schedule(Promise.resolve(), request)
        const outcomes = new Map<string, string>()
        const processes = scripts.map(async (commits, process) => {
          for (let commit = 0; commit < commits; commit += 1) {
            const writer = `writer.${process}.${commit}`
            outcomes.set(writer, await outcomeOf(catalog, writer))
          }
        })
        await scheduler.waitFor(Promise.all(processes))
        const { metadata } = await open(inner).loadTable(rides)
        for (const [writer, outcome] of outcomes) {
          if (outcome === 'committed') expect([...metadata.properties.keys()]).toContain(writer)
          if (outcome === 'conflict') expect([...metadata.properties.keys()]).not.toContain(writer)
        }
        const names = await collect(inner.listNames('memory:/city/rides/metadata'))
        const versions = names.map(({ name }) => versionOf(name)).filter((found) => found !== null)
        const landed = [...metadata.properties.keys()].filter((name) => name.startsWith('writer.'))
        expect(versions.length).toBe(1 + landed.length)
        expect(Math.max(...versions)).toBe(versions.length)
      },
    ),
    runs(300),
  )
})

function open(store: Parameters<typeof createFileCatalog>[0]['store']): Catalog {
  return createFileCatalog({ store, environment: fixedEnvironment(), warehouse: 'memory:' })
}

/** What a writer is told of one attempt to commit. */
async function outcomeOf(catalog: Catalog, writer: string): Promise<string> {
  try {
    const base = await catalog.loadTable(rides)
    return (await catalog.commitTable(base, setting({ [writer]: 'was here' }))).kind
  } catch {
    return 'failed'
  }
}
