// Table properties that this library heeds. Values are text that any engine may have written, so each is parsed
// strictly: a number is decimal digits, never `1e3`, `0x10` or ` 5`.
import { IcebergError } from '../base/errors.ts'
import type { Problem } from '../base/errors.ts'
import { INT32_MAX } from '../base/integers.ts'
import type { FileFormat } from './data-file.ts'
import { METRICS_MODE_SPELLING, parseMetricsMode } from './metrics-mode.ts'
import type { MetricsMode } from './metrics-mode.ts'

/** One setting of a table. */
export interface Property<Value> {
  readonly name: string
  /** An older name of the same setting, which counts when `name` is absent. */
  readonly formerName?: string
  /** The value when the table does not say. */
  readonly fallback: Value
  /** What values look like, for messages. */
  readonly expects: string
  /** Undefined when the text is no such value. */
  readonly parse: (text: string) => Value | undefined
}

/**
 * The value of a property, or its fallback.
 *
 * @throws IcebergError `invalid` with the property's name when the text is malformed
 */
export function readProperty<Value>(
  properties: ReadonlyMap<string, string>,
  property: Property<Value>,
): Value {
  const name = nameInUse(properties, property)
  const text = properties.get(name)
  if (text === undefined) return property.fallback
  const value = property.parse(text)
  if (value !== undefined) return value
  throw new IcebergError('invalid', 'table property is malformed', {
    context: { property: name, expects: property.expects },
  })
}

/** How often a commit is tried again after another writer won. */
export const COMMIT_NUM_RETRIES: Property<number> = count('commit.retry.num-retries', 4)

/** The first wait before a commit is tried again; each further one is twice as long. */
export const COMMIT_MIN_RETRY_WAIT_MS: Property<number> = count('commit.retry.min-wait-ms', 100)

/** The longest single wait. */
export const COMMIT_MAX_RETRY_WAIT_MS: Property<number> = count('commit.retry.max-wait-ms', 60_000)

/** No attempt starts later than this after the first one. */
export const COMMIT_TOTAL_RETRY_TIME_MS: Property<number> = count(
  'commit.retry.total-timeout-ms',
  1_800_000,
)

/** Where data files go; null for a folder of the table. */
export const DATA_PATH: Property<string | null> = {
  ...location('write.data.path'),
  formerName: 'write.folder-storage.path',
}

/** Where manifests and table metadata go; null for a folder of the table. */
export const METADATA_PATH: Property<string | null> = location('write.metadata.path')

/** The format of new data files. */
export const FILE_FORMAT: Property<FileFormat> = choice('write.format.default', 'parquet', [
  'parquet',
  'avro',
  'orc',
])

/** The size at which a data file is full. */
export const TARGET_FILE_SIZE_BYTES: Property<number> = size(
  'write.target-file-size-bytes',
  512 * 1024 * 1024,
)

/** The size at which a row group is full. */
export const ROW_GROUP_SIZE_BYTES: Property<number> = size(
  'write.parquet.row-group-size-bytes',
  128 * 1024 * 1024,
)

/** How pages of new Parquet files are compressed. */
export const PARQUET_COMPRESSION: Property<
  'uncompressed' | 'snappy' | 'gzip' | 'zstd' | 'lz4' | 'brotli'
> = choice('write.parquet.compression-codec', 'zstd', [
  'uncompressed',
  'snappy',
  'gzip',
  'zstd',
  'lz4',
  'brotli',
])

/** How table metadata files are compressed. */
export const METADATA_COMPRESSION: Property<'none' | 'gzip'> = choice(
  'write.metadata.compression-codec',
  'none',
  ['none', 'gzip'],
)

/** Entries that the log of former metadata files keeps. */
export const METADATA_PREVIOUS_VERSIONS_MAX: Property<number> = count(
  'write.metadata.previous-versions-max',
  100,
)

/** What is recorded of the columns of a table that states a default; null when it states none. */
export const METRICS_DEFAULT: Property<MetricsMode | null> = metricsMode(
  'write.metadata.metrics.default',
)

/** Columns that have bounds while the table states no default. */
export const METRICS_MAX_INFERRED_COLUMNS: Property<number> = count(
  'write.metadata.metrics.max-inferred-column-defaults',
  100,
)

const METRICS_COLUMN_PREFIX = 'write.metadata.metrics.column.'

/** What is recorded of one column, named from the root; null when the table does not say. */
export function metricsOfColumn(path: readonly string[]): Property<MetricsMode | null> {
  return metricsMode(METRICS_COLUMN_PREFIX + path.join('.'))
}

/**
 * Checks properties before a table is made with them or takes them on.
 *
 * @throws IcebergError `invalid` with a problem for each property that is malformed, or that is a field of the metadata
 *   and no property of it
 */
export function checkProperties(properties: ReadonlyMap<string, string>): void {
  const problems = [...properties].flatMap(([name, text]) => problemsOf(name, text))
  if (problems.length === 0) return
  throw new IcebergError('invalid', 'table properties are malformed', {
    context: { properties: problems.map((problem) => problem.path).join(', ') },
    problems,
  })
}

/** A property that asks for something that this version of the library does not do. */
export interface UnheededProperty {
  readonly name: string
  /** Whether writing without it would break what the table asks for; otherwise it only would be done differently. */
  readonly forbidsWriting: boolean
}

/**
 * The properties of the table format, set on a table, that this version of the library does not heed, by name. A user's
 * own properties are none of its business.
 */
