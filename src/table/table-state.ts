import type { Environment } from '../base/environment.ts'
import { formatIdentifier } from '../catalog/identifier.ts'
import type { Catalog, LoadedTable } from '../catalog/catalog.ts'
import type { ParquetCodec } from '../formats/parquet/codec.ts'
import type { ObjectStore } from '../io/object-store.ts'
import type { TableMetadata } from '../metadata/table-metadata.ts'
import type { EventListener } from './events.ts'

/** The means to work on any table of a warehouse. */
export interface TableServices {
  readonly store: ObjectStore
  readonly catalog: Catalog
  readonly codec: ParquetCodec
  readonly environment: Environment
  readonly onEvent: EventListener
}

/** One version of a table: what every reader and writer is handed. */
export interface TableState {
  readonly name: string
  readonly loaded: LoadedTable
  readonly metadata: TableMetadata
  readonly services: TableServices
}

/** A state that can move on to the newest version. */
export interface LiveTable {
  readonly state: TableState
  /** Loads the newest version, or takes the one that is handed over. */
  refresh(loaded?: LoadedTable): Promise<TableState>
}

export function tableState(loaded: LoadedTable, services: TableServices): TableState {
  return {
    name: formatIdentifier(loaded.identifier),
    loaded,
    metadata: loaded.metadata,
    services,
  }
}
