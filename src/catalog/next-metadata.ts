import { METADATA_DELETE_AFTER_COMMIT, readProperty } from '../metadata/properties.ts'
import { applyUpdates, withMetadataLogEntry } from '../metadata/updates.ts'
import type { TableMetadata } from '../metadata/table-metadata.ts'
import type { TableUpdate } from '../metadata/updates.ts'
import type { LoadedTable } from './catalog.ts'

/**
 * What a commit of updates on `base` writes: the table after them, with the file of `base` in its log.
 *
 * @throws IcebergError `invalid` when an update contradicts the table
 */
export function nextMetadata(
  base: LoadedTable,
  updates: readonly TableUpdate[],
  nowMs: number,
): TableMetadata {
  const updated = applyUpdates(base.metadata, updates, { nowMs })
  return withMetadataLogEntry(updated, base.metadataLocation, base.metadata.lastUpdatedMs)
}

/** Metadata files that a table lets go of with a commit, when it wants to: its log named them, and names them no more. */
export function formerMetadata({ metadata }: LoadedTable, next: TableMetadata): readonly string[] {
  if (!readProperty(next.properties, METADATA_DELETE_AFTER_COMMIT)) return []
  const kept = new Set(next.metadataLog.map(({ metadataFile }) => metadataFile))
  return metadata.metadataLog
    .map(({ metadataFile }) => metadataFile)
    .filter((location) => !kept.has(location))
}
