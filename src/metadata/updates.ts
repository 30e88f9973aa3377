import { unreachable } from '../base/assert.ts'
import { IcebergError } from '../base/errors.ts'
import { stringifyJson } from '../base/json-exact.ts'
import { sortOrderToJson } from '../layout/layout-json.ts'
import { equivalentSpecs } from '../layout/partition-spec.ts'
import type { PartitionSpec } from '../layout/partition-spec.ts'
import type { SortOrder } from '../layout/sort-order.ts'
import { schemaToJson } from '../types/schema-json.ts'
import { highestFieldId } from '../types/schema.ts'
import type { Schema } from '../types/schema.ts'
import { METADATA_PREVIOUS_VERSIONS_MAX, checkProperties, readProperty } from './properties.ts'
import { MAIN_BRANCH } from './refs.ts'
import type { SnapshotRef } from './refs.ts'
import type { Snapshot } from './snapshot.ts'
import { currentSnapshot, snapshotById } from './table-metadata.ts'
import type { TableMetadata } from './table-metadata.ts'

/** One change of table metadata, as the REST specification names them. */
export type TableUpdate =
  | { readonly action: 'add-schema'; readonly schema: Schema }
  | { readonly action: 'set-current-schema'; readonly schemaId: number }
  | { readonly action: 'add-spec'; readonly spec: PartitionSpec }
  | { readonly action: 'set-default-spec'; readonly specId: number }
  | { readonly action: 'add-sort-order'; readonly sortOrder: SortOrder }
  | { readonly action: 'set-default-sort-order'; readonly orderId: number }
  | { readonly action: 'add-snapshot'; readonly snapshot: Snapshot }
  | { readonly action: 'set-snapshot-ref'; readonly name: string; readonly ref: SnapshotRef }
  | { readonly action: 'set-properties'; readonly updates: ReadonlyMap<string, string> }
  | { readonly action: 'remove-properties'; readonly removals: readonly string[] }

/** Stands for the schema, spec or order that an earlier update of the same commit added. */
export const LAST_ADDED = -1

/**
 * Table metadata after a commit of these updates, in their order. Ids of schemas, specs and orders are assigned here: one
 * that is there already is used again, a new one gets the next id. However often the main branch moves, the snapshot log
 * gets one entry at most, because only the last move can be seen. Time never goes back, whatever the clock says.
 *
 * The snapshots' parents and the fields' ids are the caller's to choose; {@link checkInvariants} judges the outcome before
 * it is stored.
 *
 * @throws IcebergError `invalid` when an update names what is not there, or contradicts the table
 * @throws IcebergError `conflict` when a snapshot's sequence number was taken meanwhile
 */
export function applyUpdates(
  metadata: TableMetadata,
  updates: readonly TableUpdate[],
  { nowMs }: { readonly nowMs: number },
): TableMetadata {
  if (updates.length === 0) return metadata
  let draft: Draft = { metadata, added: {} }
  for (const update of updates) draft = applyUpdate(draft, update)
  return settleTime(metadata, draft.metadata, nowMs)
}

/** Metadata between two updates of a commit, and what {@link LAST_ADDED} means there. */
interface Draft {
  readonly metadata: TableMetadata
  readonly added: {
    readonly schemaId?: number
    readonly specId?: number
    readonly orderId?: number
  }
}

function applyUpdate(draft: Draft, update: TableUpdate): Draft {
  const { metadata, added } = draft
  const change = (fields: Partial<TableMetadata>): Draft => ({
    metadata: { ...metadata, ...fields },
    added,
  })
  switch (update.action) {
    case 'add-schema':
      return addSchema(draft, update.schema)
    case 'set-current-schema': {
      const id = resolve(update.schemaId, added.schemaId)
      requireKnown(
        'schema',
        id,
        metadata.schemas.some((schema) => schema.schemaId === id),
      )
      return change({ currentSchemaId: id })
    }
    case 'add-spec':
      return addSpec(draft, update.spec)
    case 'set-default-spec': {
      const id = resolve(update.specId, added.specId)
      requireKnown(
        'partition spec',
        id,
        metadata.specs.some((spec) => spec.specId === id),
      )
      return change({ defaultSpecId: id })
    }
    case 'add-sort-order':
      return addSortOrder(draft, update.sortOrder)
    case 'set-default-sort-order': {
      const id = resolve(update.orderId, added.orderId)
      requireKnown(
        'sort order',
        id,
        metadata.sortOrders.some((order) => order.orderId === id),
      )
      return change({ defaultSortOrderId: id })
    }
    case 'add-snapshot':
      return change(addSnapshot(metadata, update.snapshot))
    case 'set-snapshot-ref':
      return change(setRef(metadata, update.name, update.ref))
    case 'set-properties':
      checkProperties(update.updates)
      return change({ properties: new Map([...metadata.properties, ...update.updates]) })
    case 'remove-properties': {
      const removed = new Set(update.removals)
      const kept = [...metadata.properties].filter(([name]) => !removed.has(name))
      return change({ properties: new Map(kept) })
    }
    default:
      return unreachable(update)
  }
}

