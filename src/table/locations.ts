import { joinLocation } from '../io/location.ts'
import { DATA_PATH, METADATA_PATH, readProperty } from '../metadata/properties.ts'
import type { TableMetadata } from '../metadata/table-metadata.ts'

/**
 * Where a new data file goes. `partitionPath` is for people who look at folders: no reader parses it (spec:
 * Partitioning). Empty for an unpartitioned table.
 */
export function dataFileLocation(
  metadata: TableMetadata,
  partitionPath: string,
  fileName: string,
): string {
  const root =
    readProperty(metadata.properties, DATA_PATH) ?? joinLocation(metadata.location, 'data')
  return partitionPath === ''
    ? joinLocation(root, fileName)
    : joinLocation(root, partitionPath, fileName)
}

/** Where a manifest or a manifest list goes. */
export function metadataFileLocation(metadata: TableMetadata, fileName: string): string {
  const root =
    readProperty(metadata.properties, METADATA_PATH) ?? joinLocation(metadata.location, 'metadata')
  return joinLocation(root, fileName)
}
