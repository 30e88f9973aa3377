import { opendir } from 'node:fs/promises'
import type { Dir } from 'node:fs'

import { isCode } from './durable-files.ts'

/** Stands in a name for bytes that are no UTF-8: no file is found by such a name, unless it is really called so. */
export const NO_TEXT = '\uFFFD'

/** Names of a folder that are read at once. */
const ENTRIES_AT_ONCE = 1024

/**
 * The names of all files and links below a folder, with the folders between, in no order. Links are not followed. What comes and
 * goes meanwhile may be among them or not. Empty where there is no such folder.
 *
 * @param isWanted which names are given: one that is not costs no more than being read from its folder
 */
export async function* namesBelow(
  folder: string,
  isWanted: (name: string) => boolean,
): AsyncGenerator<string> {
  const parts = ['']
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    const entries = await openFolder(`${folder}/${part}`)
    // Its files cannot be read, whatever they are.
    if (entries === null && part.includes(NO_TEXT) && isWanted(part)) yield part.slice(0, -1)
    for await (const entry of entries ?? []) {
      const name = part + entry.name
      if (entry.isDirectory()) parts.push(`${name}/`)
      else if ((entry.isFile() || entry.isSymbolicLink()) && isWanted(name)) yield name
    }
  }
}

async function openFolder(path: string): Promise<Dir | null> {
  try {
    return await opendir(path, { bufferSize: ENTRIES_AT_ONCE })
  } catch (error) {
    if (isCode(error, 'ENOENT', 'ENOTDIR')) return null
    throw error
  }
}
