import { IcebergError } from '../base/errors.ts'
import { JsonText, stringifyJson } from '../base/json-exact.ts'
import { readObject } from '../base/json-fields.ts'
import type { JsonFields } from '../base/json-fields.ts'
import { decodeUtf8, encodeUtf8 } from '../base/unicode.ts'
import {
  sortOrderFromJson,
  sortOrderToJson,
  specFieldsFromJson,
  specFieldsToJson,
  specFromJson,
  specToJson,
} from '../layout/layout-json.ts'
import { PARTITION_FIELD_ID_START, unpartitionedSpec } from '../layout/partition-spec.ts'
import type { PartitionSpec } from '../layout/partition-spec.ts'
import { unsortedOrder } from '../layout/sort-order.ts'
import { schemaFromJson, schemaToJson } from '../types/schema-json.ts'
import { highestFieldId } from '../types/schema.ts'
import type { Schema } from '../types/schema.ts'
import { encryptionKeyFromJson, encryptionKeyToJson } from './encryption-key.ts'
import { checkInvariants } from './invariants.ts'
import { MAIN_BRANCH, refsFromJson, refsToJson } from './refs.ts'
import type { SnapshotRef } from './refs.ts'
import { snapshotFromJson, snapshotToJson } from './snapshot.ts'
import type { Snapshot } from './snapshot.ts'
import {
  partitionStatisticsFromJson,
  partitionStatisticsToJson,
  statisticsFromJson,
  statisticsToJson,
} from './statistics.ts'
import {
  currentSchema,
  currentSpec,
  formatVersionOf,
  withoutTrailingSlash,
} from './table-metadata.ts'
import type {
  FormatVersion,
  MetadataLogEntry,
  SnapshotLogEntry,
  TableMetadata,
} from './table-metadata.ts'

/**
 * Reads table metadata of versions 1 to 3 as `parseJson` gives it (spec: Table Metadata and Snapshots). What older writers
 * left out is completed, and what comes out satisfies {@link checkInvariants}.
 *
 * @throws IcebergError `unsupported` when the format version is a later one
 * @throws IcebergError `corrupt` when a field is missing or misshapen, with its path, or when fields contradict each other
 */
export function metadataFromJson(json: unknown): TableMetadata {
  const metadata = uncheckedMetadataFromJson(json)
  checkInvariants(metadata, 'corrupt')
  return metadata
}

/**
 * Reads table metadata as {@link metadataFromJson} does, and lets fields contradict each other: for who wants to know of
 * all that is wrong with it.
 */
export function uncheckedMetadataFromJson(json: unknown): TableMetadata {
  const fields = readObject(json, '')
  const formatVersion = versionFromJson(fields)
  const schemas = schemasFromJson(fields, formatVersion)
  const specs = specsFromJson(fields, formatVersion)
  const currentSnapshotId = currentSnapshotFromJson(fields)
  return {
    formatVersion,
    tableUuid: uuidFromJson(fields, formatVersion),
    location: withoutTrailingSlash(fields.string('location')),
    lastSequenceNumber: formatVersion === 1 ? 0n : fields.long('last-sequence-number'),
    lastUpdatedMs: fields.integer('last-updated-ms'),
    lastColumnId: lastColumnIdFromJson(fields, schemas.schemas),
    ...schemas,
    ...specs,
    lastPartitionId: lastPartitionIdFromJson(fields, formatVersion, specs.specs),
    ...sortOrdersFromJson(fields, formatVersion),
    properties: fields.optionalStringMap('properties') ?? new Map(),
    currentSnapshotId,
    snapshots: optionalListFromJson(fields, 'snapshots', snapshotFromJson),
    snapshotLog: optionalListFromJson(fields, 'snapshot-log', snapshotLogEntryFromJson),
    metadataLog: optionalListFromJson(fields, 'metadata-log', metadataLogEntryFromJson),
    refs: withMain(fields, currentSnapshotId),
    statistics: optionalListFromJson(fields, 'statistics', statisticsFromJson),
    partitionStatistics: optionalListFromJson(
      fields,
      'partition-statistics',
      partitionStatisticsFromJson,
    ),
    nextRowId: formatVersion < 3 ? 0n : fields.long('next-row-id'),
    encryptionKeys:
      formatVersion < 3
        ? []
        : optionalListFromJson(fields, 'encryption-keys', encryptionKeyFromJson),
  }
}

