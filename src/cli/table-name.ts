// What a command line may name as TABLE: a metadata file, a folder, or an address of the configuration.
import { IcebergError, withContext } from '../base/errors.ts'
import { parseTableAddress } from '../jobs/address.ts'
import type { CatalogAddress, DatasetAddress } from '../jobs/address.ts'
import type { TableOptions } from './options.ts'

export type TableName =
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'address'; readonly address: CatalogAddress | DatasetAddress }

/**
 * Tells addresses from paths: `warehouse:namespace.table` and `dataos://...` are addresses; what has a slash before its
 * colon or right after it, as in `file:/tables/rides`, is a path or the URI of one.
 *
 * @throws IcebergError `invalid` for a malformed address
 */
export function parseTableName(name: string): TableName {
  return /^(?:dataos:\/\/|[^/:]+:(?!\/))/.test(name)
    ? { kind: 'address', address: parseAddress(name) }
    : { kind: 'path', path: name }
}

/** The parser does not repeat what it is given, because the parameters of an address may be secret. */
function parseAddress(name: string): CatalogAddress | DatasetAddress {
  try {
    return parseTableAddress(name)
  } catch (error) {
    throw withContext(error, { table: name.replace(/\?.*/s, '') })
  }
}

/** As {@link parseTableName}, for commands that take `--relocate`, which has no meaning for addresses. */
export function parseRelocatedName(name: string, { relocate }: TableOptions): TableName {
  const table = parseTableName(name)
  if (table.kind === 'path' || relocate === undefined) return table
  throw new IcebergError('invalid', '--relocate goes with the path of a table, not with an address')
}
