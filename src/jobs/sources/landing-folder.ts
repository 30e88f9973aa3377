// Whether there is what a stream of files waits for. A misspelt folder looks like one in which nothing has landed yet.
import { IcebergError } from '../../base/errors.ts'
import { lastName, parentLocation } from '../../io/location.ts'
import type { ObjectStore } from '../../io/object-store.ts'
import { formatOfName } from './row-files.ts'

/**
 * @param base of the pattern: a folder, or a file that need not be there yet
 * @returns whether anything says that the name is right: object stores have no folders
 * @throws IcebergError `not-found` for a folder of this machine that is not there
 */
export async function checkLandingFolder(store: ObjectStore, base: string): Promise<boolean> {
  const isFile = formatOfName(lastName(base)) !== null
  const folder = isFile ? parentLocation(base) : base
  const isThere = (await store.localFiles?.isThere(folder)) ?? null
  if (isThere === null) return false
  if (isThere) return true
  throw new IcebergError(
    'not-found',
    'the folder that the stream is to read is not there: correct its name, or make it, which may be empty',
    { context: { folder } },
  )
}
