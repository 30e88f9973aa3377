import { IcebergError } from '../base/errors.ts'
import { readObject } from '../base/json-fields.ts'
import type { JsonFields } from '../base/json-fields.ts'
import {
  sortOrderFromJson,
  sortOrderToJson,
  specFromJson,
  specToJson,
} from '../layout/layout-json.ts'
import { schemaFromJson, schemaToJson } from '../types/schema-json.ts'
import { highestFieldId } from '../types/schema.ts'
import type { Schema } from '../types/schema.ts'
import { checkInvariants } from './invariants.ts'
import { MAIN_BRANCH, refsFromJson, refsToJson } from './refs.ts'
import type { SnapshotRef } from './refs.ts'
import { snapshotFromJson, snapshotToJson } from './snapshot.ts'
import { withoutTrailingSlash } from './table-metadata.ts'
import type { MetadataLogEntry, SnapshotLogEntry, TableMetadata } from './table-metadata.ts'

/**
 * Reads table metadata of version 2 as `parseJson` gives it (spec: Table Metadata and Snapshots). Optional fields that
 * are missing are completed, and what comes out satisfies {@link checkInvariants}.
 *
 * @throws IcebergError `unsupported` when the format version is another one
 * @throws IcebergError `corrupt` when a field is missing or misshapen, with its path, or when fields contradict each other
 */
export function metadataFromJson(json: unknown): TableMetadata {
  const fields = readObject(json, '')
  checkVersion(fields.int('format-version'))
  const schemas = listFromJson(fields, 'schemas', schemaFromJson)
  const currentSnapshotId = currentSnapshotFromJson(fields)
  const metadata: TableMetadata = {
    formatVersion: 2,
    tableUuid: fields.string('table-uuid'),
    location: withoutTrailingSlash(fields.string('location')),
    lastSequenceNumber: fields.long('last-sequence-number'),
    lastUpdatedMs: fields.integer('last-updated-ms'),
    lastColumnId: lastColumnIdFromJson(fields, schemas),
    schemas,
    currentSchemaId: fields.int('current-schema-id'),
    specs: listFromJson(fields, 'partition-specs', specFromJson),
    defaultSpecId: fields.int('default-spec-id'),
    lastPartitionId: fields.int('last-partition-id'),
    sortOrders: listFromJson(fields, 'sort-orders', sortOrderFromJson),
    defaultSortOrderId: fields.int('default-sort-order-id'),
    properties: fields.optionalStringMap('properties') ?? new Map(),
    currentSnapshotId,
    snapshots: optionalListFromJson(fields, 'snapshots', snapshotFromJson),
    snapshotLog: optionalListFromJson(fields, 'snapshot-log', snapshotLogEntryFromJson),
    metadataLog: optionalListFromJson(fields, 'metadata-log', metadataLogEntryFromJson),
    refs: withMain(fields, currentSnapshotId),
    statistics: fields.optionalArray('statistics') ?? [],
    partitionStatistics: fields.optionalArray('partition-statistics') ?? [],
    nextRowId: 0n,
    encryptionKeys: [],
  }
  checkInvariants(metadata, 'corrupt')
  return metadata
}

/**
 * The JSON form, for `stringifyJson`.
 *
 * @throws IcebergError `internal` when the metadata contradicts itself: nothing that other engines refuse may be stored
 */
export function metadataToJson(metadata: TableMetadata): unknown {
  checkInvariants(metadata, 'internal')
  return {
    'format-version': metadata.formatVersion,
    'table-uuid': metadata.tableUuid,
    location: metadata.location,
    'last-sequence-number': metadata.lastSequenceNumber,
    'last-updated-ms': metadata.lastUpdatedMs,
    'last-column-id': metadata.lastColumnId,
    schemas: metadata.schemas.map(schemaToJson),
    'current-schema-id': metadata.currentSchemaId,
    'partition-specs': metadata.specs.map(specToJson),
    'default-spec-id': metadata.defaultSpecId,
    'last-partition-id': metadata.lastPartitionId,
    'sort-orders': metadata.sortOrders.map(sortOrderToJson),
    'default-sort-order-id': metadata.defaultSortOrderId,
    properties: metadata.properties,
    'current-snapshot-id': metadata.currentSnapshotId ?? undefined,
    snapshots: metadata.snapshots.map(snapshotToJson),
    'snapshot-log': metadata.snapshotLog.map((entry) => ({
      'timestamp-ms': entry.timestampMs,
      'snapshot-id': entry.snapshotId,
    })),
    'metadata-log': metadata.metadataLog.map((entry) => ({
      'timestamp-ms': entry.timestampMs,
      'metadata-file': entry.metadataFile,
    })),
    refs: refsToJson(metadata.refs),
    statistics: metadata.statistics,
    'partition-statistics': metadata.partitionStatistics,
  }
}

function checkVersion(formatVersion: number): void {
  if (formatVersion === 2) return
  if (formatVersion < 1) {
    throw new IcebergError('corrupt', 'table format version is not positive', {
      context: { formatVersion },
    })
  }
  throw new IcebergError('unsupported', `tables of format version ${formatVersion} are not read`, {
    context: { formatVersion, supported: 2 },
  })
}

/**
 * Never below an id that is in use, whatever the file says: a new column must not get the id of another one, and other
 * engines read such tables.
 */
function lastColumnIdFromJson(fields: JsonFields, schemas: readonly Schema[]): number {
  return Math.max(fields.int('last-column-id'), ...schemas.map(highestFieldId))
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
