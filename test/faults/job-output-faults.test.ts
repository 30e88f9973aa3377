import fc from 'fast-check'
import { expect, it } from 'vitest'

import { systemEnvironment } from '../../src/base/environment.ts'
import { isKind } from '../../src/base/errors.ts'
import { createFileCatalog } from '../../src/catalog/file-catalog.ts'
import { openWarehouse } from '../../src/client/warehouse.ts'
import { createMemoryStore } from '../../src/io/memory-store.ts'
import type { ObjectStore } from '../../src/io/object-store.ts'
import type { Lake } from '../../src/jobs/lake.ts'
import { writeOutput } from '../../src/jobs/sinks/write-output.ts'
import type { WriteMode } from '../../src/jobs/workflow/model.ts'
import { createFaultyStore } from '../support/faulty-store.ts'
import { labLake, rowsAs, tableOutput } from '../support/jobs/sinks.ts'
import { runs } from '../support/runs.ts'
import { collect } from '../support/streams.ts'

const NAME = 'city.rides'

async function lakeOn(store: ObjectStore): Promise<Lake> {
  const environment = { ...systemEnvironment, sleep: async () => undefined }
  const catalog = createFileCatalog({ store, environment, warehouse: 'memory:' })
  const warehouse = await openWarehouse('memory:', { store, catalog, environment, workers: 0 })
  return {
    ...labLake(),
    locate: async () => ({ warehouse, name: NAME }),
    loadTable: () => warehouse.loadTable(NAME),
  }
}

/** The rows and the state of the table as a reader finds it; null before there is one. */
async function found(lake: Lake): Promise<{ ids: readonly number[]; state: string | null } | null> {
  try {
    const table = await lake.loadTable({ ...tableOutput().dataset })
    const rows = await collect(table.scan())
    const ids = rows.map(({ id }) => Number(id)).toSorted((left, right) => left - right)
    return { ids, state: table.properties.get('state') ?? null }
  } catch (error) {
    if (isKind(error, 'not-found')) return null
    throw error
  }
}

it('never shows rows without their state, or some of the rows, whichever request fails, in any mode', async () => {
  const modes: readonly WriteMode[] = ['append', 'overwrite', 'overwrite-partitions', 'ignore']
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...modes),
      fc.boolean(),
      fc.integer({ min: 1, max: 30 }),
      fc.constantFrom('fails', 'applies-then-fails'),
      async (mode, isThere, request, fault) => {
        const inner = createMemoryStore()
        const whole = await lakeOn(inner)
        const write = (lake: Lake, id: number, state: string): Promise<unknown> =>
          writeOutput(
            tableOutput({ mode, partitionSpec: [] }),
            rowsAs('id long', { id: BigInt(id) }, { id: BigInt(id + 1) }),
            { lake, jobId: 'j', describe: (tx) => tx.setProperties({ state }) },
          )
        if (isThere) await write(whole, 1, 'first')
        const before = await found(whole)
        const faulty = createFaultyStore(inner, [[request, fault]])
        const isDone = await write(await lakeOn(faulty), 3, 'second').then(
          () => true,
          () => false,
        )
        const kept = isThere && (mode === 'append' || mode === 'ignore') ? [1, 2] : []
        const isLeft = isThere && mode === 'ignore'
        const after = isLeft ? before : { ids: [...kept, 3, 4], state: 'second' }
        const now = await found(whole)
        const untouched = [before, ...(isThere ? [] : [{ ids: [], state: null }])]
        if (isDone) expect(now).toEqual(after)
        else expect([...untouched, after]).toContainEqual(now)
      },
    ),
    runs(60),
  )
})
