import type { Environment } from '../base/environment.ts'
import { formatIdentifier } from '../catalog/identifier.ts'
import type { Catalog, LoadedTable } from '../catalog/catalog.ts'
import { versionOf } from '../catalog/metadata-versions.ts'
import type { ParquetCodec } from '../formats/parquet/codec.ts'
import { parentLocation, sameLocation } from '../io/location.ts'
import type { ObjectStore, RequestOptions } from '../io/object-store.ts'
import type { TableMetadata } from '../metadata/table-metadata.ts'
import type { EventListener } from './events.ts'
import type { ManifestCache } from './manifest-cache.ts'

/** The means to work on any table of a warehouse. */
export interface TableServices {
  readonly store: ObjectStore
  readonly catalog: Catalog
  readonly codec: ParquetCodec
  readonly cache: ManifestCache
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

/** A state that can move on to a newer version, and never goes back to a former one. */
export interface LiveTable {
  readonly state: TableState
  /** Loads the newest version. */
  refresh(options?: RequestOptions): Promise<TableState>
  /** Takes a version that was loaded or committed. */
  moveTo(loaded: LoadedTable): TableState
}

/**
 * Whether a version is one that the table had before another, as far as that one remembers. False in doubt. Versions may
 * arrive out of order where several calls use one handle.
 */
export function isFormerVersion(version: LoadedTable, of: LoadedTable): boolean {
  return (
    isNumberedBefore(version.metadataLocation, of.metadataLocation) ||
    version.metadata.lastSequenceNumber < of.metadata.lastSequenceNumber ||
    of.metadata.metadataLog.some((entry) => entry.metadataFile === version.metadataLocation)
  )
}

/** Versions of one folder have numbers, which no log cuts short. */
function isNumberedBefore(location: string, of: string): boolean {
  const [number, ofNumber] = [versionOf(location), versionOf(of)]
  const isOneFolder = sameLocation(parentLocation(location), parentLocation(of))
  return isOneFolder && number !== null && ofNumber !== null && number < ofNumber
}

export function tableState(loaded: LoadedTable, services: TableServices): TableState {
  return {
    name: formatIdentifier(loaded.identifier),
    loaded,
    metadata: loaded.metadata,
    services,
  }
}
