import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { openWarehouse } from '../../../src/client/warehouse.ts'
import { metadataColumns } from '../../../src/types/reserved-fields.ts'
import { schema, t } from '../../../src/types/define.ts'
import { lineageOf } from '../../support/lineage-rows.ts'
import type { LineageRow } from '../../support/lineage-rows.ts'
import { anotherHandle, newRides, sharedWith } from '../../support/rides.ts'
import type { Rides } from '../../support/rides.ts'
import { runs } from '../../support/runs.ts'

function ridesFrom(first: number, count: number): { id: number; city: string }[] {
  return Array.from({ length: count }, (_, index) => ({
    id: first + index,
    city: (first + index) % 2 === 0 ? 'Oslo' : 'Rome',
  }))
}

describe('rows that are moved to another file (spec: Row Lineage)', () => {
  it('keep their ids and when they were last updated', async () => {
    const rides = await newRides({ formatVersion: 3 })
    await rides.append(ridesFrom(0, 3))
    await rides.append(ridesFrom(3, 2))
    await rides.deleteWhere('id = 1 or id = 3')
    expect(await lineageOf(rides)).toEqual([
      [0n, 0n, 1n],
      [2n, 2n, 1n],
      [4n, 4n, 2n],
    ])
  })

  it('are followed by rows with ids of their own', async () => {
    const rides = await newRides({ formatVersion: 3 })
    await rides.append(ridesFrom(0, 3))
    await rides.overwrite('id = 1', [{ id: 1, city: 'Rome' }])
    const [zero, one, two] = await lineageOf(rides)
    expect([zero, two]).toEqual([
      [0n, 0n, 1n],
      [2n, 2n, 1n],
    ])
    expect(one?.[1]).toBeGreaterThan(2n)
    expect(one?.[2]).toBe(2n)
  })

  it('get ids by their new place where they had none', async () => {
    const rides = await newRides({ formatVersion: 2 })
    await rides.append(ridesFrom(0, 3))
    await rides.transaction((tx) => tx.upgradeFormat(3))
    await rides.deleteWhere('id = 1')
    const lineage = await lineageOf(rides)
    expect(new Set(lineage.map(([, rowId]) => rowId)).size).toBe(2)
    expect(lineage.every(([, rowId]) => rowId !== null)).toBe(true)
  })

  it('keep ids that they got while the commit was under way', async () => {
    const rides = await newRides({ formatVersion: 2 })
    await rides.append(ridesFrom(0, 3))
    await rides.transaction((tx) => tx.upgradeFormat(3))
    const rival = await anotherHandle(rides)
    let between: readonly LineageRow[] = []
    let isTold = false
    const { services } = rides.state
    const commitTable: typeof services.catalog.commitTable = async (...commit) => {
      if (!isTold) {
        isTold = true
        await rival.append(ridesFrom(10, 1))
        between = await lineageOf(rival)
      }
      return services.catalog.commitTable(...commit)
    }
    const catalog = new Proxy(services.catalog, {
      get: (target, name) =>
        name === 'commitTable' ? commitTable : Reflect.get(target, name).bind(target),
    })
    const warehouse = await openWarehouse('memory:', { ...sharedWith(rides), catalog })
    const slow = (await warehouse.loadTable('city.rides')) as unknown as Rides
    await slow.deleteWhere('id = 1')
    expect(await lineageOf(slow)).toEqual(between.filter(([id]) => id !== 1n))
  })

  it('keep ids that a former change of the same commit gave them, at every attempt', async () => {
    const rides = await newRides({ formatVersion: 3 })
    const rival = await anotherHandle(rides)
    await rides.transaction(async (tx) => {
      await tx.append(ridesFrom(0, 3))
      await tx.deleteWhere('id = 1')
      await rival.append(ridesFrom(10, 5))
    })
    const lineage = await lineageOf(rides)
    expect(lineage.slice(0, 2)).toEqual([
      [0n, 5n, 2n],
      [2n, 7n, 2n],
    ])
  })

  it('have columns that readers find by their ids, beside columns of such names', async () => {
    const warehouse = await openWarehouse('memory:')
    const table = await warehouse.createTable('city.odd', {
      formatVersion: 3,
      schema: schema({ id: t.long(), _row_id: t.string() }),
    })
    await table.append([
      { id: 1, _row_id: 'one' },
      { id: 2, _row_id: 'two' },
    ])
    await table.deleteWhere('id = 1')
    expect(await table.scan().toArray()).toEqual([{ id: 2n, _row_id: 'two' }])
    const rows = await table.scan().select('_last_updated_sequence_number').toArray()
    expect(rows).toEqual([{ _last_updated_sequence_number: 1n }])
  })

  it('have no metrics of these columns, whose nulls are values to a reader', async () => {
    const rides = await newRides({ formatVersion: 3 })
    await rides.append(ridesFrom(0, 3))
    await rides.deleteWhere('id = 1')
    const { tasks } = await rides.scan().plan()
    const reserved = new Set(metadataColumns.map(({ id }) => id))
    for (const { file } of tasks) {
      const { valueCounts, nullCounts, lowerBounds, upperBounds } = file.metrics
      for (const ids of [valueCounts, nullCounts, lowerBounds, upperBounds]) {
        expect([...ids.keys()].filter((id) => reserved.has(id))).toEqual([])
      }
    }
  })

  it('always keep what they are known by, whichever others go', async () => {
    const anyStep = fc.oneof(
      fc.record({ kind: fc.constant('append' as const), count: fc.integer({ min: 1, max: 6 }) }),
      fc.record({
        kind: fc.constant('delete' as const),
        from: fc.integer({ min: 0, max: 20 }),
        step: fc.integer({ min: 1, max: 4 }),
      }),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyStep, { minLength: 2, maxLength: 6 }),
        fc.boolean(),
        async (steps, isPartitioned) => {
          const rides = await newRides({
            formatVersion: 3,
            ...(isPartitioned ? { partitionBy: ['city'] } : {}),
          })
          let next = 0
          let known: readonly LineageRow[] = []
          for (const step of steps) {
            if (step.kind === 'append') {
              await rides.append(ridesFrom(next, step.count))
              next += step.count
            } else {
              const ids = Array.from({ length: 5 }, (_, index) => step.from + index * step.step)
              await rides.deleteWhere(ids.map((id) => `id = ${id}`).join(' or '))
            }
            const lineage = await lineageOf(rides)
            const now = new Map(lineage.map((row) => [row[0], row]))
            for (const row of known) {
              const found = now.get(row[0])
              if (found !== undefined) expect(found).toEqual(row)
            }
            expect(new Set(lineage.map(([, rowId]) => rowId)).size).toBe(lineage.length)
            known = lineage
          }
        },
      ),
      runs(40),
    )
  })
})
