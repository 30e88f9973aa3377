/** Two who write to one table over a store that fails. */
import fc from 'fast-check'
import { expect, it } from 'vitest'

import { isKind } from '../../src/base/errors.ts'
import { createFileCatalog } from '../../src/catalog/file-catalog.ts'
import { openWarehouse } from '../../src/client/warehouse.ts'
import { createMemoryStore } from '../../src/io/memory-store.ts'
import { contentOf, openRides, prepareRides } from '../support/fault-scenarios.ts'
import { FAULTS, createFaultyStore } from '../support/faulty-store.ts'
import { movingEnvironment } from '../support/moving-environment.ts'
import { runs } from '../support/runs.ts'

const anyFaults = fc.array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.constantFrom(...FAULTS)), {
  minLength: 1,
  maxLength: 4,
})

it('never lose a row that was acknowledged, nor write one twice', async () => {
  await fc.assert(
    fc.asyncProperty(anyFaults, async (faults) => {
      const store = createFaultyStore(createMemoryStore())
      const environment = movingEnvironment()
      const catalog = createFileCatalog({ store, environment, warehouse: 'memory:' })
      const warehouse = await openWarehouse('memory:', { store, environment, catalog, workers: 0 })
      await prepareRides(warehouse)
      const [left, right] = [await openRides(warehouse), await openRides(warehouse)]
      const before = await contentOf(warehouse)
      const made = store.requests.length
      for (const [request, fault] of faults) store.faults.set(made + request, fault)
      const ends = await Promise.allSettled([
        left.append([{ id: 10, city: 'Oslo' }]),
        right.append([{ id: 11, city: 'Oslo' }]),
      ])
      store.faults.clear()
      await store.landLate()
      const content = await contentOf(warehouse)
      for (const [index, end] of ends.entries()) {
        const copies = content.filter((line) => line === `main: ${10 + index} Oslo`).length
        if (end.status === 'fulfilled') expect(copies).toBe(1)
        else expect(copies).toBeLessThanOrEqual(isKind(end.reason, 'commit-unknown') ? 1 : 0)
      }
      expect(content.filter((line) => !/^main: 1[01] /.test(line))).toEqual(before)
    }),
    runs(40),
  )
})
