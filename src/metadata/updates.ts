import { unreachable } from '../base/assert.ts'
import { IcebergError } from '../base/errors.ts'
import type { PartitionSpec } from '../layout/partition-spec.ts'
import type { SortOrder } from '../layout/sort-order.ts'
import type { Schema } from '../types/schema.ts'
import type { EncryptionKey } from './encryption-key.ts'
import { METADATA_PREVIOUS_VERSIONS_MAX, readProperty } from './properties.ts'
import { checkProperties } from './property-rules.ts'
import type { SnapshotRef } from './refs.ts'
import type { Snapshot } from './snapshot.ts'
import type { PartitionStatisticsFile, StatisticsFile } from './statistics.ts'
import { formatVersionOf, snapshotById, withoutTrailingSlash } from './table-metadata.ts'
import type { TableMetadata } from './table-metadata.ts'
import {
  addSchema,
  addSortOrder,
  addSpec,
  removeSchemas,
  removeSpecs,
  setCurrentSchema,
  setDefaultSortOrder,
  setDefaultSpec,
} from './update-layouts.ts'
import type { Draft } from './update-layouts.ts'
import {
  addSnapshot,
  removeRef,
  removeSnapshots,
  setRef,
  settleHistory,
} from './update-snapshots.ts'

/** One change of table metadata, as the REST specification names them. */
export type TableUpdate =
  | { readonly action: 'assign-uuid'; readonly uuid: string }
  | { readonly action: 'upgrade-format-version'; readonly formatVersion: number }
  | { readonly action: 'add-schema'; readonly schema: Schema }
  | { readonly action: 'set-current-schema'; readonly schemaId: number }
  | { readonly action: 'add-spec'; readonly spec: PartitionSpec }
  | { readonly action: 'set-default-spec'; readonly specId: number }
  | { readonly action: 'add-sort-order'; readonly sortOrder: SortOrder }
  | { readonly action: 'set-default-sort-order'; readonly orderId: number }
  | { readonly action: 'add-snapshot'; readonly snapshot: Snapshot }
  | { readonly action: 'set-snapshot-ref'; readonly name: string; readonly ref: SnapshotRef }
  | { readonly action: 'remove-snapshots'; readonly snapshotIds: readonly bigint[] }
  | { readonly action: 'remove-snapshot-ref'; readonly name: string }
  | { readonly action: 'set-location'; readonly location: string }
  | { readonly action: 'set-properties'; readonly updates: ReadonlyMap<string, string> }
  | { readonly action: 'remove-properties'; readonly removals: readonly string[] }
  | { readonly action: 'set-statistics'; readonly statistics: StatisticsFile }
  | { readonly action: 'remove-statistics'; readonly snapshotId: bigint }
  | { readonly action: 'set-partition-statistics'; readonly statistics: PartitionStatisticsFile }
  | { readonly action: 'remove-partition-statistics'; readonly snapshotId: bigint }
  | { readonly action: 'remove-partition-specs'; readonly specIds: readonly number[] }
  | { readonly action: 'remove-schemas'; readonly schemaIds: readonly number[] }
  | { readonly action: 'add-encryption-key'; readonly key: EncryptionKey }
  | { readonly action: 'remove-encryption-key'; readonly keyId: string }

/**
 * Table metadata after a commit of these updates, in their order. Ids of schemas, specs and orders are assigned here: one
 * that is there already is used again, a new one gets the next id. However often the main branch moves, the snapshot log
 * gets one entry at most, because only the last move can be seen. Time never goes back, whatever the clock says. To remove
 * what is not there changes nothing.
 *
 * The snapshots' parents and the fields' ids are the caller's to choose; {@link checkInvariants} judges the outcome before
 * it is stored.
 *
 * @throws IcebergError `invalid` when an update names what is not there, or contradicts the table
 * @throws IcebergError `conflict` when a snapshot's sequence number or row ids were taken meanwhile
 * @throws IcebergError `unsupported` for an upgrade to a format version that is not written
 */
export function applyUpdates(
  metadata: TableMetadata,
  updates: readonly TableUpdate[],
  { nowMs }: { readonly nowMs: number },
): TableMetadata {
  if (updates.length === 0) return metadata
  let draft: Draft = { metadata, added: {} }
  for (const update of updates) draft = applyUpdate(draft, update)
  return settleHistory(metadata, draft.metadata, nowMs)
}

