// What must hold of all table metadata, read or written. A table that breaks one of these would be refused by other
// engines, or lose rows at the next commit.
import { IcebergError, isKind } from '../base/errors.ts'
import type { ErrorContext } from '../base/errors.ts'
import { canTransform } from '../layout/transform.ts'
import type { Transform } from '../layout/transform.ts'
import { schemaVersionProblems } from '../types/format-support.ts'
import { findField, highestFieldId } from '../types/schema.ts'
import type { Schema } from '../types/schema.ts'
import { MAIN_BRANCH } from './refs.ts'
import { currentSchema, currentSortOrder, currentSpec, snapshotById } from './table-metadata.ts'
import type { FormatVersion, TableMetadata } from './table-metadata.ts'

/** How far a log may step back: clocks of writers differ, and Iceberg Java allows for a minute. */
const CLOCK_SKEW_MS = 60_000

/** What is wrong with table metadata. */
export interface MetadataFault {
  /** By which it is told from others, as in `broken-ref`. */
  readonly name: string
  /** The field of the JSON form that is wrong. */
  readonly field: string
  /** What is wrong, in one clause. */
  readonly message: string
  readonly context: ErrorContext
}

/**
 * Checks what must hold of table metadata.
 *
 * @param kind `corrupt` for metadata that was read, `internal` for metadata about to be written, `invalid` for what a caller
 *   wants to make of it
 * @throws IcebergError of that kind, naming the first fault
 */
export function checkInvariants(
  metadata: TableMetadata,
  kind: 'corrupt' | 'internal' | 'invalid',
): void {
  for (const [, field, message, find] of FAULTS) {
    const context = find(metadata)
    if (context !== null) {
      throw new IcebergError(kind, message, { context: { path: field, ...context } })
    }
  }
}

/** All that is wrong with table metadata, as far as one fault does not hide another. */
export function metadataFaults(metadata: TableMetadata): readonly MetadataFault[] {
  return FAULTS.flatMap(([name, field, message, find]) => {
    const context = unlessHidden(() => find(metadata))
    return context === null ? [] : [{ name, field, message, context }]
  })
}

/** What relies on something that is itself at fault cannot be told. */
function unlessHidden(find: () => ErrorContext | null): ErrorContext | null {
  try {
    return find()
  } catch (error) {
    if (isKind(error, 'corrupt')) return null
    throw error
  }
}

/** Null when the fault is not there, or where it is. */
type FindFault = (metadata: TableMetadata) => ErrorContext | null

/**
 * By name and by the field of the JSON form that is wrong, in an order in which each may rely on those before it. Names are
 * those by which the doctor tells them.
 */
const FAULTS: readonly (readonly [
  name: string,
  field: string,
  message: string,
  find: FindFault,
])[] = [
  [
    'missing-uuid',
    'table-uuid',
    'table has no uuid, which only version 1 does without',
    missingUuid,
  ],
  ['slashed-location', 'location', 'table location ends in a slash', slashedLocation],
  [
    'duplicate-schema-id',
    'schemas',
    'two schemas have one id',
    ({ schemas }) => duplicate(ids(schemas, 'schemaId')),
  ],
  [
    'untimely-schema',
    'schemas',
    'schema needs a later format version',
    ({ schemas, formatVersion }) => untimelySchema(schemas, formatVersion),
  ],
  [
    'duplicate-spec-id',
    'partition-specs',
    'two partition specs have one id',
    ({ specs }) => duplicate(ids(specs, 'specId')),
  ],
  [
    'duplicate-partition-field-id',
    'partition-specs',
    'two fields of a partition spec have one id',
    ambiguousPartitionField,
  ],
  [
    'duplicate-sort-order-id',
    'sort-orders',
    'two sort orders have one id',
    ({ sortOrders }) => duplicate(ids(sortOrders, 'orderId')),
  ],
  [
    'duplicate-snapshot-id',
    'snapshots',
    'two snapshots have one id',
    ({ snapshots }) => duplicate(ids(snapshots, 'snapshotId')),
  ],
  [
    'duplicate-key-id',
    'encryption-keys',
    'two encryption keys have one id',
    ({ encryptionKeys }) => duplicate(ids(encryptionKeys, 'keyId')),
  ],
  ['untimely-keys', 'encryption-keys', 'encryption keys need format version 3', untimelyKeys],
  [
    'missing-current-schema',
    'current-schema-id',
    'current schema is not among the schemas',
    ({ schemas, currentSchemaId }) => missing(currentSchemaId, ids(schemas, 'schemaId')),
  ],
  [
    'missing-default-spec',
    'default-spec-id',
    'default partition spec is not among the specs',
    ({ specs, defaultSpecId }) => missing(defaultSpecId, ids(specs, 'specId')),
  ],
  [
    'missing-default-sort-order',
    'default-sort-order-id',
    'default sort order is not among the orders',
    ({ sortOrders, defaultSortOrderId }) => missing(defaultSortOrderId, ids(sortOrders, 'orderId')),
  ],
  [
    'misnumbered-sort-order',
    'sort-orders',
    'sort order 0 is not the unsorted one',
    ({ sortOrders }) => misnumberedOrder(sortOrders),
  ],
  ['last-column-id', 'last-column-id', 'last column id is below a column id', unaccountedColumn],
  [
    'last-partition-id',
    'last-partition-id',
    'last partition id is below a partition field id',
    unaccountedPartitionField,
  ],
  [
    'unfit-default-spec',
    'default-spec-id',
    'default partition spec does not fit the current schema',
    unfitSpec,
  ],
  [
    'unfit-default-sort-order',
    'default-sort-order-id',
    'default sort order does not fit the current schema',
    unfitSortOrder,
  ],
  [
    'untimely-sequence-number',
    'snapshots',
    'table of version 1 has a sequence number',
    untimelySequenceNumber,
  ],
  [
    'last-sequence-number',
    'last-sequence-number',
    'last sequence number is below that of a snapshot',
    unaccountedSequenceNumber,
  ],
  [
    'negative-next-row-id',
    'next-row-id',
    'next row id is negative',
    ({ nextRowId }) => (nextRowId < 0n ? { nextRowId } : null),
  ],
  ['next-row-id', 'next-row-id', 'next row id was given to a row', unaccountedRow],
  ['broken-ref', 'refs', 'ref points to no snapshot', danglingRef],
  [
    'main-not-current',
    'current-snapshot-id',
    'current snapshot is not that of the main branch',
    strayMain,
  ],
  [
    'snapshot-log-order',
    'snapshot-log',
    'snapshot log is out of order',
    ({ snapshotLog }) => backwardStep(snapshotLog),
  ],
  [
    'metadata-log-order',
    'metadata-log',
    'metadata log is out of order',
    ({ metadataLog }) => backwardStep(metadataLog),
  ],
  ['stale-update', 'last-updated-ms', 'table was updated before the end of its logs', staleUpdate],
]

