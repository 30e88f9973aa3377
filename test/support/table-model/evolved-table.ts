import { openWarehouse } from '../../../src/client/warehouse.ts'
import { movingEnvironment } from '../moving-environment.ts'
import { createTable } from './commands.ts'
import { draw } from './draw.ts'
import { anyEvolution, canBeReadAs, evolve } from './evolution.ts'
import { anyInputOf, canBeStored, inputOf } from './input.ts'
import type { TableLayout } from './layout.ts'
import { appended, firstVersion } from './model.ts'
import type { ModelVersion, UnknownTable } from './model.ts'

/** A table that changed between its appends, and what the model says it holds. */
export async function evolvedTable(
  layout: TableLayout,
  seeds: readonly number[],
): Promise<{ table: UnknownTable; version: ModelVersion }> {
  const environment = movingEnvironment()
  const warehouse = await openWarehouse('memory:', { environment, workers: 0 })
  const table = await createTable({ warehouse }, layout)
  let version = firstVersion(layout, environment.nowMs())
  for (const seed of seeds) {
    const step = draw(anyEvolution(version), seed)
    const evolved = evolve(version, [step])
    if (
      typeof evolved !== 'string' &&
      canBeReadAs(evolved.schema, version.snapshots.at(-1)?.rows ?? [])
    ) {
      await table.transaction((tx) => step.tell(tx))
      version = evolved
    }
    const input = draw(anyInputOf({ seen: version, newest: version }), seed)
    if (input.rows.length === 0 || !canBeStored(version.schema.fields)) continue
    await table.append(inputOf(version.schema, input))
    version = appended(version, input.rows, environment.nowMs())
  }
  return { table, version }
}
