import { IcebergError } from '../base/errors.ts'
import { findConfigFile, loadConfigFile } from '../jobs/config-file.ts'
import type { Config } from '../jobs/config.ts'
import type { ConfigOption } from './options.ts'

/**
 * The configuration that a command runs under.
 *
 * @throws IcebergError `not-found` when there is none
 */
export async function commandConfig({ config }: ConfigOption): Promise<Config> {
  const found = config ?? (await findConfigFile(process.cwd()))
  if (found !== null) return loadConfigFile(found, process.env)
  throw new IcebergError(
    'not-found',
    'no frazil.yaml here or above: write one, or name it with --config',
  )
}
