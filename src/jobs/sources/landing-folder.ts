// Whether there is what a stream of files waits for. A misspelt folder looks like one in which nothing has landed yet.
import { stat } from 'node:fs/promises'

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
  const path = (await store.localFiles?.pathOf(folder)) ?? null
  if (path === null) return false
  if (await isThere(path)) return true
  throw new IcebergError(
    'not-found',
    'the folder that the stream is to read is not there: correct its name, or make it, which may be empty',
    { context: { folder } },
  )
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
    // What keeps it from being looked at keeps it from being listed, which says what that is.
    return true
  }
}
