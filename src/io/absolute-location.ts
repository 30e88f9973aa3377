import { posix, win32 } from 'node:path'

import { IcebergError } from '../base/errors.ts'

/**
 * A location in full: paths from the working folder, URIs as they are. Files of a table name each other, and must be found
 * from any folder. A path of Windows becomes one with slashes, `/C:/tables`, since other engines know no other.
 *
 * @throws IcebergError `invalid` for a path of Windows that names a machine
 */
export function absoluteLocation(location: string, platform: string = process.platform): string {
  if (/^[a-z][a-z0-9+.-]+:/i.test(location)) return location
  if (platform !== 'win32') return posix.resolve(location)
  const path = win32.resolve(location).replaceAll('\\', '/')
  if (!path.startsWith('/')) return `/${path}`
  throw new IcebergError('invalid', 'a folder of another machine is reached by a drive', {
    context: { location },
  })
}