/**
 * The JSON form, for `stringifyJson`. Version 1 says twice what readers from before `schemas` and `partition-specs` look
 * for, and keeps `refs` although its table of fields lacks them: Iceberg Java reads and writes them there, and who drops
 * them drops the snapshots that they keep.
 *
 * @throws IcebergError `internal` when the metadata contradicts itself: nothing that other engines refuse may be stored
 */
export function metadataToJson(metadata: TableMetadata): unknown {
  checkInvariants(metadata, 'internal')
  const { formatVersion } = metadata
  const isVersion1 = formatVersion === 1
  return {
    'format-version': formatVersion,
    'table-uuid': metadata.tableUuid ?? undefined,
    location: metadata.location,
    'last-sequence-number': isVersion1 ? undefined : metadata.lastSequenceNumber,
    'last-updated-ms': metadata.lastUpdatedMs,
    'last-column-id': metadata.lastColumnId,
    schema: isVersion1 ? schemaToJson(currentSchema(metadata)) : undefined,
    schemas: metadata.schemas.map(schemaToJson),
    'current-schema-id': metadata.currentSchemaId,
    'partition-spec': isVersion1 ? specFieldsToJson(currentSpec(metadata)) : undefined,
    'partition-specs': metadata.specs.map(specToJson),
    'default-spec-id': metadata.defaultSpecId,
    'last-partition-id': metadata.lastPartitionId,
    'sort-orders': metadata.sortOrders.map(sortOrderToJson),
    'default-sort-order-id': metadata.defaultSortOrderId,
    properties: metadata.properties,
    'current-snapshot-id': metadata.currentSnapshotId ?? undefined,
    'next-row-id': formatVersion >= 3 ? metadata.nextRowId : undefined,
    'encryption-keys':
      metadata.encryptionKeys.length === 0
        ? undefined
        : metadata.encryptionKeys.map(encryptionKeyToJson),
    snapshots: metadata.snapshots.map((snapshot) =>
      isVersion1 ? snapshotToJson(snapshot, formatVersion) : writtenSnapshot(snapshot),
    ),
    'snapshot-log': metadata.snapshotLog.map((entry) => ({
      'timestamp-ms': entry.timestampMs,
      'snapshot-id': entry.snapshotId,
    })),
    'metadata-log': metadata.metadataLog.map((entry) => ({
      'timestamp-ms': entry.timestampMs,
      'metadata-file': entry.metadataFile,
    })),
    refs: refsToJson(metadata.refs),
    statistics: metadata.statistics.map(statisticsToJson),
    'partition-statistics': metadata.partitionStatistics.map(partitionStatisticsToJson),
  }
}

/**
 * Snapshots never change, and every version of a table writes all of them again: of 200 that was 2.5 MB of garbage a commit. Those of
 * version 1 are written otherwise, and change when the table does.
 */
const writtenSnapshots = new WeakMap<Snapshot, JsonText>()

function writtenSnapshot(snapshot: Snapshot): JsonText {
  const known = writtenSnapshots.get(snapshot)
  if (known !== undefined) return known
  // What was joined of parts holds all of them, at many times its size, until it is one piece.
  const text = decodeUtf8(encodeUtf8(stringifyJson(snapshotToJson(snapshot, 2))))
  const written = new JsonText(text)
  writtenSnapshots.set(snapshot, written)
  return written
}

function versionFromJson(fields: JsonFields): FormatVersion {
  const formatVersion = fields.int('format-version')
  const known = formatVersionOf(formatVersion)
  if (known !== undefined) return known
  const context = { path: fields.path('format-version'), formatVersion }
  if (formatVersion < 1) {
    throw new IcebergError('corrupt', 'table format version is not positive', { context })
  }
  throw new IcebergError('unsupported', `tables of format version ${formatVersion} are not read`, {
    context: { ...context, supported: 3 },
  })
}

/** Version 1 did without, until a writer gives the table one. */
function uuidFromJson(fields: JsonFields, formatVersion: FormatVersion): string | null {
  return formatVersion === 1
    ? (fields.optionalString('table-uuid') ?? null)
    : fields.string('table-uuid')
}

/** The first writers of version 1 kept one `schema` alone; beside `schemas` it only repeats the current one. */
function schemasFromJson(
  fields: JsonFields,
  formatVersion: FormatVersion,
): Pick<TableMetadata, 'schemas' | 'currentSchemaId'> {
  if (isFormer(fields, formatVersion, 'schemas')) {
    const schema = schemaFromJson(fields.object('schema'), fields.path('schema'))
    return { schemas: [schema], currentSchemaId: schema.schemaId }
  }
  return {
    schemas: listFromJson(fields, 'schemas', schemaFromJson),
    currentSchemaId: fields.int('current-schema-id'),
  }
}

