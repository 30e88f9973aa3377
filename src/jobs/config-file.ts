import { readFile, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'

import { IcebergError } from '../base/errors.ts'
import { isCode } from '../io/durable-files.ts'
import { parseConfig } from './config.ts'
import type { Config } from './config.ts'
import type { Variables } from './yaml/variables.ts'

const FILE_NAME = 'frazil.yaml'

/**
 * The configuration that is in force in a folder: that of the nearest `frazil.yaml` in it or above it; null when there is
 * none up to the root.
 *
 * @throws IcebergError `unavailable` when a folder on the way cannot be looked into
 */
export async function findConfigFile(folder: string): Promise<string | null> {
  for (let current = resolve(folder); ; current = dirname(current)) {
    const candidate = join(current, FILE_NAME)
    if (await isFile(candidate)) return candidate
    if (dirname(current) === current) return null
  }
}

/**
 * Reads a configuration file.
 *
 * @param variables what `${NAME}` reads
 * @throws IcebergError `not-found` when there is no such file, `unavailable` when it cannot be read, and what
 *   {@link parseConfig} throws
 */
export async function loadConfigFile(file: string, variables: Variables): Promise<Config> {
  const path = resolve(file)
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw isCode(error, 'ENOENT', 'ENOTDIR')
      ? new IcebergError('not-found', 'there is no such configuration', { context: { file } })
      : unreadable(path, error)
  })
  return parseConfig(text, { folder: dirname(path), variables, file })
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile()
  } catch (error) {
    if (isCode(error, 'ENOENT', 'ENOTDIR')) return false
    throw unreadable(path, error)
  }
}

function unreadable(file: string, cause: unknown): IcebergError {
  return new IcebergError('unavailable', 'the configuration cannot be read', {
    context: { file },
    cause,
  })
}
