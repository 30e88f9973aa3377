/** A small table that tests are about. */
import type { Table } from '../../src/client/table.ts'
import type { NewTableOptions } from '../../src/client/new-table.ts'
import { openWarehouse } from '../../src/client/warehouse.ts'
import type { WarehouseOptions } from '../../src/client/warehouse.ts'
import { schema, t } from '../../src/types/define.ts'
import type { TypedSchema } from '../../src/types/typed-schema.ts'
import type { Row, RowInput } from '../../src/types/row-types.ts'
import { movingEnvironment } from './moving-environment.ts'

const columns = {
  id: t.long(),
  city: t.string().optional(),
  ts: t.timestamptz().optional(),
  fare: t.double().optional(),
  driver: t.struct({ name: t.string(), rating: t.double().optional() }).optional(),
}

export const Ride: TypedSchema<typeof columns> = schema(columns)
export type Rides = Table<Row<typeof Ride>, RowInput<typeof Ride>>

export const RIDES = 'city.rides'

/** A new table of rides in memory. */
export async function newRides(
  table: Omit<NewTableOptions<typeof Ride>, 'schema'> = {},
  options: WarehouseOptions = {},
): Promise<Rides> {
  const warehouse = await openWarehouse('memory:', { environment: movingEnvironment(), ...options })
  return warehouse.createTable(RIDES, { schema: Ride, ...table })
}

/** What another warehouse is opened with that has the same tables. */
export function sharedWith({ state }: Pick<Rides, 'state'>): WarehouseOptions {
  const { store, catalog, environment, onEvent, codec } = state.services
  return { store, catalog, environment, onEvent, codec }
}

/** Another handle on the same table, as of now. */
export async function anotherHandle(rides: Rides): Promise<Rides> {
  const warehouse = await openWarehouse('memory:', sharedWith(rides))
  return warehouse.loadTable(RIDES, Ride)
}

/** The ids of a table's rows, ascending. */
export async function idsOf(rides: Rides): Promise<bigint[]> {
  const rows = await rides.scan().select('id').toArray()
  return rows.map(({ id }) => id).sort((left, right) => (left < right ? -1 : 1))
}
