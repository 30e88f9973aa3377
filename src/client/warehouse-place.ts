import { IcebergError } from '../base/errors.ts'
import type { Catalog } from '../catalog/catalog.ts'
import { createFileCatalog } from '../catalog/file-catalog.ts'
import { createMemoryCatalog } from '../catalog/memory-catalog.ts'
import { absoluteLocation } from '../io/absolute-location.ts'
import { parseLocation } from '../io/location.ts'
import type { ObjectStore } from '../io/object-store.ts'
import { openStores } from './open-stores.ts'
import type { StorageOptions } from './open-stores.ts'
import type { StoreAndEnvironment } from './services.ts'

const KNOWN_SCHEMES = ['memory', 'file', 's3']

/**
 * Where the tables of a warehouse are kept: in memory, on this machine, or in S3.
 *
 * @throws IcebergError `unsupported` for a location of any other kind
 */
export function storeAt(location: string, options: StorageOptions): ObjectStore {
  const { scheme } = parseLocation(absoluteLocation(location))
  if (!KNOWN_SCHEMES.includes(scheme)) {
    throw new IcebergError(
      'unsupported',
      'a warehouse is a folder, in S3 or in memory: for other storage bring a store of your own',
      { context: { scheme } },
    )
  }
  return openStores(options)
}

/** The catalog of the tables below a location. */
export function catalogAt(location: string, place: StoreAndEnvironment): Catalog {
  const createCatalog = isMemory(location) ? createMemoryCatalog : createFileCatalog
  return createCatalog({ ...place, warehouse: absoluteLocation(location) })
}

function isMemory(location: string): boolean {
  return location.startsWith('memory:')
}
