import { readdir } from 'node:fs/promises'
import type { Dirent } from 'node:fs'

import { isCode } from './durable-files.ts'

/** Stands in a name for bytes that are no UTF-8: no file is found by such a name, unless it is really called so. */
export const NO_TEXT = '\uFFFD'

/**
 * The names of all files and links below a folder, with the folders between. Links are not followed. What comes and goes meanwhile
 * may be among them or not. Empty where there is no such folder. Each folder's come in the order of their bytes, so that what is told of
 * them does not depend on the disk.
 *
 * @param isWanted which names are given: one that is not costs no more than being read from its folder
 */
export async function* namesBelow(
  folder: string,
  isWanted: (name: string) => boolean,
): AsyncGenerator<string> {
  const parts = ['']
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    const entries = await entriesOf(`${folder}/${part}`)
    // Its files cannot be read, whatever they are.
    if (entries === null && part.includes(NO_TEXT) && isWanted(part)) yield part.slice(0, -1)
    const folders: string[] = []
    for (const entry of entries ?? []) {
      const name = part + entry.name
      if (entry.isDirectory()) folders.push(`${name}/`)
      else if ((entry.isFile() || entry.isSymbolicLink()) && isWanted(name)) yield name
    }
    parts.push(...folders.toReversed())
  }
}

/** Sorted by Node; null where there is no such folder. */
async function entriesOf(path: string): Promise<readonly Dirent[] | null> {
  try {
    return await readdir(path, { withFileTypes: true })
  } catch (error) {
    if (isCode(error, 'ENOENT', 'ENOTDIR')) return null
    throw error
  }
}
