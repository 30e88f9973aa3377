import { resolve } from 'node:path'

import { assert } from '../base/assert.ts'
import { IcebergError } from '../base/errors.ts'
import { suggestion } from '../base/nearest-name.ts'
import { checkIdentifier } from '../catalog/identifier.ts'
import type { TableIdentifier } from '../catalog/identifier.ts'
import type { CatalogAddress, DatasetAddress, FolderAddress } from './address.ts'
import { readCatalog, readDepot } from './config-places.ts'
import type { CatalogConfig, DepotConfig, KafkaDepot, S3Config } from './config-places.ts'
import { readYaml } from './yaml/document.ts'
import { Faults } from './yaml/faults.ts'
import { Fields } from './yaml/fields.ts'
import type { Vocabulary } from './yaml/fields.ts'
import { readTimeZone } from './time-zone.ts'
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
  readonly state: StateConfig
}

/** Where jobs remember what they have done. */
export type StateConfig =
  /** In the target table, committed with its rows. */
  | { readonly kind: 'table' }
  /** In files of a folder, saved after the rows: a crash between the two has them written twice. An absolute path. */
  | { readonly kind: 'file'; readonly folder: string }

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
          catalogName: catalogOf(config, address),
          identifier: { namespace: address.collection.split('.'), name: address.dataset },
        }
  checkIdentifier(identifier)
  return { catalogName, catalog: configured(config.catalogs, catalogName, 'catalog'), identifier }
}

function catalogOf({ depots }: Config, { depot }: DatasetAddress): string {
  return catalogNameOf(depot, configured(depots, depot, 'depot'))
}

function catalogNameOf(depot: string, found: DepotConfig): string {
  if (found.kind === 'catalog') return found.catalog
  const what = found.kind === 'kafka' ? 'topics' : 'files'
  throw new IcebergError('invalid', `a depot of ${what} has no tables`, { context: { depot } })
}

/** What an address says in place of a collection where there is none. */
const NO_COLLECTION = 'none'

/** A folder of files. */
export interface FolderLocation {
  /** An absolute path or a URI, without a slash at its end. */
  readonly location: string
  readonly s3?: S3Config
}

/**
 * The brokers that have the topic of an address; null when its depot is none of topics.
 *
 * @throws IcebergError `invalid` when its depot is not configured
 */
export function locateTopic(config: Config, address: DatasetAddress): KafkaDepot | null {
  const depot = configured(config.depots, address.depot, 'depot')
  return depot.kind === 'kafka' ? depot : null
}

/**
 * Where the files of an address are; null when its depot is none of files.
 *
 * @throws IcebergError `invalid` when its depot is not configured
 */
export function locateFolder(config: Config, address: DatasetAddress): FolderLocation | null {
  const depot = configured(config.depots, address.depot, 'depot')
  if (depot.kind !== 'folder') return null
  const { path, s3 } = depot
  const collection = address.collection === NO_COLLECTION ? '' : `/${address.collection}`
  const location = `${path.replace(/\/+$/, '')}${collection}/${address.dataset}`
  return s3 === undefined ? { location } : { location, s3 }
}

/** What a catalog's own folders are never called: no namespace can have this name. */
const CHECKPOINTS = '.checkpoints'

/**
 * Where a folder is that no table has: of a depot of files below its path, of one of a catalog in a folder of its warehouse that
 * is no namespace.
 *
 * @throws IcebergError `invalid` when its depot or catalog is not configured
 */
export function locateCheckpoint(config: Config, { depot, path }: FolderAddress): FolderLocation {
  const found = configured(config.depots, depot, 'depot')
  if (found.kind === 'folder') {
    const { s3 } = found
    const location = [found.path.replace(/\/+$/, ''), ...path].join('/')
    return s3 === undefined ? { location } : { location, s3 }
  }
  const catalog = configured(config.catalogs, catalogNameOf(depot, found), 'catalog')
  const { location: warehouse, s3 } = warehouseOf(catalog)
  const location = [warehouse.replace(/\/+$/, ''), CHECKPOINTS, ...path].join('/')
  return s3 === undefined ? { location } : { location, s3 }
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
const STATE: Vocabulary = { read: ['file'] }

function readConfig(file: Fields, folder: string): Config {
  const catalogs = file.entries('catalogs', (entry) => readCatalog(entry, file.faults, folder))
  const depots = file.entries('depots', (entry) =>
    readDepot(entry, file.faults, { catalogs: catalogs.keys(), folder }),
  )
  return {
    timeZone: readTimeZone(file, 'timeZone'),
    strict: file.flag('strict') ?? false,
    catalogs,
    depots,
    state: readState(file, folder),
  }
}

function readState(file: Fields, folder: string): StateConfig {
  if (!file.isMap('state')) {
    file.word('state', ['table'])
    return { kind: 'table' }
  }
  const state = file.map('state', STATE)
  const path = state?.text('file') ?? ''
  if (/^[a-z][a-z0-9+.-]+:/i.test(path)) {
    file.faults.unsupported(state?.placeOf('file') ?? file.place, 'state outside of a local folder')
  }
  return { kind: 'file', folder: resolve(folder, path) }
}
