import { IcebergError } from '../base/errors.ts'
import { parseIdentifier } from '../catalog/identifier.ts'
import type { TableIdentifier } from '../catalog/identifier.ts'
import { METADATA_TABLES } from '../scan/facts/metadata-table-names.ts'
import type { MetadataTableName } from '../scan/facts/metadata-table-names.ts'

/** `dataos://depot:collection/dataset?acl=rw`: a table or folder behind a configured depot. */
export interface DatasetAddress {
  readonly kind: 'dataset'
  readonly depot: string
  readonly collection: string
  readonly dataset: string
  /** `r` when the address does not say. */
  readonly acl: 'r' | 'rw'
  /** Parameters other than `acl`. */
  readonly params: ReadonlyMap<string, string>
}

/** `warehouse:namespace.table`: a table of a configured catalog. */
export interface CatalogAddress {
  readonly kind: 'catalog'
  readonly catalog: string
  readonly identifier: TableIdentifier
}

/** What a table tells of itself, as a table. */
export interface MetadataTableAddress {
  readonly table: DatasetAddress
  readonly name: MetadataTableName
}

const SCHEME = 'dataos://'

const NAME = String.raw`[\p{L}\p{N}_][\p{L}\p{N}\p{M}_.-]*`
const LOCATION = new RegExp(`^(?<depot>${NAME}):(?<collection>${NAME})/(?<dataset>${NAME})$`, 'u')
const COLLECTION = new RegExp(`^(?<depot>${NAME}):(?<collection>${NAME})$`, 'u')
const FOLDER = new RegExp(`^(${NAME}):(.+)$`, 'u')
const WHOLE_NAME = new RegExp(`^${NAME}$`, 'u')
const CATALOG = new RegExp(`^(?<catalog>${NAME}):(?<table>.*)$`, 'su')

/**
 * Reads the address of a dataset.
 *
 * @throws IcebergError `invalid` when the text is not of that form
 */
export function parseDatasetAddress(text: string): DatasetAddress {
  const { location, acl, params } = parseParts(text)
  const { depot, collection, dataset } = LOCATION.exec(location)?.groups ?? {}
  if (depot === undefined || collection === undefined || dataset === undefined) {
    throw fault('a dataset address is dataos://depot:collection/dataset, with one slash in it')
  }
  return { kind: 'dataset', depot, collection, dataset, acl, params }
}

/**
 * Reads the address of a collection, `dataos://depot:collection?acl=rw`; its dataset is empty.
 *
 * @throws IcebergError `invalid` when the text is not of that form
 */
export function parseDepotAddress(text: string): DatasetAddress {
  const { location, acl, params } = parseParts(text)
  const { depot, collection } = COLLECTION.exec(location)?.groups ?? {}
  if (depot === undefined || collection === undefined) {
    throw fault('a depot is dataos://depot:collection, without a dataset, which a sink names')
  }
  return { kind: 'dataset', depot, collection, dataset: '', acl, params }
}

/** `dataos://depot:collection/some/folders`: a folder behind a configured depot. */
export interface FolderAddress extends Pick<DatasetAddress, 'acl' | 'params'> {
  readonly depot: string
  /** Names below the depot, the collection first. */
  readonly path: readonly string[]
}

/**
 * Reads the address of a folder, which may lie deeper than a dataset.
 *
 * @throws IcebergError `invalid` when the text is not of that form
 */
export function parseFolderAddress(text: string): FolderAddress {
  const { location, acl, params } = parseParts(text)
  const [, depot, below] = FOLDER.exec(location) ?? []
  const path = below?.replace(/\/+$/, '').split('/') ?? []
  if (depot !== undefined && path.length > 1 && path.every(isAddressName)) {
    return { depot, path, acl, params }
  }
  throw fault('the address of a folder is dataos://depot:collection/folder, or deeper')
}

interface AddressParts extends Pick<DatasetAddress, 'acl' | 'params'> {
  readonly location: string
}

function parseParts(text: string): AddressParts {
  if (!text.startsWith(SCHEME)) throw fault('a dataset address begins with dataos://')
  const [location = '', query, ...more] = text.slice(SCHEME.length).split('?')
  if (more.length > 0) throw fault('a dataset address has one question mark at most')
  const params = parseParameters(query)
  const acl = params.get('acl') ?? 'r'
  if (acl !== 'r' && acl !== 'rw') throw fault('acl must be r or rw')
  params.delete('acl')
  return { location, acl, params }
}

/** `retail/orders.snapshots` as the snapshots of `retail/orders`; null for any other address. */
export function metadataTableOf(address: DatasetAddress): MetadataTableAddress | null {
  const dot = address.dataset.lastIndexOf('.')
  const name = METADATA_TABLES.find((word) => word === address.dataset.slice(dot + 1))
  if (dot <= 0 || name === undefined) return null
  return { table: { ...address, dataset: address.dataset.slice(0, dot) }, name }
}

/** The inverse of {@link parseDatasetAddress}, up to the order of parameters and a plain `acl=r`. */
export function formatDatasetAddress(address: DatasetAddress): string {
  const params = new URLSearchParams([...address.params])
  if (address.acl === 'rw') params.append('acl', 'rw')
  const query = params.size === 0 ? '' : `?${params.toString()}`
  return `${SCHEME}${address.depot}:${address.collection}/${address.dataset}${query}`
}

/**
 * Reads either form of address.
 *
 * @throws IcebergError `invalid` when the text is of neither form
 */
export function parseTableAddress(text: string): DatasetAddress | CatalogAddress {
  if (text.startsWith(SCHEME)) return parseDatasetAddress(text)
  const { catalog, table } = CATALOG.exec(text)?.groups ?? {}
  if (catalog === undefined || table === undefined) {
    throw fault('a table address is warehouse:namespace.table or dataos://depot:collection/dataset')
  }
  return { kind: 'catalog', catalog, identifier: parseIdentifier(table) }
}

/** Whether a depot or catalog of this name can be addressed. */
export function isAddressName(name: string): boolean {
  return WHOLE_NAME.test(name)
}

function parseParameters(query: string | undefined): Map<string, string> {
  const params = new Map<string, string>()
  for (const [name, value] of new URLSearchParams(query)) {
    if (name === '' || params.has(name)) {
      throw fault('each parameter of a dataset address is named, and given once')
    }
    params.set(name, value)
  }
  return params
}

function fault(message: string): IcebergError {
  return new IcebergError('invalid', message)
}
