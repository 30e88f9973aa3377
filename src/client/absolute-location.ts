import { resolve } from 'node:path'

/**
 * A location in full: paths from the working folder, URIs as they are. Files of a table name each other, and must be found
 * from any folder.
 */
export function absoluteLocation(location: string): string {
  return /^[a-z][a-z0-9+.-]*:/i.test(location) ? location : resolve(location)
}
