import { IcebergError } from '../base/errors.ts'
import type { Catalog } from '../catalog/catalog.ts'
import { createFileCatalog } from '../catalog/file-catalog.ts'
import { createMemoryCatalog } from '../catalog/memory-catalog.ts'
import { createLocalStore } from '../io/local-store.ts'
import { createMemoryStore } from '../io/memory-store.ts'
import type { ObjectStore } from '../io/object-store.ts'
import { absoluteLocation } from './absolute-location.ts'
import type { StoreAndEnvironment } from './services.ts'

/**
 * Where the tables of a warehouse are kept: in memory, or on this machine.
 *
 * @throws IcebergError `unsupported` for a location of any other kind
 */
export function storeAt(location: string): ObjectStore {
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(location)?.[1]?.toLowerCase()
  if (scheme !== undefined && scheme !== 'memory' && scheme !== 'file') {
    throw new IcebergError(
      'unsupported',
      'a warehouse is a folder or in memory; other storage is not built yet: bring a store of your own',
      { context: { scheme } },
    )
  }
  return isMemory(location) ? createMemoryStore() : createLocalStore()
}

/** The catalog of the tables below a location. */
export function catalogAt(location: string, place: StoreAndEnvironment): Catalog {
  const createCatalog = isMemory(location) ? createMemoryCatalog : createFileCatalog
  return createCatalog({ ...place, warehouse: absoluteLocation(location) })
}

function isMemory(location: string): boolean {
  return location.startsWith('memory:')
}
