import { openFolder, openTable } from '../client/open-table.ts'
import type { TableFolderPlace } from '../client/open-table.ts'
import type { UnknownRow } from '../client/row-shapes.ts'
import type { Table } from '../client/table.ts'
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
  const { signal } = terminal
  const parsed = parseRelocatedName(name, options)
  if (parsed.kind === 'path') {
    const { relocate } = options
    const place = relocate === undefined ? {} : { relocate }
    return openTable(parsed.path, { ...place, signal, onEvent: eventPrinter(terminal) })
  }
  const { warehouse, name: table } = await placeOfTable(terminal, name, options)
  return warehouse.loadTable(table, undefined, { signal })
}

/** Where the table that a command line names is, or is to be. */
export async function placeOfTable(
  terminal: Terminal,
  name: string,
  options: ConfigOption,
): Promise<TableFolderPlace> {
  const parsed = parseTableName(name)
  if (parsed.kind === 'path') return openFolder(parsed.path, { onEvent: eventPrinter(terminal) })
  // A table that is named by its place needs no configuration, and none of the code that reads one.
  const { commandLake } = await import('./command-lake.ts')
  return (await commandLake(terminal, options)).locate(parsed.address)
}
