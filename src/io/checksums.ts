// The checksums that Hadoop's local file system puts beside its files: `.x.crc` for `x`. It reads a file that has none, and refuses
// one whose checksum is of other bytes. We never write one, and remove those of files that we replace or remove.
import { opendir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

import { isCode } from './durable-files.ts'

/** To read a name is so many times cheaper than to ask for a file that is not there. */
const NAMES_PER_FILE = 8

export function checksumPath(path: string): string {
  return join(dirname(path), `.${basename(path)}.crc`)
}

/**
 * Tells which files may have a checksum, so that not each has to be asked for: where many files of a folder are meant, its names
 * are read. In a folder of many more names than that all may have one.
 */
export async function checksumTest(paths: readonly string[]): Promise<(path: string) => boolean> {
  const counts = new Map<string, number>()
  for (const path of paths) {
    const folder = dirname(path)
    counts.set(folder, (counts.get(folder) ?? 0) + 1)
  }
  const withChecksums = new Map<string, ReadonlySet<string> | null>()
  for (const [folder, files] of counts) {
    withChecksums.set(folder, await checksumsIn(folder, files * NAMES_PER_FILE))
  }
  return (path) => {
    const found = withChecksums.get(dirname(path)) ?? null
    return found === null || (found.size > 0 && found.has(checksumPath(path)))
  }
}

/** Null where the folder has more names. */
async function checksumsIn(folder: string, maxNames: number): Promise<ReadonlySet<string> | null> {
  const found = new Set<string>()
  let names = 0
  try {
    for await (const { name } of await opendir(folder, { bufferSize: READ_NAMES })) {
      names += 1
      if (names > maxNames) return null
      if (name.endsWith('.crc')) found.add(join(folder, name))
    }
    return found
  } catch (error) {
    if (isCode(error, 'ENOENT', 'ENOTDIR')) return found
    // Whoever removes the files will hear of it.
    return null
  }
}

const READ_NAMES = 1024
