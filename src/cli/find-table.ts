import { systemEnvironment } from '../base/environment.ts'
import { openFolder, openTable } from '../client/open-table.ts'
import type { TableFolderPlace } from '../client/open-table.ts'
import type { UnknownRow } from '../client/row-shapes.ts'
import type { Table } from '../client/table.ts'
import { openLake } from '../jobs/lake.ts'
import { commandConfig } from './command-config.ts'
import type { ConfigOption, TableOptions } from './options.ts'
import { parseRelocatedName, parseTableName } from './table-name.ts'
import { eventPrinter } from './terminal.ts'
import type { Terminal } from './terminal.ts'

/** The table that a command line names, for reading; also for writing when it is a folder or an address. */
export async function findTable(
  terminal: Terminal,
  name: string,
  options: TableOptions,
): Promise<Table<UnknownRow, UnknownRow>> {
  const parsed = parseRelocatedName(name, options)
  if (parsed.kind === 'path') {
    const { relocate } = options
    const onEvent = eventPrinter(terminal)
    return openTable(parsed.path, relocate === undefined ? { onEvent } : { onEvent, relocate })
  }
  const { warehouse, name: table } = await placeOfTable(terminal, name, options)
  return warehouse.loadTable(table)
}

/** Where the table that a command line names is, or is to be. */
export async function placeOfTable(
  terminal: Terminal,
  name: string,
  options: ConfigOption,
): Promise<TableFolderPlace> {
  const parsed = parseTableName(name)
  const onEvent = eventPrinter(terminal)
  if (parsed.kind === 'path') return openFolder(parsed.path, { onEvent })
  const lake = openLake(await commandConfig(options), { environment: systemEnvironment, onEvent })
  return lake.locate(parsed.address)
}
