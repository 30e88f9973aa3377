import { readMetadataAt } from '../catalog/metadata-location.ts'
import type { FoundMetadata } from '../catalog/metadata-location.ts'
import type { WarningListener } from '../catalog/metadata-versions.ts'
import { abortableStore } from '../io/abortable-store.ts'
import { absoluteLocation } from '../io/absolute-location.ts'
import type { ObjectStore, RequestOptions } from '../io/object-store.ts'
import { createRelocatingStore } from '../io/relocating-store.ts'
import type { Relocation } from '../io/relocating-store.ts'
import { openStores } from './open-stores.ts'
import type { StorageOptions } from './open-stores.ts'

export interface PlaceOptions extends StorageOptions {
  /** Where bytes are kept, in place of what a location says by its scheme. */
  readonly store?: ObjectStore
  /** Where the files of a copied table are now. A relocated table can only be read. */
  readonly relocate?: readonly Relocation[]
}

/** How table metadata is looked for. */
interface ReadMetadataOptions extends PlaceOptions, RequestOptions {
  readonly onWarning?: WarningListener
}

/** The store that the files of a table are read from. */
export function storeOf({ relocate, ...options }: PlaceOptions): ObjectStore {
  const store = options.store ?? openStores(options)
  return relocate === undefined ? store : createRelocatingStore(store, relocate)
}

/**
 * Reads the newest metadata of a table by its place, as `openTable` finds it. What reads and writes rows is not loaded:
 * that takes longer than this.
 *
 * @throws IcebergError `not-found` when there is no table
 */
export function readMetadata(
  location: string,
  options: ReadMetadataOptions = {},
): Promise<FoundMetadata> {
  const store = abortableStore(storeOf(options), options.signal)
  return readMetadataAt(store, absoluteLocation(location), options.onWarning)
}
