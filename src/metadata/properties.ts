// Table properties that this library heeds. Values are text that any engine may have written, so each is parsed
// strictly: a number is decimal digits, never `1e3`, `0x10` or ` 5`.
import { IcebergError } from '../base/errors.ts'
import { INT32_MAX, INT64_MAX } from '../base/integers.ts'
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

/** How often an outcome that is not known is looked up before it is reported as such. */
export const STATUS_CHECK_NUM_RETRIES: Property<number> = count(
  'commit.status-check.num-retries',
  3,
)

/** The first wait before an outcome is looked up again; each further one is twice as long. */
export const STATUS_CHECK_MIN_WAIT_MS: Property<number> = count(
  'commit.status-check.min-wait-ms',
  1000,
)

/** The longest single wait. */
export const STATUS_CHECK_MAX_WAIT_MS: Property<number> = count(
  'commit.status-check.max-wait-ms',
  60_000,
)

/** No look starts later than this after the first one. */
export const STATUS_CHECK_TOTAL_TIME_MS: Property<number> = count(
  'commit.status-check.total-timeout-ms',
  1_800_000,
)

/** The size at which a manifest is full, as far as entries are of usual size. */
export const MANIFEST_TARGET_SIZE_BYTES: Property<number> = size(
  'commit.manifest.target-size-bytes',
  8 * 1024 * 1024,
)

/** Whether small manifests are put together where rows are written. */
export const MANIFEST_MERGE_ENABLED: Property<boolean> = flag('commit.manifest-merge.enabled', true)

/** How many small manifests there must be before the newest of them is put together with others. */
export const MANIFEST_MIN_COUNT_TO_MERGE: Property<number> = count(
  'commit.manifest.min-count-to-merge',
  100,
)

/** Whether files may be removed that nothing of the table needs: not where another table may need them. */
export const GC_ENABLED: Property<boolean> = flag('gc.enabled', true)

/** How old snapshots of a branch may get that does not say so itself (spec: Snapshot Retention Policy). */
export const EXPIRE_MAX_SNAPSHOT_AGE_MS: Property<bigint> = long(
  'history.expire.max-snapshot-age-ms',
  432_000_000n,
)

/** How many snapshots of a branch stay, however old, when it does not say so itself. */
export const EXPIRE_MIN_SNAPSHOTS_TO_KEEP: Property<number> = count(
  'history.expire.min-snapshots-to-keep',
  1,
)

/** How old the snapshot of a ref may get, but for `main`, when it does not say so itself. */
export const EXPIRE_MAX_REF_AGE_MS: Property<bigint> = long(
  'history.expire.max-ref-age-ms',
  INT64_MAX,
)

/** Whether data files are spread over folders by a hash of their names, as object stores like it. */
export const OBJECT_STORAGE_ENABLED: Property<boolean> = flag('write.object-storage.enabled', false)

/** Where such data files go, by a name from before {@link DATA_PATH} served for them too. */
export const OBJECT_STORAGE_PATH: Property<string | null> = location('write.object-storage.path')

/** Whether the folders of such data files also tell the partition. */
export const OBJECT_STORAGE_PARTITIONED_PATHS: Property<boolean> = flag(
  'write.object-storage.partitioned-paths',
  true,
)

/** Snapshots that change fewer partitions tell of each in their summary. */
export const SUMMARY_PARTITION_LIMIT: Property<number> = count('write.summary.partition-limit', 0)

/** What a page of a Parquet file holds before it is compressed; null for the encoder's own choice. */
export const PARQUET_PAGE_SIZE_BYTES: Property<number | null> = {
  ...size('write.parquet.page-size-bytes', 1),
  fallback: null,
}

/** What the dictionary of a column may take in a row group of a Parquet file; null for the writer's own choice. */
export const PARQUET_DICT_SIZE_BYTES: Property<number | null> = {
  ...size('write.parquet.dict-size-bytes', 1),
  fallback: null,
}

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

/** Whether metadata files are let go of once the log does not name them any more. */
export const METADATA_DELETE_AFTER_COMMIT: Property<boolean> = flag(
  'write.metadata.delete-after-commit.enabled',
  false,
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

/** Begins the names of {@link metricsOfColumn}. */
export const METRICS_COLUMN_PREFIX = 'write.metadata.metrics.column.'

/** What is recorded of one column, named from the root; null when the table does not say. */
export function metricsOfColumn(path: readonly string[]): Property<MetricsMode | null> {
  return metricsMode(METRICS_COLUMN_PREFIX + path.join('.'))
}

function nameInUse(
  properties: ReadonlyMap<string, string>,
  { name, formerName }: Property<unknown>,
): string {
  return formerName !== undefined && !properties.has(name) ? formerName : name
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

/** A 64-bit number that is not negative. */
function long(name: string, fallback: bigint): Property<bigint> {
  const parse = (text: string): bigint | undefined => {
    const value = /^\d{1,19}$/.test(text) ? BigInt(text) : undefined
    return value !== undefined && value <= INT64_MAX ? value : undefined
  }
  return { name, fallback, expects: `an integer from 0 to ${INT64_MAX}`, parse }
}

function flag(name: string, fallback: boolean): Property<boolean> {
  const parse = (text: string): boolean | undefined => FLAGS.get(text.toLowerCase())
  return { name, fallback, expects: 'true, false', parse }
}

const FLAGS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['false', false],
])

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

/** What is recorded of a column, or of all. */
export function metricsMode(name: string): Property<MetricsMode | null> {
  return { name, fallback: null, expects: METRICS_MODE_SPELLING, parse: parseMetricsMode }
}
