import { systemEnvironment } from '../base/environment.ts'
import type { LoadedTable } from '../catalog/catalog.ts'
import type { WarningListener } from '../catalog/metadata-versions.ts'
import { readMetadata } from '../client/read-metadata.ts'
import { catalogAt, storeAt } from '../client/warehouse-place.ts'
import type { CatalogAddress, DatasetAddress } from '../jobs/address.ts'
import type { TableMetadata } from '../metadata/table-metadata.ts'
import { messageText } from './error-text.ts'
import type { ConfigOption, TableOptions } from './options.ts'
import { parseRelocatedName } from './table-name.ts'
import { warningPrinter } from './terminal.ts'
import type { Terminal } from './terminal.ts'

/**
 * The metadata of the table that a command line names, for commands that need no more: what reads rows takes longer to
 * load than they take to run.
 */
export async function findMetadata(
  terminal: Terminal,
  name: string,
  options: TableOptions,
): Promise<TableMetadata> {
  const { signal } = terminal
  const warn = warningPrinter(terminal)
  const onWarning: WarningListener = (message, context) => warn(messageText(message, context))
  const parsed = parseRelocatedName(name, options)
  if (parsed.kind === 'address') {
    return (await loadByAddress(parsed.address, options, { onWarning, signal })).metadata
  }
  const { relocate } = options
  const place = relocate === undefined ? {} : { relocate }
  return (await readMetadata(parsed.path, { ...place, onWarning, signal })).metadata
}

async function loadByAddress(
  address: CatalogAddress | DatasetAddress,
  options: ConfigOption,
  { onWarning, signal }: { readonly onWarning: WarningListener; readonly signal: AbortSignal },
): Promise<LoadedTable> {
  const { commandConfig } = await import('./command-config.ts')
  const { locateTable, warehouseOf } = await import('../jobs/config.ts')
  const { catalog, identifier } = locateTable(await commandConfig(options), address)
  const { location, ...storage } = warehouseOf(catalog)
  const place = { store: storeAt(location, storage), environment: systemEnvironment, onWarning }
  return catalogAt(location, place).loadTable(identifier, { signal })
}
