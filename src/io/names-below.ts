import { readdir } from 'node:fs/promises'
import type { Dirent } from 'node:fs'

import { isCode } from './durable-files.ts'

/**
 * The names of all files below a folder, with the folders between, in no order. Links are not followed, nor are they files. What
 * comes and goes meanwhile may be among them or not. Empty where there is no such folder.
 *
 * @param isWanted which names are given: one that is not costs no more than being read from its folder
 */
export async function* namesBelow(
  folder: string,
  isWanted: (name: string) => boolean,
): AsyncGenerator<string> {
  const parts = ['']
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    for (const entry of await entriesOf(`${folder}/${part}`)) {
      const name = part + entry.name
      if (entry.isDirectory()) parts.push(`${name}/`)
      else if (entry.isFile() && isWanted(name)) yield name
    }
  }
}

async function entriesOf(folder: string): Promise<readonly Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true })
  } catch (error) {
    if (isCode(error, 'ENOENT', 'ENOTDIR')) return []
    throw error
  }
}
