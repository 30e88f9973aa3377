import { IcebergError } from '../base/errors.ts'
import type { ErrorContext } from '../base/errors.ts'
import { PARTITION_FIELD_ID_START } from '../layout/partition-spec.ts'
import type { PartitionSpec } from '../layout/partition-spec.ts'
import type { SortOrder } from '../layout/sort-order.ts'
import { schemaVersionProblems } from '../types/format-support.ts'
import { withFreshIds } from '../types/schema-walk.ts'
import { allFields, highestFieldId } from '../types/schema.ts'
import type { Schema } from '../types/schema.ts'
import type { EncryptionKey } from './encryption-key.ts'
import { checkProperties } from './property-rules.ts'
import type { SnapshotRef } from './refs.ts'
import type { Snapshot } from './snapshot.ts'
import type { PartitionStatisticsFile, StatisticsFile } from './statistics.ts'

/** A moment at which the current snapshot changed (spec: Table Metadata Fields). */
export interface SnapshotLogEntry {
  readonly timestampMs: number
  readonly snapshotId: bigint
}

/** A metadata file that was current until a moment. */
export interface MetadataLogEntry {
  readonly timestampMs: number
  readonly metadataFile: string
}

/** The versions of the specification that are read and written (spec: Format Versioning). */
export type FormatVersion = 1 | 2 | 3

/** The version of a table that is created without a word about it. */
export const DEFAULT_FORMAT_VERSION: FormatVersion = 2

/** Undefined for a number that is no version which is read and written here. */
export function formatVersionOf(version: number): FormatVersion | undefined {
  return version === 1 || version === 2 || version === 3 ? version : undefined
}

/** Everything a table is, apart from the rows (spec: Table Metadata Fields). */
export interface TableMetadata {
  readonly formatVersion: FormatVersion
  /** Null only for a table of version 1 that never got one. */
  readonly tableUuid: string | null
  readonly location: string
  /** 0 at version 1, which has no sequence numbers. */
  readonly lastSequenceNumber: bigint
  readonly lastUpdatedMs: number
  readonly lastColumnId: number
  readonly schemas: readonly Schema[]
  readonly currentSchemaId: number
  readonly specs: readonly PartitionSpec[]
  readonly defaultSpecId: number
  readonly lastPartitionId: number
  readonly sortOrders: readonly SortOrder[]
  readonly defaultSortOrderId: number
  readonly properties: ReadonlyMap<string, string>
  readonly currentSnapshotId: bigint | null
  readonly snapshots: readonly Snapshot[]
  readonly snapshotLog: readonly SnapshotLogEntry[]
  readonly metadataLog: readonly MetadataLogEntry[]
  readonly refs: ReadonlyMap<string, SnapshotRef>
  readonly statistics: readonly StatisticsFile[]
  readonly partitionStatistics: readonly PartitionStatisticsFile[]
  /** The `_row_id` that the next new row gets; 0 below version 3 (spec: Row Lineage). */
  readonly nextRowId: bigint
  /** None below version 3. */
  readonly encryptionKeys: readonly EncryptionKey[]
}

/** What a table is made from. */
export interface NewTable {
  /** {@link DEFAULT_FORMAT_VERSION} when absent. */
  readonly formatVersion?: FormatVersion
  readonly uuid: string
  readonly location: string
  readonly schema: Schema
  readonly spec: PartitionSpec
  readonly sortOrder: SortOrder
  readonly properties: ReadonlyMap<string, string>
  readonly nowMs: number
}

/**
 * The first metadata of a table without snapshots. Field ids are assigned anew, from 1 for columns and from 1000 for
 * partition fields, and spec and order follow their columns; ids in the arguments only say what belongs together.
 *
 * @throws IcebergError `invalid` when a property is reserved or malformed, when spec or order name no column, or when the
 *   schema needs a later format version
 */
export function newTableMetadata(table: NewTable): TableMetadata {
  checkProperties(table.properties)
  const formatVersion = table.formatVersion ?? DEFAULT_FORMAT_VERSION
  const schema = { ...withFreshIds(table.schema), schemaId: 0 }
  checkSchemaVersion(schema, formatVersion)
  const newIds = pairIds(table.schema, schema)
  const spec = freshSpec(table.spec, newIds)
  const sortOrder = freshSortOrder(table.sortOrder, newIds)
  return {
    formatVersion,
    tableUuid: table.uuid,
    location: withoutTrailingSlash(table.location),
    lastSequenceNumber: 0n,
    lastUpdatedMs: table.nowMs,
    lastColumnId: highestFieldId(schema),
    schemas: [schema],
    currentSchemaId: schema.schemaId,
    specs: [spec],
    defaultSpecId: spec.specId,
    lastPartitionId: PARTITION_FIELD_ID_START + spec.fields.length,
    sortOrders: [sortOrder],
    defaultSortOrderId: sortOrder.orderId,
    properties: table.properties,
    currentSnapshotId: null,
    snapshots: [],
    snapshotLog: [],
    metadataLog: [],
    refs: new Map(),
    statistics: [],
    partitionStatistics: [],
    nextRowId: 0n,
    encryptionKeys: [],
  }
}

