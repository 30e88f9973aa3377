// What tables may have for properties, and which of them this library heeds. Every property of the format is in one of
// four groups: heeded; an obstacle, without which files would not be where or what the table asks; one that only concerns
// what this library does not do at all; and the rest, which are told of where they are set and where rows are written.
import { IcebergError } from '../base/errors.ts'
import type { Problem } from '../base/errors.ts'
import { NAME_MAPPING_PROPERTY, parseNameMapping } from '../types/name-mapping.ts'
import {
  COMMIT_MAX_RETRY_WAIT_MS,
  COMMIT_MIN_RETRY_WAIT_MS,
  COMMIT_NUM_RETRIES,
  COMMIT_TOTAL_RETRY_TIME_MS,
  DATA_PATH,
  EXPIRE_MAX_REF_AGE_MS,
  EXPIRE_MAX_SNAPSHOT_AGE_MS,
  EXPIRE_MIN_SNAPSHOTS_TO_KEEP,
  FILE_FORMAT,
  GC_ENABLED,
  MANIFEST_MERGE_ENABLED,
  MANIFEST_MIN_COUNT_TO_MERGE,
  MANIFEST_TARGET_SIZE_BYTES,
  METADATA_COMPRESSION,
  METADATA_DELETE_AFTER_COMMIT,
  METADATA_PATH,
  METADATA_PREVIOUS_VERSIONS_MAX,
  METRICS_COLUMN_PREFIX,
  METRICS_DEFAULT,
  METRICS_MAX_INFERRED_COLUMNS,
  OBJECT_STORAGE_ENABLED,
  OBJECT_STORAGE_PARTITIONED_PATHS,
  OBJECT_STORAGE_PATH,
  PARQUET_COMPRESSION,
  PARQUET_DICT_SIZE_BYTES,
  PARQUET_PAGE_SIZE_BYTES,
  ROW_GROUP_SIZE_BYTES,
  STATUS_CHECK_MAX_WAIT_MS,
  STATUS_CHECK_MIN_WAIT_MS,
  STATUS_CHECK_NUM_RETRIES,
  STATUS_CHECK_TOTAL_TIME_MS,
  SUMMARY_PARTITION_LIMIT,
  TARGET_FILE_SIZE_BYTES,
  metricsMode,
} from './properties.ts'
import type { Property } from './properties.ts'

/**
 * Checks properties before a table is made with them or takes them on.
 *
 * @throws IcebergError `invalid` with a problem for each property that is malformed, or that is a field of the metadata
 *   and no property of it
 */
export function checkProperties(properties: ReadonlyMap<string, string>): void {
  const problems = propertyProblems(properties)
  if (problems.length === 0) return
  throw new IcebergError('invalid', 'table properties are malformed', {
    context: { properties: problems.map((problem) => problem.path).join(', ') },
    problems,
  })
}

/** What {@link checkProperties} finds, the name of the property for the path. */
export function propertyProblems(properties: ReadonlyMap<string, string>): readonly Problem[] {
  return [...properties].flatMap(([name, text]) => problemsOf(name, text))
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
  STATUS_CHECK_NUM_RETRIES,
  STATUS_CHECK_MIN_WAIT_MS,
  STATUS_CHECK_MAX_WAIT_MS,
  STATUS_CHECK_TOTAL_TIME_MS,
  MANIFEST_MERGE_ENABLED,
  MANIFEST_MIN_COUNT_TO_MERGE,
  MANIFEST_TARGET_SIZE_BYTES,
  EXPIRE_MAX_SNAPSHOT_AGE_MS,
  EXPIRE_MIN_SNAPSHOTS_TO_KEEP,
  EXPIRE_MAX_REF_AGE_MS,
  GC_ENABLED,
  DATA_PATH,
  METADATA_PATH,
  OBJECT_STORAGE_ENABLED,
  OBJECT_STORAGE_PATH,
  OBJECT_STORAGE_PARTITIONED_PATHS,
  SUMMARY_PARTITION_LIMIT,
  FILE_FORMAT,
  TARGET_FILE_SIZE_BYTES,
  ROW_GROUP_SIZE_BYTES,
  PARQUET_COMPRESSION,
  PARQUET_PAGE_SIZE_BYTES,
  PARQUET_DICT_SIZE_BYTES,
  METADATA_COMPRESSION,
  METADATA_DELETE_AFTER_COMMIT,
  METADATA_PREVIOUS_VERSIONS_MAX,
  METRICS_DEFAULT,
  METRICS_MAX_INFERRED_COLUMNS,
  {
    name: NAME_MAPPING_PROPERTY,
    fallback: null,
    expects: 'a name mapping as JSON',
    parse: (text) => isNameMapping(text) || undefined,
  },
]

function isNameMapping(text: string): boolean {
  try {
    parseNameMapping(text)
    return true
  } catch {
    return false
  }
}

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
  ['write.wap.enabled', 'false'],
  ['write.location-provider.impl', null],
  ['encryption.key-id', null],
])

/**
 * Settings of what this library leaves to others or does not do at all, so that there is nothing to heed: files of other
 * formats and of deletes, splits and shuffles of engines that plan over many machines, and vectorized readers of the JVM.
 */
const CONCERN_OTHERS: readonly string[] = [
  'read.',
  'write.avro.',
  'write.orc.',
  'write.delete.',
  'write.update.',
  'write.merge.',
  'write.spark.',
  'write.distribution-mode',
  'encryption.data-key-length',
  // Row groups are measured by their values before compression.
  'write.parquet.row-group-size-track-uncompressed',
]

/** Settings that ask for what is done anyway. */
const HARMLESS: ReadonlyMap<string, string> = new Map([
  ['write.parquet.page-version', 'v1'],
  ['write.parquet.shred-variants', 'false'],
  ['write.parquet.bloom-filter-adaptive-enabled', 'false'],
])

function heededBy(name: string): Property<unknown> | undefined {
  if (name.startsWith(METRICS_COLUMN_PREFIX)) return metricsMode(name)
  return HEEDED.find((property) => property.name === name || property.formerName === name)
}

function problemsOf(name: string, text: string): Problem[] {
  // A caller without a compiler may bring anything, and a table with such a property could not be read again.
  if (typeof text !== 'string') return [{ path: name, message: 'must be text' }]
  if (RESERVED_NAMES.has(name)) {
    return [{ path: name, message: reservedMessage(name) }]
  }
  const property = heededBy(name)
  return property === undefined || property.parse(text) !== undefined
    ? []
    : [{ path: name, message: `must be ${property.expects}` }]
}

function reservedMessage(name: string): string {
  return name === 'format-version'
    ? 'is no property: create the table with `formatVersion`, or upgrade it with `upgradeFormat`'
    : 'is a field of the table, which no property can set'
}

function isFormatProperty(name: string): boolean {
  return FORMAT_PREFIXES.some((prefix) => name.startsWith(prefix))
}

function isHeeded(name: string, text: string): boolean {
  if (WRITE_OBSTACLES.has(name)) return !forbidsWriting(name, text)
  if (CONCERN_OTHERS.some((prefix) => name.startsWith(prefix))) return true
  return heededBy(name) !== undefined || HARMLESS.get(name) === text.toLowerCase()
}

function forbidsWriting(name: string, text: string): boolean {
  return WRITE_OBSTACLES.has(name) && text.toLowerCase() !== WRITE_OBSTACLES.get(name)
}
