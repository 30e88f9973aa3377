// What must hold of all table metadata, read or written. A table that breaks one of these would be refused by other
// engines, or lose rows at the next commit.
import { IcebergError } from '../base/errors.ts'
import type { ErrorContext } from '../base/errors.ts'
import { canTransform } from '../layout/transform.ts'
import type { Transform } from '../layout/transform.ts'
import { findField, highestFieldId } from '../types/schema.ts'
import type { Schema } from '../types/schema.ts'
import { MAIN_BRANCH } from './refs.ts'
import { currentSchema, currentSortOrder, currentSpec, snapshotById } from './table-metadata.ts'
import type { TableMetadata } from './table-metadata.ts'

/** How far a log may step back: clocks of writers differ, and Iceberg Java allows for a minute. */
const CLOCK_SKEW_MS = 60_000

/**
 * Checks what must hold of table metadata.
 *
 * @param kind `corrupt` for metadata that was read, `internal` for metadata about to be written
 * @throws IcebergError of that kind, naming the first fault
 */
export function checkInvariants(metadata: TableMetadata, kind: 'corrupt' | 'internal'): void {
  for (const [fault, find] of FAULTS) {
    const context = find(metadata)
    if (context !== null) throw new IcebergError(kind, fault, { context })
  }
}

/** Null when the fault is not there, or where it is. */
type FindFault = (metadata: TableMetadata) => ErrorContext | null

/** In an order in which each may rely on those before it. */
const FAULTS: readonly (readonly [fault: string, find: FindFault])[] = [
  [
    'table location ends in a slash',
    ({ location }) => (/[^:/]\/+$/.test(location) ? { location } : null),
  ],
  ['two schemas have one id', ({ schemas }) => duplicate(schemas.map((schema) => schema.schemaId))],
  ['two partition specs have one id', ({ specs }) => duplicate(specs.map((spec) => spec.specId))],
  [
    'two sort orders have one id',
    ({ sortOrders }) => duplicate(sortOrders.map((order) => order.orderId)),
  ],
  [
    'two snapshots have one id',
    ({ snapshots }) => duplicate(snapshots.map((one) => one.snapshotId)),
  ],
  [
    'current schema is not among the schemas',
    ({ schemas, currentSchemaId: id }) =>
      missing(
        id,
        schemas.map((schema) => schema.schemaId),
      ),
  ],
  [
    'default partition spec is not among the specs',
    ({ specs, defaultSpecId: id }) =>
      missing(
        id,
        specs.map((spec) => spec.specId),
      ),
  ],
  [
    'default sort order is not among the orders',
    ({ sortOrders, defaultSortOrderId: id }) =>
      missing(
        id,
        sortOrders.map((order) => order.orderId),
      ),
  ],
  ['sort order 0 is not the unsorted one', ({ sortOrders }) => misnumberedOrder(sortOrders)],
  ['last column id is below a column id', unaccountedColumn],
  ['last partition id is below a partition field id', unaccountedPartitionField],
  ['default partition spec does not fit the current schema', unfitSpec],
  ['default sort order does not fit the current schema', unfitSortOrder],
  ['last sequence number is below that of a snapshot', unaccountedSequenceNumber],
  ['ref points to no snapshot', danglingRef],
  ['current snapshot is not that of the main branch', strayMain],
  ['snapshot log is out of order', ({ snapshotLog }) => backwardStep(snapshotLog)],
  ['metadata log is out of order', ({ metadataLog }) => backwardStep(metadataLog)],
  ['table was updated before the end of its logs', staleUpdate],
]

function duplicate(ids: readonly (number | bigint)[]): ErrorContext | null {
  const seen = new Set<number | bigint>()
  for (const id of ids) {
    if (seen.has(id)) return { id }
    seen.add(id)
  }
  return null
}

function missing(id: number, ids: readonly number[]): ErrorContext | null {
  return ids.includes(id) ? null : { id }
}

function misnumberedOrder(orders: TableMetadata['sortOrders']): ErrorContext | null {
  const order = orders.find(({ orderId, fields }) => (orderId === 0) !== (fields.length === 0))
  return order === undefined ? null : { orderId: order.orderId }
}

function unaccountedColumn({ schemas, lastColumnId }: TableMetadata): ErrorContext | null {
  const schema = schemas.find((candidate) => highestFieldId(candidate) > lastColumnId)
  return schema === undefined ? null : { lastColumnId, schemaId: schema.schemaId }
}

function unaccountedPartitionField({ specs, lastPartitionId }: TableMetadata): ErrorContext | null {
  const fields = specs.flatMap((spec) => spec.fields)
  const field = fields.find((candidate) => candidate.fieldId > lastPartitionId)
  return field === undefined ? null : { lastPartitionId, fieldId: field.fieldId }
}

function unfitSpec(metadata: TableMetadata): ErrorContext | null {
  return unfitField(currentSchema(metadata), currentSpec(metadata).fields)
}

function unfitSortOrder(metadata: TableMetadata): ErrorContext | null {
  return unfitField(currentSchema(metadata), currentSortOrder(metadata).fields)
}

function unfitField(
  schema: Schema,
  fields: readonly { readonly sourceId: number; readonly transform: Transform }[],
): ErrorContext | null {
  const unfit = fields.find(({ sourceId, transform }) => !fits(schema, sourceId, transform))
  return unfit === undefined ? null : { sourceId: unfit.sourceId }
}

/** `void` outlives its column, and of a transform that we do not know nothing can be said. */
function fits(schema: Schema, sourceId: number, transform: Transform): boolean {
  if (transform.kind === 'void') return true
  const source = findField(schema, sourceId)
  if (source === undefined) return false
  return transform.kind === 'unknown' || canTransform(transform, source.field.type)
}

function unaccountedSequenceNumber(metadata: TableMetadata): ErrorContext | null {
  const { snapshots, lastSequenceNumber } = metadata
  const snapshot = snapshots.find((candidate) => candidate.sequenceNumber > lastSequenceNumber)
  return snapshot === undefined ? null : { lastSequenceNumber, snapshotId: snapshot.snapshotId }
}

function danglingRef(metadata: TableMetadata): ErrorContext | null {
  for (const [name, { snapshotId }] of metadata.refs) {
    if (snapshotById(metadata, snapshotId) === undefined) return { ref: name, snapshotId }
  }
  return null
}

function strayMain({ refs, currentSnapshotId }: TableMetadata): ErrorContext | null {
  const main = refs.get(MAIN_BRANCH)
  if (currentSnapshotId === (main?.snapshotId ?? null) && main?.kind !== 'tag') return null
  return {
    currentSnapshotId: currentSnapshotId ?? 'none',
    main: main === undefined ? 'none' : main.snapshotId,
  }
}

function backwardStep(log: readonly { readonly timestampMs: number }[]): ErrorContext | null {
  for (const [index, { timestampMs }] of log.entries()) {
    const previous = log[index - 1]
    if (previous !== undefined && timestampMs - previous.timestampMs < -CLOCK_SKEW_MS) {
      return { index, timestampMs }
    }
  }
  return null
}

function staleUpdate({
  lastUpdatedMs,
  snapshotLog,
  metadataLog,
}: TableMetadata): ErrorContext | null {
  const latest = [snapshotLog.at(-1), metadataLog.at(-1)]
  const isStale = latest.some(
    (entry) => entry !== undefined && lastUpdatedMs - entry.timestampMs < -CLOCK_SKEW_MS,
  )
  return isStale ? { lastUpdatedMs } : null
}
