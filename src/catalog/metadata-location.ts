// A table that no catalog is asked about: somebody names its metadata file, or its folder.
import { IcebergError } from '../base/errors.ts'
import { joinLocation } from '../io/location.ts'
import type { ObjectStore } from '../io/object-store.ts'
import type { TableMetadata } from '../metadata/table-metadata.ts'
import { isDropMarker } from './drop-marker.ts'
import { readMetadataFile, readMetadataStart } from './metadata-file.ts'
import { atCurrentVersion } from './metadata-versions.ts'
import type { WarningListener } from './metadata-versions.ts'

export interface FoundMetadata {
  readonly metadataLocation: string
  readonly metadata: TableMetadata
}

/**
 * Reads a table at a location: of a metadata file, or of a folder that has `metadata` in it.
 *
 * @throws IcebergError `not-found` when there is neither
 */
export async function readMetadataAt(
  store: ObjectStore,
  location: string,
  onWarning: WarningListener = () => undefined,
): Promise<FoundMetadata> {
  const metadataLocation = isMetadataFile(location)
    ? location
    : await findMetadataFile(store, location, onWarning)
  return { metadataLocation, metadata: await readMetadataFile(store, metadataLocation) }
}

/** Whether a location is spelled like that of a metadata file, not like a table's folder. */
export function isMetadataFile(location: string): boolean {
  return /\.json(\.gz)?$/.test(location)
}

/**
 * The newest metadata file in the folder of a table. Versions of a file catalog, found by their hint or by their
 * numbers, come before files that other catalogs named `<number>-<uuid>.metadata.json`, whose highest number counts.
 *
 * @throws IcebergError `not-found` when there is none
 * @throws IcebergError `invalid` when several files of another catalog have the highest number: one of them is a commit
 *   that failed, and only that catalog knows which
 */
export async function findMetadataFile(
  store: ObjectStore,
  folder: string,
  onWarning: WarningListener = () => undefined,
): Promise<string> {
  const location = joinLocation(folder, 'metadata')
  const current = await atCurrentVersion({ store, location, onWarning }, async (file) => {
    return { file, isTable: !isDropMarker(await readMetadataStart(store, file.location)) }
  })
  if (current === null) return newestNumbered(store, location)
  if (current.isTable) return current.file.location
  throw new IcebergError('not-found', 'table was dropped', { context: { folder } })
}

async function newestNumbered(store: ObjectStore, folder: string): Promise<string> {
  let newest: readonly string[] = []
  let highest = -1
  for await (const { name, isFolder } of store.listNames(folder)) {
    const number = isFolder ? -1 : numberOf(name)
    if (number < 0 || number < highest) continue
    newest = number === highest ? [...newest, name] : [name]
    highest = number
  }
  const [name, rival] = newest
  if (name === undefined) {
    throw new IcebergError('not-found', 'folder holds no table', { context: { folder } })
  }
  if (rival !== undefined) {
    throw new IcebergError('invalid', 'several metadata files are the newest: name one', {
      context: { folder, one: name, other: rival },
    })
  }
  return joinLocation(folder, name)
}

/** Of a name that begins like `00012-`; -1 for other files. */
function numberOf(name: string): number {
  const digits = /^(\d{1,15})-.+\.metadata\.json(?:\.gz)?$/.exec(name)?.[1]
  return digits === undefined ? -1 : Number(digits)
}
