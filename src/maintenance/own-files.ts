import { readProperty, GC_ENABLED } from '../metadata/properties.ts'
import { IcebergError } from '../base/errors.ts'
import type { TableMetadata } from '../metadata/table-metadata.ts'
import { canonicalLocation, isAbsoluteLocation, nameBelow } from '../io/location.ts'
import { ownFolders } from '../table/locations.ts'
import type { TableState } from '../table/table-state.ts'

/**
 * Whether a file lies in a folder of the table. Others were made part of the table where they lay, and somebody else may
 * need them.
 */
export function ownFileTest(metadata: TableMetadata): (path: string) => boolean {
  const folders = ownFolders(metadata).map(canonicalLocation)
  return (path) => {
    const location = isTidy(path) ? canonicalLocation(path) : null
    return location !== null && folders.some((folder) => nameBelow(folder, location) !== null)
  }
}

/** With `..` in it a path may lead anywhere. */
function isTidy(path: string): boolean {
  return isAbsoluteLocation(path) && !/(?:^|\/)\.{1,2}(?:\/|$)|\0/.test(path)
}

/**
 * @throws IcebergError `invalid` when the table says that others may need its files
 * @throws IcebergError `unsupported` when this version of it can only be read
 */
export function checkMayRemoveFiles({ name, loaded, metadata, services }: TableState): void {
  services.catalog.checkWritable(loaded)
  if (readProperty(metadata.properties, GC_ENABLED)) return
  throw new IcebergError(
    'invalid',
    'the property gc.enabled of the table is false: others may need its files, and none are removed',
    { context: { table: name, property: GC_ENABLED.name } },
  )
}
