/** Whole tables against a model: everything that users do, in any order, over tables of any shape. */
import fc from 'fast-check'
import { describe, it } from 'vitest'

import { openWarehouse } from '../../src/client/warehouse.ts'
import { temporaryFolder } from '../support/folders.ts'
import { movingEnvironment } from '../support/moving-environment.ts'
import { runs } from '../support/runs.ts'
import { TABLE, anyCommands, createTable } from '../support/table-model/commands.ts'
import { anyTableLayout } from '../support/table-model/layout.ts'
import type { TableLayout } from '../support/table-model/layout.ts'
import { newModelTable } from '../support/table-model/model.ts'
import { checkSnapshots } from '../support/table-model/step.ts'
import type { Model, Real, UnknownTable } from '../support/table-model/model.ts'

/** Two handles on a new table, and the model of both. */
async function openWorld(
  location: string,
  layout: TableLayout,
): Promise<{ readonly model: Model; readonly real: Real }> {
  const environment = movingEnvironment()
  const warehouse = await openWarehouse(location, { environment })
  const created: UnknownTable = await createTable({ warehouse }, layout)
  const other = await warehouse.loadTable(TABLE)
  const current = newModelTable(environment)
  return {
    model: {
      layout,
      current,
      handles: [
        { table: current, seen: 0 },
        { table: current, seen: 0 },
      ],
    },
    real: { warehouse, environment, handles: [created, other], files: new Map() },
  }
}

const MAX_COMMANDS = 15

interface Place {
  readonly name: string
  readonly locate: () => string
  readonly histories: number
}

const places: readonly Place[] = [
  { name: 'in memory', locate: () => 'memory:', histories: 220 },
  { name: 'in local files', locate: temporaryFolder, histories: 40 },
]

describe.each(places)('a table $name', ({ locate, histories }) => {
  it(
    'always is what the model says',
    async () => {
      const anyHistory = anyTableLayout.chain((layout) =>
        fc.record({ layout: fc.constant(layout), commands: anyCommands(layout, MAX_COMMANDS) }),
      )
      await fc.assert(
        fc.asyncProperty(anyHistory, async ({ layout, commands }) => {
          const world = await openWorld(locate(), layout)
          await fc.asyncModelRun(() => world, commands)
          await checkSnapshots(world.model, world.real)
        }),
        runs(histories),
      )
    },
    120_000 * Math.max(1, Number(process.env['FC_RUNS'] ?? '1')),
  )
})
