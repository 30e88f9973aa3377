import { resolve } from 'node:path'

import { createFolderCatalog, folderIdentifier } from '../catalog/folder-catalog.ts'
import { formatIdentifier } from '../catalog/identifier.ts'
import { isMetadataFile, readMetadataAt } from '../catalog/metadata-location.ts'
import { createReadOnlyCatalog } from '../catalog/read-only-catalog.ts'
import { createLocalStore } from '../io/local-store.ts'
import { createRelocatingStore } from '../io/relocating-store.ts'
import type { Relocation } from '../io/relocating-store.ts'
import { tableState } from '../table/table-state.ts'
import type { UnknownRow } from './row-shapes.ts'
import { openServices } from './services.ts'
import type { ServiceOptions } from './services.ts'
import { Table } from './table.ts'
import { Warehouse } from './warehouse.ts'

export interface OpenTableOptions extends ServiceOptions {
  /** Where the files of a copied table are now. A relocated table can only be read. */
  readonly relocate?: readonly Relocation[]
}

/** A folder that is, or is to be, one table. */
export interface TableFolderPlace {
  readonly warehouse: Warehouse
  /** What the warehouse calls the table. */
  readonly name: string
}

/** The warehouse whose only table is a folder, which need not exist. */
export function openFolder(location: string, options: ServiceOptions = {}): TableFolderPlace {
  const folder = resolve(location)
  const services = openServices(options, createLocalStore, (place) =>
    createFolderCatalog({ ...place, location: folder }),
  )
  return {
    warehouse: new Warehouse(services),
    name: formatIdentifier(folderIdentifier(folder)),
  }
}

/**
 * Opens a table by its place: a folder that has `metadata` in it, or one of its metadata files.
 *
 * A folder with the versions of a file catalog can be written to. A metadata file, or a folder whose versions another
 * catalog counts, can only be read.
 *
 * @throws IcebergError `not-found` when there is no table
 */
export async function openTable(
  location: string,
  options: OpenTableOptions = {},
): Promise<Table<UnknownRow, UnknownRow>> {
  const place = resolve(location)
  if (options.relocate === undefined && !isMetadataFile(place)) {
    const { warehouse, name } = openFolder(place, options)
    if (await warehouse.tableExists(name)) return warehouse.loadTable(name)
  }
  return openReadOnly(place, options)
}

async function openReadOnly(
  place: string,
  options: OpenTableOptions,
): Promise<Table<UnknownRow, UnknownRow>> {
  const inner = options.store ?? createLocalStore()
  const store =
    options.relocate === undefined ? inner : createRelocatingStore(inner, options.relocate)
  const loaded = {
    identifier: folderIdentifier(place),
    ...(await readMetadataAt(store, place)),
  }
  const services = openServices(
    { ...options, store },
    () => store,
    () => createReadOnlyCatalog(loaded),
  )
  return new Table(tableState(loaded, services), new Map())
}
