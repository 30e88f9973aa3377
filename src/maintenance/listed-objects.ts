// What lies in the folder of a table, held compactly: there may be millions.
import { NumberList } from '../base/number-list.ts'
import { lastName, parentLocation } from '../io/location.ts'
import type { ObjectStore, RequestOptions } from '../io/object-store.ts'
import { comparablePath } from './comparable-path.ts'
import { PathIndex } from './path-index.ts'
import { isMetadataName } from './plan-orphans.ts'

/** The objects of a folder that are old enough to be removed, and what all of them tell. */
export interface ListedObjects {
  readonly old: PathIndex
  /** Of the old ones, by their numbers. */
  readonly sizeBytes: NumberList
  readonly modifiedMs: NumberList
  /** Objects that are too young to be told from those of a writer who has not committed yet. */
  readonly young: number
  /** Comparable paths of the folders in which metadata files of tables lie, of whatever age. */
  readonly metadataFolders: ReadonlyMap<string, string>
  /** Links, which are not followed. */
  readonly links: readonly string[]
}

/**
 * Lists a folder at any depth.
 *
 * @param olderThanMs objects are old that were last written before that, by the store's clock
 * @throws IcebergError when the listing fails part way
 */
export async function listObjects(
  store: ObjectStore,
  folder: string,
  { olderThanMs, ...options }: RequestOptions & { readonly olderThanMs: bigint },
): Promise<ListedObjects> {
  const old = new PathIndex(`${folder}/`)
  const sizeBytes = new NumberList()
  const modifiedMs = new NumberList()
  const metadataFolders = new Map<string, string>()
  const links: string[] = []
  let young = 0
  const onNoObject = (location: string): void => void links.push(location)
  for await (const object of store.list(folder, { ...options, onNoObject })) {
    const { location } = object
    const path = comparablePath(location)
    if (isMetadataName(lastName(path))) metadataFolders.set(parentLocation(path), path)
    if (BigInt(object.modifiedMs) >= olderThanMs) {
      young += 1
      continue
    }
    const index = old.add(location, path)
    sizeBytes.set(index, object.sizeBytes)
    // Of two spellings of one path the younger one speaks for both.
    modifiedMs.set(index, Math.max(modifiedMs.get(index), object.modifiedMs))
  }
  return { old, sizeBytes, modifiedMs, young, metadataFolders, links }
}
