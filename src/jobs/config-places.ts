// The places that a configuration names: catalogs of tables, and the depots that addresses begin with.
import { resolve } from 'node:path'

import { suggestion } from '../base/nearest-name.ts'
import { isS3Folder } from '../io/s3-location.ts'
import type { S3Options } from '../io/s3-options.ts'
import { isAddressName } from './address.ts'
import type { YamlEntry } from './yaml/document.ts'
import type { Faults } from './yaml/faults.ts'
import { Fields } from './yaml/fields.ts'
import type { Vocabulary } from './yaml/fields.ts'

export type CatalogConfig =
  /** `warehouse` is an absolute path, or the URI of a folder on this machine or in S3. */
  | { readonly type: 'file'; readonly warehouse: string; readonly s3?: S3Config }
  | { readonly type: 'memory' }

/** How S3 is reached. Credentials are not for a configuration: they come from where the AWS SDK finds them. */
export type S3Config = Pick<S3Options, 'region' | 'endpoint' | 'forcePathStyle' | 'profile'>

export type DepotConfig =
  /** Its collections are namespaces of the catalog, their datasets tables. */
  | { readonly kind: 'catalog'; readonly catalog: string }
  /** Collections and datasets are folders below `path`: an absolute path, or the URI of a folder here or in S3. */
  | { readonly kind: 'folder'; readonly path: string; readonly s3?: S3Config }
  | KafkaDepot

/** Datasets are topics, whatever their collection. */
export interface KafkaDepot {
  readonly kind: 'kafka'
  /** At least one. */
  readonly brokers: readonly string[]
  /** Takes the place of what job files say of it, which may be reached from elsewhere alone. */
  readonly schemaRegistryUrl: string | null
  readonly tls: boolean
  readonly sasl: KafkaSasl | null
}

export interface KafkaSasl {
  readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
  readonly username: string
  readonly password: string
}

const CATALOG: Vocabulary = { read: ['type', 'warehouse', 's3'] }
const S3: Vocabulary = { read: ['region', 'endpoint', 'forcePathStyle', 'profile'] }
const DEPOT: Vocabulary = { read: ['catalog', 'path', 's3', 'kafka'] }
const KAFKA: Vocabulary = { read: ['brokers', 'schemaRegistryUrl', 'tls', 'sasl'] }
const SASL: Vocabulary = { read: ['mechanism', 'username', 'password'] }

/** @param folder where relative paths start */
export function readCatalog(entry: YamlEntry, faults: Faults, folder: string): CatalogConfig {
  checkName(entry, faults)
  const fields = new Fields(entry.value, CATALOG, faults)
  fields.require('type')
  const type = fields.word('type', ['file', 'memory'], ['rest', 'sql'])
  if (type === 'file') {
    const { path, ...s3 } = readFolder(fields, { key: 'warehouse', what: 'warehouse' }, folder)
    return { type, warehouse: path, ...s3 }
  }
  if (type === 'memory' && fields.has('warehouse')) {
    fields.invalid('warehouse', 'a catalog in memory has no warehouse')
  }
  if (type === 'memory' && fields.has('s3')) fields.invalid('s3', 'the warehouse is not in S3')
  return { type: 'memory' }
}

/** @param folder where relative paths start */
export function readDepot(
  entry: YamlEntry,
  faults: Faults,
  { catalogs, folder }: { readonly catalogs: Iterable<string>; readonly folder: string },
): DepotConfig {
  checkName(entry, faults)
  const fields = new Fields(entry.value, DEPOT, faults)
  const [kind, second] = ['catalog', 'path', 'kafka'].filter((key) => fields.has(key))
  if (second !== undefined) {
    fields.invalid(second, 'a depot is one of a catalog, a path or a broker')
  }
  if (kind === undefined)
    faults.invalid(fields.place, 'a depot needs a catalog, a path or a broker')
  if (kind === 'path') {
    return { kind: 'folder', ...readFolder(fields, { key: 'path', what: 'depot' }, folder) }
  }
  if (fields.has('s3')) fields.invalid('s3', 'goes with a path in S3 alone')
  if (kind === 'kafka') return readKafka(fields)
  return { kind: 'catalog', catalog: kind === 'catalog' ? readCatalogName(fields, catalogs) : '' }
}

function readKafka(depot: Fields): KafkaDepot {
  const fields = depot.requiredMap('kafka', KAFKA)
  const brokers = fields?.textOrTexts('brokers').map(({ text }) => text) ?? []
  if (fields !== null && brokers.length === 0) {
    fields.faults.invalid(fields.placeOf('brokers'), 'must be at least one host:port')
  }
  return {
    kind: 'kafka',
    brokers,
    schemaRegistryUrl: fields?.optionalText('schemaRegistryUrl') ?? null,
    tls: fields?.flag('tls') ?? false,
    sasl: fields === null ? null : readSasl(fields),
  }
}

function readSasl(kafka: Fields): KafkaSasl | null {
  const fields = kafka.map('sasl', SASL)
  if (fields === null) return null
  fields.require('mechanism')
  return {
    mechanism: fields.word('mechanism', ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512']) ?? 'PLAIN',
    username: fields.text('username'),
    password: fields.text('password'),
  }
}

function readCatalogName(fields: Fields, catalogs: Iterable<string>): string {
  const name = fields.text('catalog')
  const known = [...catalogs]
  if (name !== '' && !known.includes(name)) {
    const meant = suggestion(name, known)
    fields.invalid('catalog', `no catalog of that name is configured${meant}`)
  }
  return name
}

/** An address must be able to say it. */
function checkName({ name, place }: YamlEntry, faults: Faults): void {
  if (isAddressName(name)) return
  faults.invalid(place, 'a name has letters, digits, dots, dashes and underscores')
}

interface Folder {
  readonly path: string
  readonly s3?: S3Config
}

const S3_SCHEMES = new Set(['s3', 's3a', 's3n'])

/** Where a folder is, and how to get there. `what` names it in messages. */
function readFolder(
  fields: Fields,
  { key, what }: { readonly key: string; readonly what: string },
  start: string,
): Folder {
  const path = fields.text(key)
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(path)?.[1]?.toLowerCase()
  const isInS3 = scheme !== undefined && S3_SCHEMES.has(scheme)
  if (isInS3 && !isS3Folder(path)) {
    fields.invalid(key, 'must be s3://bucket/prefix, with no credentials in it')
  }
  if (isInS3) return { path, ...readS3(fields) }
  if (fields.has('s3')) fields.invalid('s3', `the ${what} is not in S3`)
  if (scheme !== undefined && scheme !== 'file') {
    fields.faults.unsupported(
      fields.placeOf(key),
      `a ${what} that is neither in a local folder nor in S3`,
    )
  }
  return { path: scheme === undefined ? resolve(start, path) : path }
}

function readS3(parent: Fields): { readonly s3?: S3Config } {
  const fields = parent.map('s3', S3)
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
