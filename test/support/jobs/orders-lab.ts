import { systemEnvironment } from '../../../src/base/environment.ts'
import { createFileCatalog } from '../../../src/catalog/file-catalog.ts'
import type { Catalog } from '../../../src/catalog/catalog.ts'
import { openWarehouse } from '../../../src/client/warehouse.ts'
import type { Warehouse } from '../../../src/client/warehouse.ts'
import { isKind } from '../../../src/base/errors.ts'
import { createMemoryStore } from '../../../src/io/memory-store.ts'
import type { Lake, JobTable } from '../../../src/jobs/lake.ts'
import { findState } from '../../../src/jobs/state.ts'
import type { IncrementalState } from '../../../src/jobs/state-record.ts'
import { createFaultyStore } from '../faulty-store.ts'
import type { FaultyStore } from '../faulty-store.ts'
import { SOURCE, STATE_KEY, TARGET, loadOrders } from './orders.ts'
import type { DateType, OrderRow } from './orders.ts'
import { lakeOf } from './run-orders.ts'

/** The tables of the orders workflow in memory, with a store whose requests can be held or lost. */
export interface OrdersLab {
  readonly store: FaultyStore
  readonly catalog: Catalog
  readonly warehouse: Warehouse
  readonly lake: Lake
  source(): Promise<JobTable>
  /** Null before there is one. */
  target(): Promise<JobTable | null>
  /** Where the job stands; null before its first run. */
  state(): Promise<IncrementalState | null>
  /** `order_id` of the rows in the target, ascending. */
  taken(): Promise<readonly number[]>
}

export async function openLab(
  orders: readonly OrderRow[],
  type: DateType = 'timestamp',
): Promise<OrdersLab> {
  const store = createFaultyStore(createMemoryStore())
  const environment = { ...systemEnvironment, sleep: async () => undefined }
  const catalog = createFileCatalog({ store, environment, warehouse: 'memory:' })
  const warehouse = await openWarehouse('memory:', { store, catalog, environment })
  await loadOrders(warehouse, type, orders, 2)
  const target = async (): Promise<JobTable | null> => {
    try {
      return await warehouse.loadTable(TARGET)
    } catch (error) {
      if (isKind(error, 'not-found')) return null
      throw error
    }
  }
  return {
    store,
    catalog,
    warehouse,
    lake: lakeOf(warehouse),
    source: () => warehouse.loadTable(SOURCE),
    target,
    async state() {
      const table = await target()
      return table === null ? null : findState(table.metadata, { key: STATE_KEY })
    },
    async taken() {
      const ids: number[] = []
      const rows = (await target())?.scan().select('order_id') ?? []
      for await (const row of rows) ids.push(Number(row['order_id']))
      return ids.toSorted((left, right) => left - right)
    },
  }
}

/** Orders that differ in their dates only, numbered from 0. */
export function ordersAt(...dates: readonly (string | null)[]): readonly OrderRow[] {
  return dates.map((order_date, index) => ({
    order_id: BigInt(index),
    customer: null,
    city: null,
    amount: null,
    rating: null,
    is_gift: null,
    order_date,
  }))
}
