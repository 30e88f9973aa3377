import { IcebergError } from '../base/errors.ts'
import type { Catalog, LoadedTable } from './catalog.ts'
import { formatIdentifier, sameIdentifier } from './identifier.ts'
import type { TableIdentifier } from './identifier.ts'

/**
 * A catalog of one table that somebody opened past the catalog that counts its versions. Which one is current is for that
 * one to say, so it stays as it was opened, and nothing can be committed.
 *
 * @param why what the refusal of a commit says, with the way out
 */
export function createReadOnlyCatalog(table: LoadedTable, why: string): Catalog {
  const load = async (identifier: TableIdentifier): Promise<LoadedTable> => {
    if (sameIdentifier(identifier, table.identifier)) return table
    throw refusal('not-found', 'one table was opened, of another name', identifier)
  }
  const checkWritable = ({ identifier }: Pick<LoadedTable, 'identifier'>): never => {
    throw refusal('unsupported', why, identifier)
  }
  const refuse = async (identifier: TableIdentifier): Promise<never> =>
    checkWritable({ identifier })
  return {
    defaultLocation: () => table.metadata.location,
    createTable: refuse,
    loadTable: load,
    commitTable: (base) => refuse(base.identifier),
    checkWritable,
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
