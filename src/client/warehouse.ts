import { checkOptions } from '../base/options.ts'
import type { OptionNames } from '../base/options.ts'
import type { Catalog, LoadOptions } from '../catalog/catalog.ts'
import { formatIdentifier, parseIdentifier } from '../catalog/identifier.ts'
import type { RequestOptions } from '../io/object-store.ts'
import { currentSchema } from '../metadata/table-metadata.ts'
import { warnOfUnheeded } from '../table/property-warnings.ts'
import { tableState } from '../table/table-state.ts'
import type { TableServices } from '../table/table-state.ts'
import type { Schema } from '../types/schema.ts'
import type { RowEngine } from '../write/row-engine.ts'
import { checkExpected, formsOf } from './expected-schema.ts'
import { describeNewTable } from './new-table.ts'
import type { NewTableOptions } from './new-table.ts'
import type { InputOf, OutputOf, UnknownRow } from './row-shapes.ts'
import type { StorageOptions } from './open-stores.ts'
import { SERVICE_NAMES, openServices } from './services.ts'
import type { ServiceOptions } from './services.ts'
import { Table } from './table.ts'
import { catalogAt, storeAt } from './warehouse-place.ts'

/** What a warehouse is opened with, beside its location. */
export interface WarehouseOptions extends ServiceOptions, StorageOptions {
  /** How names become tables, in place of the folder layout. */
  readonly catalog?: Catalog
  /** What reads, sorts and writes rows that lie in files, where it can: `duckdb()` of `frazil/duckdb`. */
  readonly engine?: RowEngine
}

const NAMES: OptionNames<WarehouseOptions> = {
  ...SERVICE_NAMES,
  s3: true,
  catalog: true,
  engine: true,
}

/**
 * Opens a warehouse: the tables below a folder, below `s3://bucket/prefix`, or `memory:` for tables that live as long as
 * the program.
 *
 * Nothing is read or written before the first table is asked for.
 *
 * @throws IcebergError `invalid` for options that there are not
 */
export async function openWarehouse(
  location: string,
  options: WarehouseOptions = {},
): Promise<Warehouse> {
  checkOptions('openWarehouse', options, NAMES)
  return new Warehouse(
    openServices(
      options,
      () => storeAt(location, options),
      (place) => options.catalog ?? catalogAt(location, place),
    ),
    options.engine,
  )
}

/** A place for tables, by names such as `city.rides`. */
export class Warehouse {
  readonly #services: TableServices
  readonly #engine: RowEngine | undefined

  constructor(services: TableServices, engine?: RowEngine) {
    this.#services = services
    this.#engine = engine
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
      location: catalog.defaultLocation(identifier),
      uuid: environment.uuid(),
      nowMs: environment.nowMs(),
    })
    warnOfUnheeded(this.#services, formatIdentifier(identifier), metadata.properties)
    const loaded = await catalog.createTable(identifier, metadata)
    return new Table(
      tableState(loaded, this.#services),
      formsOf(options.schema, currentSchema(metadata)),
      this.#engine,
    )
  }

  /** Opens a table as it is now; its rows are of unknown values. */
  async loadTable(
    name: string,
    expected?: undefined,
    options?: LoadOptions,
  ): Promise<Table<UnknownRow, UnknownRow>>
  /**
   * Opens a table as it is now and checks that it has the columns of `schema`, by name and type.
   *
   * @throws IcebergError `not-found` when there is no such table
   * @throws IcebergError `invalid` when the table has not those columns
   */
  async loadTable<const S extends Schema>(
    name: string,
    expected: S,
    options?: LoadOptions,
  ): Promise<Table<OutputOf<S>, InputOf<S>>>
  async loadTable(
    name: string,
    expected?: Schema,
    options?: LoadOptions,
  ): Promise<Table<UnknownRow, UnknownRow>> {
    const loaded = await this.#services.catalog.loadTable(parseIdentifier(name), options)
    const state = tableState(loaded, this.#services)
    if (expected === undefined) return new Table(state, new Map(), this.#engine)
    checkExpected(state, expected)
    return new Table(state, formsOf(expected, currentSchema(loaded.metadata)), this.#engine)
  }

  /**
   * Makes the newest version of a table the one that readers find who look at its folder, and gives its metadata file.
   *
   * @throws IcebergError `not-found` when there is no such table
   */
  async publishLatest(name: string): Promise<string> {
    const { metadataLocation } = await this.#services.catalog.publishLatest(parseIdentifier(name))
    return metadataLocation
  }

  tableExists(name: string, options?: RequestOptions): Promise<boolean> {
    return this.#services.catalog.tableExists(parseIdentifier(name), options)
  }

  /** Where a table of that name is put when it is made. */
  defaultLocation(name: string): string {
    return this.#services.catalog.defaultLocation(parseIdentifier(name))
  }

  /** Names of the tables in a namespace, sorted. */
  async listTables(namespace: string, options?: RequestOptions): Promise<readonly string[]> {
    const tables = await this.#services.catalog.listTables(namespace.split('.'), options)
    return tables.map(formatIdentifier)
  }

  /** Forgets a table. Its data files stay where they are. */
  dropTable(name: string): Promise<void> {
    return this.#services.catalog.dropTable(parseIdentifier(name))
  }
}
