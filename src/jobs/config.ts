import { resolve } from 'node:path'

import { assert } from '../base/assert.ts'
import { IcebergError } from '../base/errors.ts'
import { checkIdentifier } from '../catalog/identifier.ts'
import type { TableIdentifier } from '../catalog/identifier.ts'
import { isS3Folder } from '../io/s3-location.ts'
import type { S3Options } from '../io/s3-options.ts'
import { isAddressName } from './address.ts'
import type { CatalogAddress, DatasetAddress } from './address.ts'
import { readYaml } from './yaml/document.ts'
import type { YamlEntry } from './yaml/document.ts'
import { Faults } from './yaml/faults.ts'
import { Fields } from './yaml/fields.ts'
import type { Vocabulary } from './yaml/fields.ts'
import { suggestion } from './yaml/suggestion.ts'
import { expandVariables } from './yaml/variables.ts'
import type { Variables } from './yaml/variables.ts'

/** What `frazil.yaml` says. */
export interface Config {
  /** Of SQL sessions: a name of the IANA database. */
  readonly timeZone: string
  /** Whether jobs refuse what they otherwise only warn of. */
  readonly strict: boolean
  readonly catalogs: ReadonlyMap<string, CatalogConfig>
  /** The catalog of each is there. */
  readonly depots: ReadonlyMap<string, DepotConfig>
  /** In the target table, committed with its rows. */
  readonly state: 'table'
}

export type CatalogConfig =
  /** `warehouse` is an absolute path, or the URI of a folder on this machine or in S3. */
  | { readonly type: 'file'; readonly warehouse: string; readonly s3?: S3Config }
  | { readonly type: 'memory' }

/** How S3 is reached. Credentials are not for a configuration: they come from where the AWS SDK finds them. */
export type S3Config = Pick<S3Options, 'region' | 'endpoint' | 'forcePathStyle' | 'profile'>

/** Its collections are namespaces of the catalog, their datasets tables. */
export interface DepotConfig {
  readonly catalog: string
}

export interface ConfigOptions {
  /** Where relative paths start: the absolute path of the file's own folder. */
  readonly folder: string
  /** What `${NAME}` reads. */
  readonly variables: Variables
  /** Named in the error. */
  readonly file?: string
}

/**
 * Reads a configuration; an empty one has a default for everything. Messages name keys and places and never show a value,
 * which could be a secret.
 *
 * @throws IcebergError with every fault of the file in `problems`: `invalid`, or `unsupported` when all that stands in the
 *   way is what we cannot do yet
 */
export function parseConfig(text: string, options: ConfigOptions): Config {
  const faults = new Faults()
  const root = readYaml(text, faults)
  const config =
    root === null
      ? null
      : readConfig(
          new Fields(expandVariables(root, options.variables, faults), FILE, faults),
          options.folder,
        )
  faults.throwIfAny(
    'the configuration has faults',
    options.file === undefined ? {} : { file: options.file },
  )
  assert(config !== null, 'a file is read or has a fault')
  return config
}

/** A table of a configured catalog. */
export interface TableLocation {
  readonly catalogName: string
  readonly catalog: CatalogConfig
  readonly identifier: TableIdentifier
}

/** What `openWarehouse` takes for a catalog. */
export function warehouseOf(catalog: CatalogConfig): {
  readonly location: string
  readonly s3?: S3Config
} {
  if (catalog.type === 'memory') return { location: 'memory:' }
  const { warehouse: location, s3 } = catalog
  return s3 === undefined ? { location } : { location, s3 }
}

/**
 * Where the table of an address is.
 *
 * @throws IcebergError `invalid` when its depot or catalog is not configured, or its names are none that a table can have
 */
export function locateTable(
  config: Config,
  address: DatasetAddress | CatalogAddress,
): TableLocation {
  const { catalogName, identifier } =
    address.kind === 'catalog'
      ? { catalogName: address.catalog, identifier: address.identifier }
      : {
          catalogName: configured(config.depots, address.depot, 'depot').catalog,
          identifier: { namespace: address.collection.split('.'), name: address.dataset },
        }
  checkIdentifier(identifier)
  return { catalogName, catalog: configured(config.catalogs, catalogName, 'catalog'), identifier }
}

function configured<Value>(values: ReadonlyMap<string, Value>, name: string, what: string): Value {
  const value = values.get(name)
  if (value !== undefined) return value
  throw new IcebergError(
    'invalid',
    `no such ${what} is configured${suggestion(name, values.keys())}`,
    {
      context: { [what]: name },
    },
  )
}

