import { IcebergError } from '../base/errors.ts'
import type { Catalog, LoadedTable } from './catalog.ts'
import { formatIdentifier, sameIdentifier } from './identifier.ts'
import type { TableIdentifier } from './identifier.ts'

/**
 * A catalog of one table that somebody opened by its metadata file. Which version is current is for another catalog to say,
 * so it stays at that one, and nothing can be committed.
 */
export function createReadOnlyCatalog(table: LoadedTable): Catalog {
  const load = async (identifier: TableIdentifier): Promise<LoadedTable> => {
    if (sameIdentifier(identifier, table.identifier)) return table
    throw refusal('not-found', 'a metadata file has one table, of another name', identifier)
  }
  const refuse = async (identifier: TableIdentifier): Promise<never> => {
    throw refusal('unsupported', 'a table opened by its metadata file can only be read', identifier)
  }
  return {
    defaultLocation: () => table.metadata.location,
    createTable: refuse,
    loadTable: load,
    commitTable: (base) => refuse(base.identifier),
    publishLatest: refuse,
    tableExists: async (identifier) => sameIdentifier(identifier, table.identifier),
    listTables: async () => [table.identifier],
    listNamespaces: async (parent) => (parent.length === 0 ? [table.identifier.namespace] : []),
    dropTable: refuse,
  }
}

function refusal(
  kind: 'not-found' | 'unsupported',
  message: string,
  identifier: TableIdentifier,
): IcebergError {
  return new IcebergError(kind, message, { context: { table: formatIdentifier(identifier) } })
}
