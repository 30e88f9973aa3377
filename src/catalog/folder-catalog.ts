import type { Environment } from '../base/environment.ts'
import { IcebergError } from '../base/errors.ts'
import { abortableStore } from '../io/abortable-store.ts'
import { lastName, parentLocation } from '../io/location.ts'
import type { ObjectStore, RequestOptions } from '../io/object-store.ts'
import type { Catalog } from './catalog.ts'
import { formatIdentifier, isName, sameIdentifier } from './identifier.ts'
import type { TableIdentifier } from './identifier.ts'
import type { WarningListener } from './metadata-versions.ts'
import { TableFolder } from './table-folder.ts'

export interface FolderCatalogOptions {
  readonly store: ObjectStore
  readonly environment: Environment
  /** The table's folder. It need not exist, and its name can be any. */
  readonly location: string
  readonly onWarning?: WarningListener
}

/**
 * How the only table of a {@link createFolderCatalog} is called: after its folder and the folder around it, with `_` for
 * what a name cannot have. It is a label: nothing is found by it.
 */
export function folderIdentifier(location: string): TableIdentifier {
  const folder = location.replace(/\/+$/, '')
  const around = lastName(parentLocation(folder))
  return { namespace: [nameLike(around)], name: nameLike(lastName(folder)) }
}

function nameLike(folder: string): string {
  const name = folder.normalize('NFC').replaceAll(/[^\p{L}\p{M}\p{N}_-]/gu, '_')
  return [name, `_${name}`].find(isName) ?? '_'
}

/** A catalog of one table, which is a folder that somebody named. Other names are `not-found`, or `invalid` to create. */
export function createFolderCatalog({
  store,
  environment,
  location,
  onWarning = () => undefined,
}: FolderCatalogOptions): Catalog {
  const only = folderIdentifier(location)

  function folder({ signal }: RequestOptions = {}): TableFolder {
    const reached = abortableStore(store, signal)
    return new TableFolder({ store: reached, environment, identifier: only, location, onWarning })
  }

  function find(identifier: TableIdentifier, options?: RequestOptions): TableFolder {
    if (sameIdentifier(identifier, only)) return folder(options)
    throw new IcebergError('not-found', 'a folder has one table, of another name', {
      context: { table: formatIdentifier(identifier), folder: location },
    })
  }

  return {
    defaultLocation(identifier) {
      find(identifier)
      return location
    },
    createTable: async (identifier, metadata) => find(identifier).create(metadata),
    loadTable: async (identifier, options) => find(identifier, options).load(options?.known),
    commitTable: async (base, commit) => find(base.identifier).commit(base, commit),
    checkWritable: (table) => find(table.identifier).checkWritable(table),
    publishLatest: async (identifier) => find(identifier).publishLatest(),
    tableExists: async (identifier, options) =>
      sameIdentifier(identifier, only) && folder(options).exists(),
    dropTable: async (identifier) => find(identifier).drop(),
    async listTables([parent, ...below], options) {
      const isHere = parent === only.namespace[0] && below.length === 0
      return isHere && (await folder(options).exists()) ? [only] : []
    },
    async listNamespaces(parent) {
      return parent.length === 0 ? [only.namespace] : []
    },
  }
}