function applyUpdate(draft: Draft, update: TableUpdate): Draft {
  const { metadata, added } = draft
  const change = (fields: Partial<TableMetadata>): Draft => ({
    metadata: { ...metadata, ...fields },
    added,
  })
  switch (update.action) {
    case 'assign-uuid':
      return change(assignUuid(metadata, update.uuid))
    case 'upgrade-format-version':
      return change(upgrade(metadata, update.formatVersion))
    case 'add-schema':
      return addSchema(draft, update.schema)
    case 'set-current-schema':
      return setCurrentSchema(draft, update.schemaId)
    case 'add-spec':
      return addSpec(draft, update.spec)
    case 'set-default-spec':
      return setDefaultSpec(draft, update.specId)
    case 'add-sort-order':
      return addSortOrder(draft, update.sortOrder)
    case 'set-default-sort-order':
      return setDefaultSortOrder(draft, update.orderId)
    case 'add-snapshot':
      return change(addSnapshot(metadata, update.snapshot))
    case 'set-snapshot-ref':
      return change(setRef(metadata, update.name, update.ref))
    case 'remove-snapshots':
      return change(removeSnapshots(metadata, update.snapshotIds))
    case 'remove-snapshot-ref':
      return change(removeRef(metadata, update.name))
    case 'set-location':
      return change(setLocation(update.location))
    case 'set-properties':
      checkProperties(update.updates)
      return change({ properties: new Map([...metadata.properties, ...update.updates]) })
    case 'remove-properties': {
      const removed = new Set(update.removals)
      const kept = [...metadata.properties].filter(([name]) => !removed.has(name))
      return change({ properties: new Map(kept) })
    }
    case 'set-statistics':
      return change({
        statistics: withFile(metadata, metadata.statistics, update.statistics),
      })
    case 'remove-statistics':
      return change({ statistics: withoutFile(metadata.statistics, update.snapshotId) })
    case 'set-partition-statistics':
      return change({
        partitionStatistics: withFile(metadata, metadata.partitionStatistics, update.statistics),
      })
    case 'remove-partition-statistics':
      return change({
        partitionStatistics: withoutFile(metadata.partitionStatistics, update.snapshotId),
      })
    case 'remove-partition-specs':
      return change(removeSpecs(metadata, update.specIds))
    case 'remove-schemas':
      return change(removeSchemas(metadata, update.schemaIds))
    case 'add-encryption-key':
      return change(addEncryptionKey(metadata, update.key))
    case 'remove-encryption-key':
      return change({
        encryptionKeys: metadata.encryptionKeys.filter(({ keyId }) => keyId !== update.keyId),
      })
    default:
      return unreachable(update)
  }
}

/** Readers who know the table by its uuid would take it for another one. */
function assignUuid({ tableUuid }: TableMetadata, uuid: string): Partial<TableMetadata> {
  if (tableUuid === null || tableUuid === uuid) return { tableUuid: uuid }
  throw new IcebergError('invalid', 'table has a uuid, which cannot change', {
    context: { tableUuid, uuid },
  })
}

/** Never down: what later versions allow cannot be taken back (spec: Format Versioning). */
function upgrade(metadata: TableMetadata, wanted: number): Partial<TableMetadata> {
  const formatVersion = formatVersionOf(wanted)
  if (formatVersion === undefined) {
    const kind = wanted > metadata.formatVersion ? 'unsupported' : 'invalid'
    throw new IcebergError(kind, 'there is no such format version, or it is not written yet', {
      context: { formatVersion: wanted, supported: 3 },
    })
  }
  if (formatVersion < metadata.formatVersion) {
    throw new IcebergError('invalid', 'a table cannot go back to a former format version', {
      context: { formatVersion, current: metadata.formatVersion },
    })
  }
  if (metadata.tableUuid === null && formatVersion > 1) {
    throw new IcebergError('invalid', 'table needs a uuid before it can be upgraded', {
      context: { formatVersion },
    })
  }
  return { formatVersion }
}

function setLocation(location: string): Partial<TableMetadata> {
  if (location === '') throw new IcebergError('invalid', 'table location is empty')
  return { location: withoutTrailingSlash(location) }
}

interface FileOfSnapshot {
  readonly snapshotId: bigint
}

/** A file takes the place of those that its snapshot has. */
function withFile<File extends FileOfSnapshot>(
  metadata: TableMetadata,
  files: readonly File[],
  file: File,
): readonly File[] {
  if (snapshotById(metadata, file.snapshotId) !== undefined) {
    return [...withoutFile(files, file.snapshotId), file]
  }
  throw new IcebergError('invalid', 'statistics are of a snapshot that the table does not have', {
    context: { snapshotId: file.snapshotId },
  })
}

function withoutFile<File extends FileOfSnapshot>(
  files: readonly File[],
  snapshotId: bigint,
): readonly File[] {
  return files.filter((file) => file.snapshotId !== snapshotId)
}

/** A key that is there already stays as it is: what is encrypted with it must stay readable. */
function addEncryptionKey(metadata: TableMetadata, key: EncryptionKey): Partial<TableMetadata> {
  const { formatVersion, encryptionKeys } = metadata
  if (formatVersion < 3) {
    throw new IcebergError('invalid', 'encryption keys need format version 3', {
      context: { formatVersion },
    })
  }
  const isKnown = encryptionKeys.some(({ keyId }) => keyId === key.keyId)
  return isKnown ? {} : { encryptionKeys: [...encryptionKeys, key] }
}

/**
 * Records in new metadata the file that held the version before it, which `write.metadata.previous-versions-max` may
 * push older entries out of the log for.
 */
export function withMetadataLogEntry(
  metadata: TableMetadata,
  previousFile: string,
  previousUpdatedMs: number,
): TableMetadata {
  const limit = Math.max(1, readProperty(metadata.properties, METADATA_PREVIOUS_VERSIONS_MAX))
  const entry = { timestampMs: previousUpdatedMs, metadataFile: previousFile }
  return { ...metadata, metadataLog: [...metadata.metadataLog, entry].slice(-limit) }
}