/** The first writers of version 1 kept the fields of one spec alone, as `partition-spec`. */
function specsFromJson(
  fields: JsonFields,
  formatVersion: FormatVersion,
): Pick<TableMetadata, 'specs' | 'defaultSpecId'> {
  if (isFormer(fields, formatVersion, 'partition-specs')) {
    const specId = unpartitionedSpec.specId
    const path = fields.path('partition-spec')
    const spec = { specId, fields: specFieldsFromJson(fields.array('partition-spec'), path) }
    return { specs: [spec], defaultSpecId: specId }
  }
  return {
    specs: listFromJson(fields, 'partition-specs', specFromJson),
    defaultSpecId: fields.int('default-spec-id'),
  }
}

function sortOrdersFromJson(
  fields: JsonFields,
  formatVersion: FormatVersion,
): Pick<TableMetadata, 'sortOrders' | 'defaultSortOrderId'> {
  if (isFormer(fields, formatVersion, 'sort-orders')) {
    return { sortOrders: [unsortedOrder], defaultSortOrderId: unsortedOrder.orderId }
  }
  return {
    sortOrders: listFromJson(fields, 'sort-orders', sortOrderFromJson),
    defaultSortOrderId: fields.int('default-sort-order-id'),
  }
}

/** Whether a list is missing that version 1 did not have at first, and later versions require. */
function isFormer(fields: JsonFields, formatVersion: FormatVersion, name: string): boolean {
  return formatVersion === 1 && fields.optionalArray(name) === undefined
}

/**
 * Never below an id that is in use, whatever the file says: a new column must not get the id of another one, and other
 * engines read such tables.
 */
function lastColumnIdFromJson(fields: JsonFields, schemas: readonly Schema[]): number {
  return Math.max(fields.int('last-column-id'), ...schemas.map(highestFieldId))
}

/** As with columns; version 1 may leave it out. */
function lastPartitionIdFromJson(
  fields: JsonFields,
  formatVersion: FormatVersion,
  specs: readonly PartitionSpec[],
): number {
  const stated =
    formatVersion === 1
      ? (fields.optionalInt('last-partition-id') ?? PARTITION_FIELD_ID_START)
      : fields.int('last-partition-id')
  return Math.max(stated, ...specs.flatMap((spec) => spec.fields.map((field) => field.fieldId)))
}

/** Iceberg Java writes -1 for none (spec: Assignment of Snapshot IDs and `current-snapshot-id`). */
function currentSnapshotFromJson(fields: JsonFields): bigint | null {
  const snapshotId = fields.optionalLong('current-snapshot-id') ?? -1n
  return snapshotId === -1n ? null : snapshotId
}

/** The main branch is there even when the map of refs is not (spec: Table Metadata Fields). */
function withMain(
  fields: JsonFields,
  currentSnapshotId: bigint | null,
): ReadonlyMap<string, SnapshotRef> {
  const json = fields.optionalObject('refs')
  const refs = json === undefined ? new Map() : refsFromJson(json, fields.path('refs'))
  if (currentSnapshotId === null || refs.has(MAIN_BRANCH)) return refs
  return new Map([[MAIN_BRANCH, { snapshotId: currentSnapshotId, kind: 'branch' }], ...refs])
}

type FromJson<Item> = (json: unknown, path: string) => Item

function listFromJson<Item>(
  fields: JsonFields,
  name: string,
  itemFromJson: FromJson<Item>,
): readonly Item[] {
  return fields
    .array(name)
    .map((item, index) => itemFromJson(item, `${fields.path(name)}[${index}]`))
}

function optionalListFromJson<Item>(
  fields: JsonFields,
  name: string,
  itemFromJson: FromJson<Item>,
): readonly Item[] {
  return fields.optionalArray(name) === undefined ? [] : listFromJson(fields, name, itemFromJson)
}

function snapshotLogEntryFromJson(json: unknown, path: string): SnapshotLogEntry {
  const fields = readObject(json, path)
  return { timestampMs: fields.integer('timestamp-ms'), snapshotId: fields.long('snapshot-id') }
}

function metadataLogEntryFromJson(json: unknown, path: string): MetadataLogEntry {
  const fields = readObject(json, path)
  return {
    timestampMs: fields.integer('timestamp-ms'),
    metadataFile: fields.string('metadata-file'),
  }
}
