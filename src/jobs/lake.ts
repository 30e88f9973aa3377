import type { Environment } from '../base/environment.ts'
import { formatIdentifier } from '../catalog/identifier.ts'
import type { UnknownRow } from '../client/row-shapes.ts'
import type { Table } from '../client/table.ts'
import { openStores } from '../client/open-stores.ts'
import { openWarehouse } from '../client/warehouse.ts'
import type { Warehouse } from '../client/warehouse.ts'
import { duckdb } from '../duckdb/engine.ts'
import type { ObjectStore } from '../io/object-store.ts'
import type { EventListener } from '../table/events.ts'
import type { RowEngine } from '../write/row-engine.ts'
import type { KafkaDepot } from './config-places.ts'
import type { CatalogAddress, DatasetAddress, FolderAddress } from './address.ts'
import { locateCheckpoint, locateFolder, locateTable, locateTopic, warehouseOf } from './config.ts'
import type { Config, FolderLocation } from './config.ts'

/** A table whose columns only the job file knows. */
export type JobTable = Table<UnknownRow, UnknownRow>

/** The tables and folders that job files can name. Warehouses of the configured catalogs are opened once each. */
export interface Lake {
  /** @throws IcebergError `not-found` when there is no such table, `invalid` when its depot is not configured */
  loadTable(address: DatasetAddress | CatalogAddress): Promise<JobTable>
  tableExists(address: DatasetAddress | CatalogAddress): Promise<boolean>
  /** The warehouse of a table, and its name there. */
  locate(address: DatasetAddress | CatalogAddress): Promise<TablePlace>
  /** Where the files of a dataset are; null when its depot is none of files. */
  locateFiles(address: DatasetAddress): FilesPlace | null
  /** The brokers that have a dataset as a topic; null when its depot is none of topics. Nobody is asked. */
  locateTopic(address: DatasetAddress): KafkaDepot | null
  /** A folder that belongs to no table, for what a stream remembers. */
  locateCheckpoint(address: FolderAddress): FilesPlace
  /** Gets ready for rows that are only copied and sorted, while it is found out which. */
  prepareCopies(): void
}

/** A folder of files, or a single file, that need not be there. */
export interface FilesPlace {
  readonly store: ObjectStore
  /** An absolute path or a URI, without a slash at its end. */
  readonly location: string
}

export interface TablePlace {
  readonly warehouse: Warehouse
  readonly name: string
}

export interface LakeOptions {
  readonly environment: Environment
  readonly onEvent?: EventListener
  /** What may read, sort and write rows that lie in files in place of our own way. */
  readonly engine?: RowEngine
}

export function openLake(config: Config, options: LakeOptions): Lake {
  const warehouses = new Map<string, Promise<Warehouse>>()
  // What a window only copies and sorts, DuckDB does by itself where it is installed, as it is for jobs with SQL.
  const engine = duckdb()
  const stores = new Map<string, ObjectStore>()
  const locate = async (address: DatasetAddress | CatalogAddress): Promise<TablePlace> => {
    const { catalogName, catalog, identifier } = locateTable(config, address)
    const { location, ...storage } = warehouseOf(catalog)
    const opened =
      warehouses.get(catalogName) ?? openWarehouse(location, { ...options, ...storage, engine })
    warehouses.set(catalogName, opened)
    return { warehouse: await opened, name: formatIdentifier(identifier) }
  }
  const locateFiles = (address: DatasetAddress): FilesPlace | null => {
    const folder = locateFolder(config, address)
    return folder === null ? null : placeOf(address.depot, folder)
  }
  const placeOf = (depot: string, { location, ...storage }: FolderLocation): FilesPlace => {
    const { environment } = options
    const store = stores.get(depot) ?? openStores({ ...storage, environment })
    stores.set(depot, store)
    return { store, location }
  }
  return {
    locate,
    locateFiles,
    locateTopic: (address) => locateTopic(config, address),
    locateCheckpoint: (address) => placeOf(address.depot, locateCheckpoint(config, address)),
    prepareCopies: () => engine.prepare(),
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