function untimelyKeys({ formatVersion, encryptionKeys }: TableMetadata): ErrorContext | null {
  return encryptionKeys.length > 0 && formatVersion < 3 ? { formatVersion } : null
}

function missingUuid({ formatVersion, tableUuid }: TableMetadata): ErrorContext | null {
  return tableUuid === null && formatVersion > 1 ? { formatVersion } : null
}

function slashedLocation({ location }: TableMetadata): ErrorContext | null {
  return /[^:/]\/+$/.test(location) ? { location } : null
}

function ids<Item, Name extends keyof Item>(
  items: readonly Item[],
  name: Name,
): readonly Item[Name][] {
  return items.map((item) => item[name])
}

function duplicate(all: readonly (number | bigint | string)[]): ErrorContext | null {
  const seen = new Set<number | bigint | string>()
  for (const id of all) {
    if (seen.has(id)) return { id }
    seen.add(id)
  }
  return null
}

function missing(id: number, all: readonly number[]): ErrorContext | null {
  return all.includes(id) ? null : { id }
}

/** Types and default values that the version does not have, which its readers would get wrong or refuse. */
function untimelySchema(
  schemas: readonly Schema[],
  formatVersion: FormatVersion,
): ErrorContext | null {
  for (const schema of schemas) {
    const [problem] = schemaVersionProblems(schema, formatVersion)
    if (problem !== undefined) {
      return { schemaId: schema.schemaId, column: problem.path, problem: problem.message }
    }
  }
  return null
}

function ambiguousPartitionField({ specs }: TableMetadata): ErrorContext | null {
  for (const { specId, fields } of specs) {
    const fault = duplicate(ids(fields, 'fieldId'))
    if (fault !== null) return { specId, ...fault }
  }
  return null
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

/** Version 1 has none, and its writers would go on from one that they cannot see. */
function untimelySequenceNumber(metadata: TableMetadata): ErrorContext | null {
  const { formatVersion, lastSequenceNumber, snapshots } = metadata
  if (formatVersion > 1) return null
  if (lastSequenceNumber !== 0n) return { lastSequenceNumber }
  const snapshot = snapshots.find((candidate) => candidate.sequenceNumber !== 0n)
  return snapshot === undefined ? null : { snapshotId: snapshot.snapshotId }
}

/** An id that is given twice makes one row of two (spec: Snapshot Row IDs). */
function unaccountedRow({
  formatVersion,
  snapshots,
  nextRowId,
}: TableMetadata): ErrorContext | null {
  if (formatVersion < 3) return null
  const snapshot = snapshots.find(
    ({ firstRowId, addedRows }) =>
      firstRowId !== undefined && firstRowId + (addedRows ?? 0n) > nextRowId,
  )
  return snapshot === undefined ? null : { nextRowId, snapshotId: snapshot.snapshotId }
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