const FILE: Vocabulary = { read: ['timeZone', 'strict', 'catalogs', 'depots', 'state'] }
const CATALOG: Vocabulary = { read: ['type', 'warehouse', 's3'] }
const S3: Vocabulary = { read: ['region', 'endpoint', 'forcePathStyle', 'profile'] }
const DEPOT: Vocabulary = { read: ['catalog'], later: ['path', 'kafka'] }
const STATE: Vocabulary = { read: [], later: ['file'] }

function readConfig(file: Fields, folder: string): Config {
  const catalogs = file.entries('catalogs', (entry) => readCatalog(entry, file.faults, folder))
  const depots = file.entries('depots', (entry) => readDepot(entry, file.faults, catalogs))
  readState(file)
  return {
    timeZone: readTimeZone(file),
    strict: file.flag('strict') ?? false,
    catalogs,
    depots,
    state: 'table',
  }
}

function readCatalog(entry: YamlEntry, faults: Faults, folder: string): CatalogConfig {
  checkName(entry, faults)
  const fields = new Fields(entry.value, CATALOG, faults)
  fields.require('type')
  const type = fields.word('type', ['file', 'memory'], ['rest', 'sql'])
  if (type !== 'file') {
    if (type === 'memory' && fields.has('warehouse')) {
      fields.invalid('warehouse', 'a catalog in memory has no warehouse')
    }
    if (type === 'memory' && fields.has('s3')) fields.invalid('s3', 'the warehouse is not in S3')
    return { type: 'memory' }
  }
  const warehouse = fields.text('warehouse')
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(warehouse)?.[1]?.toLowerCase()
  const isInS3 = scheme !== undefined && S3_SCHEMES.has(scheme)
  if (isInS3 && !isS3Folder(warehouse)) {
    fields.invalid('warehouse', 'must be s3://bucket/prefix, with no credentials in it')
  }
  if (fields.has('s3') && !isInS3) fields.invalid('s3', 'the warehouse is not in S3')
  if (isInS3) return { type, warehouse, ...readS3(fields) }
  if (scheme !== undefined && scheme !== 'file') {
    faults.unsupported(
      fields.placeOf('warehouse'),
      'a warehouse that is neither in a local folder nor in S3',
    )
  }
  return { type, warehouse: scheme === undefined ? resolve(folder, warehouse) : warehouse }
}

const S3_SCHEMES = new Set(['s3', 's3a', 's3n'])

function readS3(catalog: Fields): { readonly s3?: S3Config } {
  const fields = catalog.map('s3', S3)
  if (fields === null) return {}
  const region = fields.optionalText('region')
  const endpoint = fields.optionalText('endpoint')
  const forcePathStyle = fields.flag('forcePathStyle')
  const profile = fields.optionalText('profile')
  return {
    s3: {
      ...(region === null ? {} : { region }),
      ...(endpoint === null ? {} : { endpoint }),
      ...(forcePathStyle === null ? {} : { forcePathStyle }),
      ...(profile === null ? {} : { profile }),
    },
  }
}

function readDepot(
  entry: YamlEntry,
  faults: Faults,
  catalogs: ReadonlyMap<string, CatalogConfig>,
): DepotConfig {
  checkName(entry, faults)
  const fields = new Fields(entry.value, DEPOT, faults)
  const isOther = fields.has('path') || fields.has('kafka')
  if (isOther && fields.has('catalog')) {
    fields.invalid('catalog', 'a depot is one of a catalog, a path or a broker')
  }
  const catalog = isOther ? '' : fields.text('catalog')
  if (catalog !== '' && !catalogs.has(catalog)) {
    const meant = suggestion(catalog, catalogs.keys())
    fields.invalid('catalog', `no catalog of that name is configured${meant}`)
  }
  return { catalog }
}

/** An address must be able to say it. */
function checkName({ name, place }: YamlEntry, faults: Faults): void {
  if (isAddressName(name)) return
  faults.invalid(place, 'a name has letters, digits, dots, dashes and underscores')
}

function readState(file: Fields): void {
  if (file.isMap('state')) file.map('state', STATE)
  else file.word('state', ['table'])
}

function readTimeZone(file: Fields): string {
  const timeZone = file.optionalText('timeZone') ?? 'UTC'
  if (timeZone !== '' && !isTimeZone(timeZone)) {
    file.invalid('timeZone', 'must be a time zone such as UTC or Europe/Oslo')
  }
  return timeZone
}

/** Names only: what SQL sessions take for an offset differs in its sign. */
function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}
