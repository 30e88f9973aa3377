import { createFileCatalog } from '../../../src/catalog/file-catalog.ts'
import { openWarehouse } from '../../../src/client/warehouse.ts'
import type { ObjectStore } from '../../../src/io/object-store.ts'
import { createFaultyStore } from '../faulty-store.ts'
import { movingEnvironment } from '../moving-environment.ts'
import { TABLE, createTable } from './commands.ts'
import type { TableLayout } from './layout.ts'
import { firstVersion } from './model.ts'
import type { Model, Real, UnknownTable } from './model.ts'

/** Two handles on a new table, and the model of both. */
export async function openWorld(
  { store: inner, location }: { readonly store: ObjectStore; readonly location: string },
  layout: TableLayout,
): Promise<{ readonly model: Model; readonly real: Real }> {
  const environment = movingEnvironment()
  const store = createFaultyStore(inner)
  const catalog = createFileCatalog({ store, environment, warehouse: location })
  const options = { store, catalog, environment, workers: 0 }
  const warehouse = await openWarehouse(location, options)
  const created: UnknownTable = await createTable({ warehouse }, layout)
  const other = await warehouse.loadTable(TABLE)
  const newest = firstVersion(layout, environment.nowMs())
  const current = { newest, isDropped: false }
  return {
    model: {
      layout,
      current,
      handles: [
        { table: current, seen: newest },
        { table: current, seen: newest },
      ],
    },
    real: {
      warehouse,
      store,
      environment,
      handles: [created, other],
      files: new Map(),
      lineages: new Map(),
      log: [],
    },
  }
}