function addSchema({ metadata, added }: Draft, schema: Schema): Draft {
  const known = metadata.schemas.find((candidate) => equalSchemas(candidate, schema))
  if (known !== undefined) return { metadata, added: { ...added, schemaId: known.schemaId } }
  const schemaId = nextId(metadata.schemas.map((candidate) => candidate.schemaId))
  return {
    metadata: {
      ...metadata,
      schemas: [...metadata.schemas, { ...schema, schemaId }],
      lastColumnId: Math.max(metadata.lastColumnId, highestFieldId(schema)),
    },
    added: { ...added, schemaId },
  }
}

/** Docs and defaults are part of a schema, so the whole JSON form is compared. */
function equalSchemas(left: Schema, right: Schema): boolean {
  return schemaText(left) === schemaText(right)
}

function schemaText(schema: Schema): string {
  const identifierFieldIds = schema.identifierFieldIds.toSorted((left, right) => left - right)
  return stringifyJson(schemaToJson({ ...schema, schemaId: 0, identifierFieldIds }))
}

function addSpec({ metadata, added }: Draft, spec: PartitionSpec): Draft {
  const known = metadata.specs.find((candidate) => equivalentSpecs(candidate, spec))
  if (known !== undefined) return { metadata, added: { ...added, specId: known.specId } }
  const specId = nextId(metadata.specs.map((candidate) => candidate.specId))
  const fieldIds = spec.fields.map((field) => field.fieldId)
  return {
    metadata: {
      ...metadata,
      specs: [...metadata.specs, { ...spec, specId }],
      lastPartitionId: Math.max(metadata.lastPartitionId, ...fieldIds),
    },
    added: { ...added, specId },
  }
}

/** Order 0 is the unsorted one, whether the table has listed it before or not (spec: Sorting). */
function addSortOrder({ metadata, added }: Draft, order: SortOrder): Draft {
  const known = metadata.sortOrders.find((candidate) => equalSortOrders(candidate, order))
  if (known !== undefined) return { metadata, added: { ...added, orderId: known.orderId } }
  const orderIds = metadata.sortOrders.map((candidate) => candidate.orderId)
  const orderId = order.fields.length === 0 ? 0 : nextId([0, ...orderIds])
  return {
    metadata: { ...metadata, sortOrders: [...metadata.sortOrders, { ...order, orderId }] },
    added: { ...added, orderId },
  }
}

function equalSortOrders(left: SortOrder, right: SortOrder): boolean {
  const text = (order: SortOrder): string =>
    stringifyJson(sortOrderToJson({ ...order, orderId: 0 }))
  return text(left) === text(right)
}

function addSnapshot(metadata: TableMetadata, snapshot: Snapshot): Partial<TableMetadata> {
  const { snapshotId, sequenceNumber } = snapshot
  if (snapshotById(metadata, snapshotId) !== undefined) {
    throw new IcebergError('invalid', 'snapshot id is in use', { context: { snapshotId } })
  }
  if (sequenceNumber <= metadata.lastSequenceNumber) {
    throw new IcebergError('conflict', 'sequence number of the snapshot was taken', {
      context: { sequenceNumber, lastSequenceNumber: metadata.lastSequenceNumber },
    })
  }
  return { snapshots: [...metadata.snapshots, snapshot], lastSequenceNumber: sequenceNumber }
}

function setRef(metadata: TableMetadata, name: string, ref: SnapshotRef): Partial<TableMetadata> {
  requireKnown('snapshot', ref.snapshotId, snapshotById(metadata, ref.snapshotId) !== undefined)
  const refs = new Map([...metadata.refs, [name, ref] as const])
  if (name !== MAIN_BRANCH) return { refs }
  if (ref.kind !== 'branch') throw new IcebergError('invalid', 'main must be a branch')
  return { refs, currentSnapshotId: ref.snapshotId }
}

/** Updates the time of the last change, and the log when another snapshot is current now (spec: Table Metadata Fields). */
function settleTime(base: TableMetadata, draft: TableMetadata, nowMs: number): TableMetadata {
  const lastLoggedMs = base.snapshotLog.at(-1)?.timestampMs ?? 0
  const current = currentSnapshot(draft)
  if (current === null || current.snapshotId === base.currentSnapshotId) {
    return { ...draft, lastUpdatedMs: Math.max(nowMs, base.lastUpdatedMs, lastLoggedMs) }
  }
  // A snapshot that this commit adds became current when it was made, any other one only now.
  const isNew = snapshotById(base, current.snapshotId) === undefined
  const timestampMs = Math.max(isNew ? current.timestampMs : nowMs, lastLoggedMs)
  return {
    ...draft,
    lastUpdatedMs: Math.max(nowMs, base.lastUpdatedMs, timestampMs),
    snapshotLog: [...base.snapshotLog, { timestampMs, snapshotId: current.snapshotId }],
  }
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

function resolve(id: number, lastAdded: number | undefined): number {
  if (id !== LAST_ADDED) return id
  if (lastAdded !== undefined) return lastAdded
  throw new IcebergError('invalid', 'nothing was added before that could be meant by -1')
}

function requireKnown(what: string, id: number | bigint, isKnown: boolean): void {
  if (!isKnown) throw new IcebergError('invalid', `table has no such ${what}`, { context: { id } })
}

function nextId(ids: readonly number[]): number {
  return Math.max(-1, ...ids) + 1
}
