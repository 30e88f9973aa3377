import { realpath } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { platform } from 'node:process'

import { isAbsoluteLocation, parseLocation, pathLocation, systemPath } from './location.ts'

/** Where a location of this machine leads, past all links, whether or not anything is there; any other one as it is. */
export async function realLocation(location: string): Promise<string> {
  if (!isAbsoluteLocation(location)) return location
  const { scheme, authority, path } = parseLocation(location)
  if (scheme !== 'file' || authority !== '') return location
  return pathLocation(await realPath(systemPath(path, platform)), platform)
}

async function realPath(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch {
    const folder = dirname(path)
    return folder === path ? path : join(await realPath(folder), basename(path))
  }
}