export function unheededProperties(
  properties: ReadonlyMap<string, string>,
): readonly UnheededProperty[] {
  return [...properties]
    .filter(([name, text]) => isFormatProperty(name) && !isHeeded(name, text))
    .map(([name, text]) => ({ name, forbidsWriting: forbidsWriting(name, text) }))
    .toSorted((left, right) => (left.name < right.name ? -1 : 1))
}

/**
 * Checks that rows can be written as the properties of a table ask.
 *
 * @throws IcebergError `unsupported` naming the properties that stand in the way
 */
export function checkWritable(properties: ReadonlyMap<string, string>): void {
  const obstacles = unheededProperties(properties).filter((property) => property.forbidsWriting)
  if (obstacles.length === 0) return
  throw new IcebergError('unsupported', 'table asks for writes of a kind that are not built yet', {
    context: { properties: obstacles.map((property) => property.name).join(', ') },
  })
}

const HEEDED: readonly Property<unknown>[] = [
  COMMIT_NUM_RETRIES,
  COMMIT_MIN_RETRY_WAIT_MS,
  COMMIT_MAX_RETRY_WAIT_MS,
  COMMIT_TOTAL_RETRY_TIME_MS,
  DATA_PATH,
  METADATA_PATH,
  FILE_FORMAT,
  TARGET_FILE_SIZE_BYTES,
  ROW_GROUP_SIZE_BYTES,
  PARQUET_COMPRESSION,
  METADATA_COMPRESSION,
  METADATA_PREVIOUS_VERSIONS_MAX,
  METRICS_DEFAULT,
  METRICS_MAX_INFERRED_COLUMNS,
]

/** Names under which engines show fields of the metadata; stored as properties they would contradict those. */
const RESERVED_NAMES: ReadonlySet<string> = new Set([
  'format-version',
  'uuid',
  'snapshot-count',
  'current-snapshot-id',
  'current-snapshot-summary',
  'current-snapshot-timestamp-ms',
  'current-schema',
  'default-partition-spec',
  'default-sort-order',
])

/** First parts of the names that the table format gives a meaning to. */
const FORMAT_PREFIXES = ['write.', 'read.', 'commit.', 'history.', 'gc.', 'schema.', 'encryption.']

/** Settings without which written files would not be where or what the table asks; by name, with the harmless value. */
const WRITE_OBSTACLES: ReadonlyMap<string, string | null> = new Map([
  [FILE_FORMAT.name, 'parquet'],
  ['write.object-storage.enabled', 'false'],
  ['write.wap.enabled', 'false'],
  ['write.location-provider.impl', null],
  ['encryption.key-id', null],
])

function nameInUse(
  properties: ReadonlyMap<string, string>,
  { name, formerName }: Property<unknown>,
): string {
  return formerName !== undefined && !properties.has(name) ? formerName : name
}

function heededBy(name: string): Property<unknown> | undefined {
  if (name.startsWith(METRICS_COLUMN_PREFIX)) return metricsMode(name)
  return HEEDED.find((property) => property.name === name || property.formerName === name)
}

function problemsOf(name: string, text: string): Problem[] {
  // A caller without a compiler may bring anything, and a table with such a property could not be read again.
  if (typeof text !== 'string') return [{ path: name, message: 'must be text' }]
  if (RESERVED_NAMES.has(name)) {
    return [{ path: name, message: 'is a field of the table, which no property can set' }]
  }
  const property = heededBy(name)
  return property === undefined || property.parse(text) !== undefined
    ? []
    : [{ path: name, message: `must be ${property.expects}` }]
}

function isFormatProperty(name: string): boolean {
  return FORMAT_PREFIXES.some((prefix) => name.startsWith(prefix))
}

function isHeeded(name: string, text: string): boolean {
  if (WRITE_OBSTACLES.has(name)) return !forbidsWriting(name, text)
  return heededBy(name) !== undefined
}

function forbidsWriting(name: string, text: string): boolean {
  return WRITE_OBSTACLES.has(name) && text.toLowerCase() !== WRITE_OBSTACLES.get(name)
}

/** A 32-bit number that is not negative. */
function count(name: string, fallback: number): Property<number> {
  const parse = (text: string): number | undefined => {
    const value = parseDigits(text)
    return value !== undefined && value <= INT32_MAX ? value : undefined
  }
  return { name, fallback, expects: `an integer from 0 to ${INT32_MAX}`, parse }
}

/** Bytes. What a double does not hold counts as the most it does: nothing gets that large. */
function size(name: string, fallback: number): Property<number> {
  const parse = (text: string): number | undefined => {
    const value = parseDigits(text)
    return value !== undefined && value > 0 ? Math.min(value, Number.MAX_SAFE_INTEGER) : undefined
  }
  return { name, fallback, expects: 'a positive integer', parse }
}

function parseDigits(text: string): number | undefined {
  return /^\d{1,19}$/.test(text) ? Number(text) : undefined
}

function choice<Option extends string>(
  name: string,
  fallback: Option,
  options: readonly Option[],
): Property<Option> {
  const parse = (text: string): Option | undefined =>
    options.find((option) => option === text.toLowerCase())
  return { name, fallback, expects: options.join(', '), parse }
}

/** A slash at the end adds nothing to a folder. */
function location(name: string): Property<string | null> {
  const parse = (text: string): string | undefined => text.replace(/\/+$/, '') || undefined
  return { name, fallback: null, expects: 'a location', parse }
}

function metricsMode(name: string): Property<MetricsMode | null> {
  return { name, fallback: null, expects: METRICS_MODE_SPELLING, parse: parseMetricsMode }
}
