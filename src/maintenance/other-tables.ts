// Tables inside of the folder of another one, which are told by their metadata files: nothing of them is ours.
import { mapConcurrent } from '../base/concurrency.ts'
import { IcebergError } from '../base/errors.ts'
import {
  canonicalLocation,
  joinLocation,
  lastName,
  nameBelow,
  parentLocation,
} from '../io/location.ts'
import type { ObjectStore, RequestOptions } from '../io/object-store.ts'
import { dataFolder, metadataFileLocation, ownFolders } from '../table/locations.ts'
import type { TableState } from '../table/table-state.ts'
import { comparablePath } from './comparable-path.ts'
import { isMetadataName } from './plan-orphans.ts'

/** Comparable paths of the folders in which a table's own metadata files are. */
export function ownMetadataFolders({ loaded, metadata }: TableState): ReadonlySet<string> {
  const files = [
    loaded.metadataLocation,
    metadataFileLocation(metadata, 'any'),
    joinLocation(metadata.location, 'metadata', 'any'),
  ]
  return new Set(files.map((file) => parentLocation(comparablePath(file))))
}

/**
 * Checks that a folder of a table lies in none of another one: what is listed of it would not show that.
 *
 * @throws IcebergError `invalid` when it does
 */
export async function checkInNoOtherTable(
  state: TableState,
  store: ObjectStore,
  { location, ...options }: RequestOptions & { readonly location: string },
): Promise<void> {
  const isOther = otherTableTest(state, store, options)
  for (const folder of foldersDownTo(state.metadata.location, location)) {
    if (!(await isOther(folder))) continue
    throw new IcebergError('invalid', 'the folder is one of another table inside of this one', {
      context: { location, otherTable: folder },
    })
  }
}

/**
 * Which of some folders, which have files of the table, are those of other tables inside of this one, or lie in such.
 *
 * @throws IcebergError when a folder cannot be listed
 */
export async function foldersOfOtherTables(
  state: TableState,
  folders: Iterable<string>,
  options: RequestOptions,
): Promise<ReadonlySet<string>> {
  const roots = ownFolders(state.metadata).map(canonicalLocation)
  const within = new Map<string, readonly string[]>()
  for (const folder of folders) {
    const place = canonicalLocation(folder)
    within.set(
      folder,
      roots.flatMap((root) => foldersDownTo(root, place)),
    )
  }
  const isOther = otherTableTest(state, state.services.store, {
    ...options,
    isUnlisted: dataFolderTest(state),
  })
  const asked = mapConcurrent(
    new Set([...within.values()].flat()),
    LISTINGS_IN_FLIGHT,
    async (folder) => ((await isOther(folder)) ? [folder] : []),
    options.signal,
  )
  const others = new Set<string>()
  for await (const found of asked) for (const folder of found) others.add(folder)
  const isWithinOther = (places: readonly string[]): boolean =>
    places.some((place) => others.has(place))
  return new Set([...within].flatMap(([folder, places]) => (isWithinOther(places) ? [folder] : [])))
}

const LISTINGS_IN_FLIGHT = 16

/** The folders from one, which is left out, to another below it. */
function foldersDownTo(root: string, location: string): readonly string[] {
  const names = nameBelow(root, location)?.split('/') ?? []
  const start = root.replace(/\/+$/, '')
  return names.flatMap((name, index) =>
    name === '' ? [] : [`${start}/${names.slice(0, index + 1).join('/')}`],
  )
}

/**
 * Whether a folder is another table's: it has metadata files, or a folder `metadata` that has.
 *
 * @param isUnlisted which folders are looked at for that folder alone; none when absent
 */
function otherTableTest(
  state: TableState,
  store: ObjectStore,
  {
    isUnlisted = () => false,
    ...options
  }: RequestOptions & { readonly isUnlisted?: (folder: string) => boolean },
): (folder: string) => Promise<boolean> {
  const own = ownMetadataFolders(state)
  return async (folder) => {
    const places = [...(isUnlisted(folder) ? [] : [folder]), joinLocation(folder, 'metadata')]
    for (const place of places) {
      if (!own.has(comparablePath(place)) && (await hasMetadata(store, place, options))) return true
    }
    return false
  }
}

/** Whether a folder is one that the table puts its data in, which may have very many files. */
function dataFolderTest(state: TableState): (folder: string) => boolean {
  const fields = state.metadata.specs.flatMap(({ fields: all }) => all.map(({ name }) => name))
  const roots = [dataFolder(state.metadata), joinLocation(state.metadata.location, 'data')]
  const data = new Set(roots.map(comparablePath))
  return (folder) =>
    data.has(comparablePath(folder)) ||
    fields.some((field) => lastName(folder).startsWith(`${field}=`))
}

async function hasMetadata(
  store: ObjectStore,
  folder: string,
  options: RequestOptions,
): Promise<boolean> {
  for await (const { name, isFolder } of store.listNames(folder, options)) {
    if (!isFolder && isMetadataName(name)) return true
  }
  return false
}
