import type { Environment } from '../base/environment.ts'
import { formatIdentifier } from '../catalog/identifier.ts'
import type { UnknownRow } from '../client/row-shapes.ts'
import type { Table } from '../client/table.ts'
import { openWarehouse } from '../client/warehouse.ts'
import type { Warehouse } from '../client/warehouse.ts'
import type { EventListener } from '../table/events.ts'
import type { CatalogAddress, DatasetAddress } from './address.ts'
import { locateTable, warehouseOf } from './config.ts'
import type { Config } from './config.ts'

/** A table whose columns only the job file knows. */
export type JobTable = Table<UnknownRow, UnknownRow>

/** The tables that job files can name: warehouses by the catalogs of the configuration, each opened once. */
export interface Lake {
  /** @throws IcebergError `not-found` when there is no such table, `invalid` when its depot is not configured */
  loadTable(address: DatasetAddress | CatalogAddress): Promise<JobTable>
  tableExists(address: DatasetAddress | CatalogAddress): Promise<boolean>
  /** The warehouse of a table, and its name there. */
  locate(address: DatasetAddress | CatalogAddress): Promise<TablePlace>
}

export interface TablePlace {
  readonly warehouse: Warehouse
  readonly name: string
}

export interface LakeOptions {
  readonly environment: Environment
  readonly onEvent?: EventListener
}

export function openLake(config: Config, options: LakeOptions): Lake {
  const warehouses = new Map<string, Promise<Warehouse>>()
  const locate = async (address: DatasetAddress | CatalogAddress): Promise<TablePlace> => {
    const { catalogName, catalog, identifier } = locateTable(config, address)
    const { location, ...storage } = warehouseOf(catalog)
    const opened =
      warehouses.get(catalogName) ?? openWarehouse(location, { ...options, ...storage })
    warehouses.set(catalogName, opened)
    return { warehouse: await opened, name: formatIdentifier(identifier) }
  }
  return {
    locate,
    async loadTable(address) {
      const { warehouse, name } = await locate(address)
      return warehouse.loadTable(name)
    },
    async tableExists(address) {
      const { warehouse, name } = await locate(address)
      return warehouse.tableExists(name)
    },
  }
}
