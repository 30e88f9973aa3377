// Tables as folders of a warehouse: `<warehouse>/<namespace>/.../<table>/metadata`. A table exists if it has a version, a
// namespace if its folder does and is no table's.
import type { Environment } from '../base/environment.ts'
import { joinLocation } from '../io/location.ts'
import type { ObjectStore } from '../io/object-store.ts'
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
export function createFileCatalog(options: FileCatalogOptions): Catalog {
  const { store, environment, warehouse, onWarning = () => undefined } = options

  function location(identifier: TableIdentifier): string {
    checkIdentifier(identifier)
    return joinLocation(warehouse, ...identifier.namespace, identifier.name)
  }

  function folder(identifier: TableIdentifier): TableFolder {
    return new TableFolder({
      store,
      environment,
      identifier,
      location: location(identifier),
      onWarning,
    })
  }

  /** Names of the folders in a namespace that could be tables or namespaces; others are not ours. */
  async function namesIn(namespace: readonly string[]): Promise<readonly string[]> {
    checkNames(namespace)
    const names: string[] = []
    const place = namespace.length === 0 ? warehouse : joinLocation(warehouse, ...namespace)
    for await (const { name, isFolder } of store.listNames(place)) {
      if (isFolder && isName(name)) names.push(name)
    }
    return names.sort()
  }

  /** The folder of a table has `metadata` in it, also when the table is half made or was dropped. */
  async function isTableFolder(path: readonly string[]): Promise<boolean> {
    for await (const { name, isFolder } of store.listNames(joinLocation(warehouse, ...path))) {
      if (isFolder && name === 'metadata') return true
    }
    return false
  }

  return {
    defaultLocation: location,
    createTable: async (identifier, metadata) => folder(identifier).create(metadata),
    loadTable: async (identifier) => folder(identifier).load(),
    commitTable: async (base, commit) => folder(base.identifier).commit(base, commit),
    publishLatest: async (identifier) => folder(identifier).publishLatest(),
    tableExists: async (identifier) => folder(identifier).exists(),
    dropTable: async (identifier) => folder(identifier).drop(),

    async listTables(namespace) {
      const tables: TableIdentifier[] = []
      if (namespace.length === 0) return tables
      for (const name of await namesIn(namespace)) {
        const identifier = { namespace, name }
        if (await folder(identifier).exists()) tables.push(identifier)
      }
      return tables
    },

    async listNamespaces(parent) {
      const namespaces: (readonly string[])[] = []
      for (const name of await namesIn(parent)) {
        const path = [...parent, name]
        if (!(await isTableFolder(path))) namespaces.push(path)
      }
      return namespaces
    },
  }
}
