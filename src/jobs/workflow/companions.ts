import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

import { IcebergError } from '../../base/errors.ts'
import { isCode } from '../../io/durable-files.ts'

/** The texts that a workflow file leaves to other files. */
export interface Companions {
  /**
   * @param path from the folder of the workflow file
   * @throws IcebergError `not-found` when there is no such file, `unavailable` when it cannot be read, `invalid` when it
   *   holds no text
   */
  readonly read: (path: string) => string
}

/** Those of a workflow that was in a file, or that was in none. */
export function companionsOf(file: string | null): Companions {
  if (file === null) return { read: refuse }
  return { read: (path) => readText(resolve(dirname(file), path)) }
}

function refuse(): never {
  throw new IcebergError('invalid', 'is found beside the workflow file, and this one is in no file')
}

function readText(path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path))
  } catch (error) {
    if (error instanceof TypeError)
      throw new IcebergError('invalid', 'the file is no text in UTF-8')
    throw isCode(error, 'ENOENT', 'ENOTDIR')
      ? new IcebergError('not-found', 'there is no such file')
      : new IcebergError('unavailable', 'the file cannot be read', { cause: error })
  }
}
