import { systemEnvironment } from '../base/environment.ts'
import type { Environment } from '../base/environment.ts'
import type { Catalog } from '../catalog/catalog.ts'
import { createFileCatalog } from '../catalog/file-catalog.ts'
import { formatIdentifier, parseIdentifier } from '../catalog/identifier.ts'
import { createMemoryCatalog } from '../catalog/memory-catalog.ts'
import type { ParquetCodec } from '../formats/parquet/codec.ts'
import { wasmCodec } from '../formats/parquet/wasm-codec.ts'
import { createLocalStore } from '../io/local-store.ts'
import { createMemoryStore } from '../io/memory-store.ts'
import type { ObjectStore } from '../io/object-store.ts'
import { currentSchema } from '../metadata/table-metadata.ts'
import type { EventListener } from '../table/events.ts'
import { tableState } from '../table/table-state.ts'
import type { TableServices } from '../table/table-state.ts'
import type { Schema } from '../types/schema.ts'
import { checkExpected, formsOf } from './expected-schema.ts'
import { describeNewTable } from './new-table.ts'
import type { NewTableOptions } from './new-table.ts'
import type { InputOf, OutputOf, UnknownRow } from './row-shapes.ts'
import { Table } from './table.ts'

export interface WarehouseOptions {
  /** Told what happens, for telemetry. What it throws is not caught. */
  readonly onEvent?: EventListener
  /** The clock and the chance: tests bring their own. */
  readonly environment?: Environment
  /** Where bytes are kept, in place of this machine's files. */
  readonly store?: ObjectStore
  /** How names become tables, in place of the folder layout. */
  readonly catalog?: Catalog
  readonly codec?: ParquetCodec
}

/**
 * Opens a warehouse: the tables below a folder, or `memory:` for tables that live as long as the program.
 *
 * Nothing is read or written before the first table is asked for.
 */
export async function openWarehouse(
  location: string,
  options: WarehouseOptions = {},
): Promise<Warehouse> {
  const environment = options.environment ?? systemEnvironment
  const isMemory = location.startsWith('memory:')
  const store = options.store ?? (isMemory ? createMemoryStore() : createLocalStore())
  const place = { store, environment, warehouse: location }
  const catalog =
    options.catalog ?? (isMemory ? createMemoryCatalog(place) : createFileCatalog(place))
  return new Warehouse({
    store,
    catalog,
    environment,
    codec: options.codec ?? wasmCodec(),
    onEvent: options.onEvent ?? ((): void => {}),
  })
}

/** A place for tables, by names such as `city.rides`. */
export class Warehouse {
  readonly #services: TableServices

  constructor(services: TableServices) {
    this.#services = services
  }

  /**
   * Makes a table without rows.
   *
   * @throws IcebergError `conflict` when there is one of that name
   * @throws IcebergError `invalid` when the schema, a partition or a sort field or a property is wrong
   */
  async createTable<const S extends Schema>(
    name: string,
    options: NewTableOptions<S>,
  ): Promise<Table<OutputOf<S>, InputOf<S>>> {
    const identifier = parseIdentifier(name)
    const { catalog, environment } = this.#services
    const metadata = describeNewTable(options, {
      location: options.location ?? catalog.defaultLocation(identifier),
      uuid: environment.uuid(),
      nowMs: environment.nowMs(),
    })
    const loaded = await catalog.createTable(identifier, metadata)
    return new Table(tableState(loaded, this.#services), formsOf(options.schema, currentSchema(metadata)))
  }

  /** Opens a table as it is now; its rows are of unknown values. */
  async loadTable(name: string): Promise<Table<UnknownRow, UnknownRow>>
  /**
   * Opens a table as it is now and checks that it has the columns of `schema`, by name and type.
   *
   * @throws IcebergError `not-found` when there is no such table
   * @throws IcebergError `invalid` when the table has not those columns
   */
  async loadTable<const S extends Schema>(
    name: string,
    expected: S,
  ): Promise<Table<OutputOf<S>, InputOf<S>>>
  async loadTable(name: string, expected?: Schema): Promise<Table<UnknownRow, UnknownRow>> {
    const loaded = await this.#services.catalog.loadTable(parseIdentifier(name))
    const state = tableState(loaded, this.#services)
    if (expected === undefined) return new Table(state, new Map())
    checkExpected(state, expected)
    return new Table(state, formsOf(expected, currentSchema(loaded.metadata)))
  }

  tableExists(name: string): Promise<boolean> {
    return this.#services.catalog.tableExists(parseIdentifier(name))
  }

  /** Names of the tables in a namespace, sorted. */
  async listTables(namespace: string): Promise<readonly string[]> {
    const tables = await this.#services.catalog.listTables(namespace.split('.'))
    return tables.map(formatIdentifier)
  }

  /** Forgets a table. Its data files stay where they are. */
  dropTable(name: string): Promise<void> {
    return this.#services.catalog.dropTable(parseIdentifier(name))
  }
}