/** @throws IcebergError `invalid` when a schema has what tables of that format version have not */
export function checkSchemaVersion(schema: Schema, formatVersion: FormatVersion): void {
  const problems = schemaVersionProblems(schema, formatVersion)
  if (problems.length === 0) return
  throw new IcebergError(
    'invalid',
    'schema needs a later format version: create the table with `formatVersion`, or upgrade it with `upgradeFormat`',
    { context: { formatVersion, columns: problems.map(({ path }) => path).join(', ') }, problems },
  )
}

/** A location as metadata holds it. What ends in `://` is a whole store and stays. */
export function withoutTrailingSlash(location: string): string {
  return location.replace(/(?<!:\/?)\/+$/, '')
}

/** Whether what is found now under a table's name is still that table. One without a uuid may have got one. */
export function isSameTable(known: TableMetadata, found: TableMetadata): boolean {
  // A uuid is the same in either case, and engines write it anew as they spell it.
  return (
    known.tableUuid === null || known.tableUuid.toLowerCase() === found.tableUuid?.toLowerCase()
  )
}

/** What says of which types the columns of a table are and were. */
export type TableSchemas = Pick<TableMetadata, 'schemas' | 'currentSchemaId'>

export function currentSchema(metadata: TableSchemas): Schema {
  return schemaById(metadata, metadata.currentSchemaId)
}

/** @throws IcebergError `corrupt` when the table has no such schema */
export function schemaById(metadata: Pick<TableMetadata, 'schemas'>, schemaId: number): Schema {
  const schema = metadata.schemas.find((candidate) => candidate.schemaId === schemaId)
  return schema ?? fail('table has no schema of that id', { schemaId })
}

export function currentSpec(metadata: TableMetadata): PartitionSpec {
  return specById(metadata, metadata.defaultSpecId)
}

/** @throws IcebergError `corrupt` when the table has no such spec */
export function specById(metadata: Pick<TableMetadata, 'specs'>, specId: number): PartitionSpec {
  const spec = metadata.specs.find((candidate) => candidate.specId === specId)
  return spec ?? fail('table has no partition spec of that id', { specId })
}

export function currentSortOrder(metadata: TableMetadata): SortOrder {
  return sortOrderById(metadata, metadata.defaultSortOrderId)
}

/** @throws IcebergError `corrupt` when the table has no such order */
export function sortOrderById(metadata: TableMetadata, orderId: number): SortOrder {
  const order = metadata.sortOrders.find((candidate) => candidate.orderId === orderId)
  return order ?? fail('table has no sort order of that id', { orderId })
}

/** Undefined when the snapshot has expired or never was. */
export function snapshotById(metadata: TableMetadata, snapshotId: bigint): Snapshot | undefined {
  const newest = metadata.snapshots.at(-1)
  // Who commits asks for it and for no other: an index of each version would be held for that alone.
  return newest?.snapshotId === snapshotId ? newest : snapshotIndex(metadata).get(snapshotId)
}

/** What readers see; null before the first commit. */
export function currentSnapshot(metadata: TableMetadata): Snapshot | null {
  if (metadata.currentSnapshotId === null) return null
  return (
    snapshotById(metadata, metadata.currentSnapshotId) ??
    fail('current snapshot is not in the table', { snapshotId: metadata.currentSnapshotId })
  )
}

const snapshotIndexes = new WeakMap<readonly Snapshot[], ReadonlyMap<bigint, Snapshot>>()

function snapshotIndex({ snapshots }: TableMetadata): ReadonlyMap<bigint, Snapshot> {
  const known = snapshotIndexes.get(snapshots)
  if (known !== undefined) return known
  const index = new Map(snapshots.map((snapshot) => [snapshot.snapshotId, snapshot]))
  snapshotIndexes.set(snapshots, index)
  return index
}

/** From the ids of a schema to those of its twin. */
function pairIds(schema: Schema, twin: Schema): (fieldId: number) => number {
  const twins = allFields(twin)
  const ids = new Map(
    allFields(schema).map((entry, index) => [entry.field.id, twins[index]?.field.id]),
  )
  return (fieldId) => {
    const id = ids.get(fieldId)
    if (id !== undefined) return id
    throw new IcebergError(
      'invalid',
      'layout of a new table names a column that it does not have',
      {
        context: { fieldId },
      },
    )
  }
}

function freshSpec(spec: PartitionSpec, newIds: (fieldId: number) => number): PartitionSpec {
  const fields = spec.fields.map((field, index) => ({
    ...field,
    sourceId: newIds(field.sourceId),
    fieldId: PARTITION_FIELD_ID_START + 1 + index,
  }))
  return { specId: 0, fields }
}

/** Order 0 is reserved for no order (spec: Sorting). */
function freshSortOrder(order: SortOrder, newIds: (fieldId: number) => number): SortOrder {
  const fields = order.fields.map((field) => ({ ...field, sourceId: newIds(field.sourceId) }))
  return { orderId: fields.length === 0 ? 0 : 1, fields }
}

function fail(message: string, context: ErrorContext): never {
  throw new IcebergError('corrupt', message, { context })
}
