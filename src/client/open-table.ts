import { checkOptions } from '../base/options.ts'
import type { OptionNames } from '../base/options.ts'
import { createFolderCatalog, folderIdentifier } from '../catalog/folder-catalog.ts'
import { formatIdentifier } from '../catalog/identifier.ts'
import { isMetadataFile } from '../catalog/metadata-location.ts'
import { versionOf } from '../catalog/metadata-versions.ts'
import { createReadOnlyCatalog } from '../catalog/read-only-catalog.ts'
import { absoluteLocation } from '../io/absolute-location.ts'
import { parentLocation } from '../io/location.ts'
import { createReadOnlyStore } from '../io/read-only-store.ts'
import { tableState } from '../table/table-state.ts'
import { openStores } from './open-stores.ts'
import type { StorageOptions } from './open-stores.ts'
import { readMetadata, storeOf } from './read-metadata.ts'
import type { PlaceOptions } from './read-metadata.ts'
import type { UnknownRow } from './row-shapes.ts'
import { SERVICE_NAMES, openServices } from './services.ts'
import type { ServiceOptions } from './services.ts'
import { Table } from './table.ts'
import { Warehouse } from './warehouse.ts'

/** What a table is opened with, beside its place. */
export interface OpenTableOptions extends ServiceOptions, PlaceOptions {
  /** Ends the opening. The table that is opened takes no notice of it. */
  readonly signal?: AbortSignal
}

/** The names of {@link OpenTableOptions}. */
export const OPEN_TABLE_NAMES: OptionNames<OpenTableOptions> = {
  ...SERVICE_NAMES,
  s3: true,
  relocate: 'list',
  signal: 'signal',
}

/** A folder that is, or is to be, one table. */
export interface TableFolderPlace {
  readonly warehouse: Warehouse
  /** What the warehouse calls the table. */
  readonly name: string
}

/** The warehouse whose only table is a folder, which need not exist. */
export function openFolder(
  location: string,
  options: ServiceOptions & StorageOptions = {},
): TableFolderPlace {
  const folder = absoluteLocation(location)
  const services = openServices(
    options,
    () => openStores(options),
    (place) => createFolderCatalog({ ...place, location: folder }),
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
 * @throws IcebergError `not-found` when there is no table, `invalid` for options that there are not
 */
export async function openTable(
  location: string,
  options: OpenTableOptions = {},
): Promise<Table<UnknownRow, UnknownRow>> {
  checkOptions('openTable', options, OPEN_TABLE_NAMES)
  const place = absoluteLocation(location)
  if (options.relocate === undefined && !isMetadataFile(place)) {
    const { warehouse, name } = openFolder(place, options)
    if (await warehouse.tableExists(name, options)) {
      return warehouse.loadTable(name, undefined, options)
    }
  }
  return openReadOnly(place, options)
}

async function openReadOnly(
  place: string,
  options: OpenTableOptions,
): Promise<Table<UnknownRow, UnknownRow>> {
  const why = whyReadOnly(place, options)
  const store = createReadOnlyStore(storeOf(options), why)
  const { onEvent } = options
  const loaded = {
    identifier: folderIdentifier(
      isMetadataFile(place) ? parentLocation(parentLocation(place)) : place,
    ),
    ...(await readMetadata(place, {
      ...options,
      onWarning: (message, context) => onEvent?.({ kind: 'warning', message, context }),
    })),
  }
  const services = openServices(
    { ...options, store },
    () => store,
    () => createReadOnlyCatalog(loaded, why),
  )
  return new Table(tableState(loaded, services), new Map())
}

/** Why nothing can be written to a table, with the way out where there is one. */
function whyReadOnly(place: string, { relocate }: OpenTableOptions): string {
  if (relocate !== undefined) return 'a relocated table can only be read'
  if (!isMetadataFile(place)) {
    return 'a folder whose metadata files another catalog names can only be read: write to the table through that catalog'
  }
  return versionOf(place) === null
    ? 'a table opened by its metadata file can only be read: write to it through the catalog that names such files'
    : 'a table opened by its metadata file can only be read: write to it by its folder or through its catalog'
}
