import type { Environment } from '../base/environment.ts'
import type { Catalog, LoadedTable } from '../catalog/catalog.ts'
import type { ObjectStore } from '../io/object-store.ts'
import type { TableMetadata } from '../metadata/table-metadata.ts'
import type { ParquetCodec } from '../formats/parquet/codec.ts'

/** What every reader and writer is handed: one version of a table, and the means to work on it. */
export interface TableState {
  readonly loaded: LoadedTable
  readonly metadata: TableMetadata
  readonly store: ObjectStore
  readonly catalog: Catalog
  readonly codec: ParquetCodec
  readonly environment: Environment
}
