import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** Makes the files and folders below a folder durable. @returns how many files there are */
export async function syncFiles(folder: string): Promise<number> {
  let files = 0
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const handle = await open(join(entry.parentPath, entry.name), 'r')
    await handle.sync()
    await handle.close()
    if (entry.isFile()) files += 1
  }
  return files
}
