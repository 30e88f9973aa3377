import { systemEnvironment } from '../base/environment.ts'
import { IcebergError } from '../base/errors.ts'
import { openServices } from '../client/services.ts'
import { findTablePlace } from '../client/table-place.ts'
import { catalogAt, storeAt } from '../client/warehouse-place.ts'
import type { CatalogAddress, DatasetAddress } from '../jobs/address.ts'
import type { TablePlace } from '../maintenance/doctor.ts'
import type { ConfigOption, TableOptions } from './options.ts'
import { parseRelocatedName } from './table-name.ts'
import { eventPrinter } from './terminal.ts'
import type { Terminal } from './terminal.ts'

/** Where the table is that a command line names, whatever its metadata says. */
export async function findPlace(
  terminal: Terminal,
  name: string,
  options: TableOptions,
): Promise<TablePlace> {
  const parsed = parseRelocatedName(name, options)
  if (parsed.kind === 'address') return placeOfAddress(terminal, parsed.address, options)
  const { relocate } = options
  return findTablePlace(parsed.path, {
    ...(relocate === undefined ? {} : { relocate }),
    signal: terminal.signal,
    onEvent: eventPrinter(terminal),
  })
}

async function placeOfAddress(
  terminal: Terminal,
  address: CatalogAddress | DatasetAddress,
  options: ConfigOption,
): Promise<TablePlace> {
  const { commandConfig } = await import('./command-config.ts')
  const { locateTable, warehouseOf } = await import('../jobs/config.ts')
  const { catalog, identifier } = locateTable(await commandConfig(options), address)
  const { location, ...storage } = warehouseOf(catalog)
  const services = openServices(
    { environment: systemEnvironment, onEvent: eventPrinter(terminal) },
    () => storeAt(location, storage),
    (place) => catalogAt(location, place),
  )
  const { signal } = terminal
  try {
    const { metadataLocation } = await services.catalog.loadTable(identifier, { signal })
    return { identifier, metadataLocation, services }
  } catch (error) {
    const metadataLocation = damagedMetadata(error)
    if (metadataLocation === null) throw error
    return { identifier, metadataLocation, services }
  }
}

/** What a catalog found and could not read; null for any other failure. */
function damagedMetadata(error: unknown): string | null {
  if (!(error instanceof IcebergError)) return null
  const { metadataLocation } = error.context
  const isDamage = error.kind === 'corrupt' || error.kind === 'limit'
  return isDamage && typeof metadataLocation === 'string' ? metadataLocation : null
}
