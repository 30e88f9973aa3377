// What a command line may name as TABLE: a metadata file, a folder, or an address of the configuration.
import { IcebergError } from '../base/errors.ts'
import { openFolder, openTable } from '../client/open-table.ts'
import type { TableFolderPlace } from '../client/open-table.ts'
import type { UnknownRow } from '../client/row-shapes.ts'
import type { Table } from '../client/table.ts'
import { systemEnvironment } from '../base/environment.ts'
import type { Relocation } from '../io/relocating-store.ts'
import { parseTableAddress } from '../jobs/address.ts'
import { findConfigFile, loadConfigFile } from '../jobs/config-file.ts'
import type { Config } from '../jobs/config.ts'
import { openLake } from '../jobs/lake.ts'

export interface TableNameOptions {
  /** A configuration file; the nearest `frazil.yaml` upward of the working folder when absent. */
  readonly config?: string
  /** `FROM=TO`, as the command line has them. */
  readonly relocate?: readonly string[]
}

/** The table that a command line names, for reading; also for writing when it is a folder or an address. */
export async function findTable(
  name: string,
  options: TableNameOptions,
): Promise<Table<UnknownRow, UnknownRow>> {
  const relocate = (options.relocate ?? []).map(parseRelocation)
  if (!isAddress(name)) return openTable(name, relocate.length === 0 ? {} : { relocate })
  if (relocate.length > 0) {
    throw new IcebergError('invalid', '--relocate goes with the path of a table, not with an address')
  }
  const { warehouse, name: table } = await placeOfAddress(name, options)
  return warehouse.loadTable(table)
}

/** Where the table that a command line names is, or is to be. */
export async function placeOfTable(
  name: string,
  options: TableNameOptions,
): Promise<TableFolderPlace> {
  return isAddress(name) ? placeOfAddress(name, options) : openFolder(name)
}

/**
 * The configuration that a command runs under.
 *
 * @throws IcebergError `not-found` when there is none
 */
export async function commandConfig(file: string | undefined): Promise<Config> {
  const found = file ?? (await findConfigFile(process.cwd()))
  if (found !== null) return loadConfigFile(found, process.env)
  throw new IcebergError('not-found', 'no frazil.yaml here or above: write one, or name it with --config')
}

async function placeOfAddress(
  name: string,
  { config }: TableNameOptions,
): Promise<TableFolderPlace> {
  const lake = openLake(await commandConfig(config), { environment: systemEnvironment })
  return lake.locate(parseTableAddress(name))
}

/** `warehouse:namespace.table` or `dataos://...`; anything with a slash before the colon, and `file:`, is a path. */
function isAddress(name: string): boolean {
  return /^(?!file:)[^/]+:/.test(name)
}

function parseRelocation(text: string): Relocation {
  const at = text.indexOf('=')
  if (at > 0) return { from: text.slice(0, at), to: text.slice(at + 1) }
  throw new IcebergError('invalid', '--relocate takes FROM=TO', { context: { relocate: text } })
}
