import { IcebergError, isKind } from '../base/errors.ts'
import { lastName } from '../io/location.ts'
import { noObject } from '../io/no-object.ts'
import type { ObjectStore, RequestOptions } from '../io/object-store.ts'

/** A file that is to become part of a table. */
export interface FoundFile {
  readonly location: string
  readonly sizeBytes: number
}

/**
 * The files of locations: a file is itself, a folder all that is in it at any depth, but for what is hidden as other engines
 * hide it, by a name that begins with `_` or `.`. In the order of the locations, those of a folder by their names.
 *
 * @throws IcebergError `not-found` for a location that is neither, and for a folder without files
 */
export async function findFiles(
  store: ObjectStore,
  locations: readonly string[],
  options: RequestOptions = {},
): Promise<readonly FoundFile[]> {
  const found: FoundFile[] = []
  for (const location of locations) found.push(...(await filesAt(store, location, options)))
  return found
}

async function filesAt(
  store: ObjectStore,
  location: string,
  options: RequestOptions,
): Promise<readonly FoundFile[]> {
  const folder = location.replace(/(?<=[^/:])\/+$/, '')
  const file = location === folder ? await fileAt(store, location, options) : null
  if (file !== null) return [file]
  const found: FoundFile[] = []
  const isMeant = (one: string): boolean => !isHidden(one.slice(folder.length))
  const onNoObject = (one: string): void => {
    if (isMeant(one)) throw noObject(one)
  }
  for await (const one of store.list(folder, { ...options, onNoObject })) {
    if (isMeant(one.location)) found.push(one)
  }
  if (found.length > 0) return found.toSorted(byLocation)
  throw new IcebergError('not-found', 'there is no file there to import', { context: { location } })
}

/** Null for a folder, and for nothing. */
async function fileAt(
  store: ObjectStore,
  location: string,
  options: RequestOptions,
): Promise<FoundFile | null> {
  if (lastName(location) === '') return null
  try {
    const { sizeBytes } = await store.head(location, options)
    return { location, sizeBytes }
  } catch (error) {
    if (isKind(error, 'not-found')) return null
    throw error
  }
}

/** The folder of a partition is none of these, whatever its column is called. */
function isHidden(path: string): boolean {
  return path
    .split('/')
    .some((name) => (name.startsWith('_') || name.startsWith('.')) && !name.includes('='))
}

function byLocation(left: FoundFile, right: FoundFile): number {
  if (left.location === right.location) return 0
  return left.location < right.location ? -1 : 1
}
