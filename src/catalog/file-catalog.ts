// Tables as folders of a warehouse: `<warehouse>/<namespace>/.../<table>/metadata`. A table exists if it has a version, a
// namespace if its folder does and is no table's.
import type { Environment } from '../base/environment.ts'
import { abortableStore } from '../io/abortable-store.ts'
import { joinLocation } from '../io/location.ts'
import type { ObjectStore, RequestOptions } from '../io/object-store.ts'
import type { Catalog } from './catalog.ts'
import { checkIdentifier, checkNames, isName } from './identifier.ts'
import type { TableIdentifier } from './identifier.ts'
import type { WarningListener } from './metadata-versions.ts'
import { TableFolder } from './table-folder.ts'

export interface FileCatalogOptions {
  readonly store: ObjectStore
  readonly environment: Environment
  /** The folder that holds the namespaces. It need not exist. */
  readonly warehouse: string
  readonly onWarning?: WarningListener
}

/**
 * A catalog that is nothing but files, laid out so that Hadoop tables of other engines can be read here and tables of
 * this one there. Any number of processes may commit to it at once, through a store whose `create` is exclusive.
 *
 * Dropping a table leaves its folder, in which its data files are.
 */
export function createFileCatalog({
  store,
  environment,
  warehouse,
  onWarning = () => undefined,
}: FileCatalogOptions): Catalog {
  function location(identifier: TableIdentifier): string {
    checkIdentifier(identifier)
    return joinLocation(warehouse, ...identifier.namespace, identifier.name)
  }

  function folder(identifier: TableIdentifier, { signal }: RequestOptions = {}): TableFolder {
    return new TableFolder({
      store: abortableStore(store, signal),
      environment,
      identifier,
      location: location(identifier),
      onWarning,
    })
  }

  /** Names of the folders in a namespace that could be tables or namespaces; others are not ours. */
  async function namesIn(
    namespace: readonly string[],
    options: RequestOptions = {},
  ): Promise<readonly string[]> {
    checkNames(namespace)
    const names: string[] = []
    const place = namespace.length === 0 ? warehouse : joinLocation(warehouse, ...namespace)
    for await (const { name, isFolder } of store.listNames(place, options)) {
      if (isFolder && isName(name)) names.push(name)
    }
    return names.sort()
  }

  /** The folder of a table has `metadata` in it, also when the table is half made or was dropped. */
  async function isTableFolder(
    path: readonly string[],
    options: RequestOptions = {},
  ): Promise<boolean> {
    const place = joinLocation(warehouse, ...path)
    for await (const { name, isFolder } of store.listNames(place, options)) {
      if (isFolder && name === 'metadata') return true
    }
    return false
  }

  return {
    defaultLocation: location,
    createTable: async (identifier, metadata) => folder(identifier).create(metadata),
    loadTable: async (identifier, options) => folder(identifier, options).load(options?.known),
    commitTable: async (base, commit) => folder(base.identifier).commit(base, commit),
    checkWritable: (table) => folder(table.identifier).checkWritable(table),
    publishLatest: async (identifier) => folder(identifier).publishLatest(),
    tableExists: async (identifier, options) => folder(identifier, options).exists(),
    dropTable: async (identifier) => folder(identifier).drop(),

    async listTables(namespace, options) {
      const tables: TableIdentifier[] = []
      if (namespace.length === 0) return tables
      for (const name of await namesIn(namespace, options)) {
        const identifier = { namespace, name }
        if (await folder(identifier, options).exists()) tables.push(identifier)
      }
      return tables
    },

    async listNamespaces(parent, options) {
      const namespaces: (readonly string[])[] = []
      for (const name of await namesIn(parent, options)) {
        const path = [...parent, name]
        if (!(await isTableFolder(path, options))) namespaces.push(path)
      }
      return namespaces
    },
  }
}
