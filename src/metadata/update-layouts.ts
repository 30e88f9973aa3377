// What updates of one commit do to schemas, partition specs and sort orders.
import { IcebergError } from '../base/errors.ts'
import { stringifyJson } from '../base/json-exact.ts'
import { equivalentOrders } from '../layout/order-change.ts'
import { PARTITION_FIELD_ID_START, equivalentSpecs } from '../layout/partition-spec.ts'
import type { PartitionSpec } from '../layout/partition-spec.ts'
import type { SortOrder } from '../layout/sort-order.ts'
import { schemaToJson } from '../types/schema-json.ts'
import { highestFieldId } from '../types/schema.ts'
import type { Schema } from '../types/schema.ts'
import { checkSchemaVersion } from './table-metadata.ts'
import type { TableMetadata } from './table-metadata.ts'

/** Stands for the schema, spec or order that an earlier update of the same commit added. */
export const LAST_ADDED = -1

/** Metadata between two updates of a commit, and what {@link LAST_ADDED} means there. */
export interface Draft {
  readonly metadata: TableMetadata
  readonly added: {
    readonly schemaId?: number
    readonly specId?: number
    readonly orderId?: number
  }
}

/** @throws IcebergError `invalid` when the schema has what the table's format version has not */
export function addSchema({ metadata, added }: Draft, schema: Schema): Draft {
  const known = metadata.schemas.find((candidate) => equalSchemas(candidate, schema))
  if (known !== undefined) return { metadata, added: { ...added, schemaId: known.schemaId } }
  checkSchemaVersion(schema, metadata.formatVersion)
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

export function setCurrentSchema({ metadata, added }: Draft, schemaId: number): Draft {
  const currentSchemaId = knownId('schema', schemaId, {
    lastAdded: added.schemaId,
    ids: metadata.schemas.map((schema) => schema.schemaId),
  })
  return { metadata: { ...metadata, currentSchemaId }, added }
}

/** Docs and defaults are part of a schema, so the whole JSON form is compared. */
export function equalSchemas(left: Schema, right: Schema): boolean {
  return schemaText(left) === schemaText(right)
}

function schemaText(schema: Schema): string {
  const identifierFieldIds = schema.identifierFieldIds.toSorted((left, right) => left - right)
  return stringifyJson(schemaToJson({ ...schema, schemaId: 0, identifierFieldIds }))
}

/** @throws IcebergError `invalid` when the spec is none that the table's format version can hold */
export function addSpec({ metadata, added }: Draft, spec: PartitionSpec): Draft {
  const equivalent = metadata.specs.find((candidate) => equivalentSpecs(candidate, spec))
  if (equivalent !== undefined) {
    return { metadata, added: { ...added, specId: equivalent.specId } }
  }
  if (metadata.formatVersion === 1) checkSequentialIds(spec)
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

/** Readers of version 1 number the fields themselves, and must come to the same ids (spec: Partition Evolution). */
function checkSequentialIds({ fields }: PartitionSpec): void {
  const isSequential = fields.every(
    ({ fieldId }, index) => fieldId === PARTITION_FIELD_ID_START + 1 + index,
  )
  if (isSequential) return
  throw new IcebergError(
    'invalid',
    'version 1 numbers partition fields from 1000 on without gaps',
    {
      context: { fieldIds: fields.map(({ fieldId }) => fieldId).join(', ') },
    },
  )
}

export function setDefaultSpec({ metadata, added }: Draft, specId: number): Draft {
  const defaultSpecId = knownId('partition spec', specId, {
    lastAdded: added.specId,
    ids: metadata.specs.map((spec) => spec.specId),
  })
  return { metadata: { ...metadata, defaultSpecId }, added }
}

/** Order 0 is the unsorted one, whether the table has listed it before or not (spec: Sorting). */
export function addSortOrder({ metadata, added }: Draft, order: SortOrder): Draft {
  const equal = metadata.sortOrders.find((candidate) => equivalentOrders(candidate, order))
  if (equal !== undefined) return { metadata, added: { ...added, orderId: equal.orderId } }
  const orderIds = metadata.sortOrders.map((candidate) => candidate.orderId)
  const orderId = order.fields.length === 0 ? 0 : nextId([0, ...orderIds])
  return {
    metadata: { ...metadata, sortOrders: [...metadata.sortOrders, { ...order, orderId }] },
    added: { ...added, orderId },
  }
}

export function setDefaultSortOrder({ metadata, added }: Draft, orderId: number): Draft {
  const defaultSortOrderId = knownId('sort order', orderId, {
    lastAdded: added.orderId,
    ids: metadata.sortOrders.map((order) => order.orderId),
  })
  return { metadata: { ...metadata, defaultSortOrderId }, added }
}

/** Whether manifests still need one of them only the caller can know. */
export function removeSpecs(
  { specs, defaultSpecId }: TableMetadata,
  specIds: readonly number[],
): Partial<TableMetadata> {
  if (specIds.includes(defaultSpecId)) {
    throw new IcebergError('invalid', 'the default partition spec cannot be removed', {
      context: { specId: defaultSpecId },
    })
  }
  return { specs: specs.filter(({ specId }) => !specIds.includes(specId)) }
}

/** A schema that a snapshot names is what the snapshot is read with. */
export function removeSchemas(
  { schemas, currentSchemaId, snapshots }: TableMetadata,
  schemaIds: readonly number[],
): Partial<TableMetadata> {
  const inUse = [currentSchemaId, ...snapshots.map(({ schemaId }) => schemaId)]
  const needed = schemaIds.find((schemaId) => inUse.includes(schemaId))
  if (needed !== undefined) {
    throw new IcebergError('invalid', 'a schema that is in use cannot be removed', {
      context: { schemaId: needed },
    })
  }
  return { schemas: schemas.filter(({ schemaId }) => !schemaIds.includes(schemaId)) }
}

function knownId(
  what: string,
  id: number,
  { lastAdded, ids }: { readonly lastAdded: number | undefined; readonly ids: readonly number[] },
): number {
  if (id === LAST_ADDED) {
    if (lastAdded !== undefined) return lastAdded
    throw new IcebergError('invalid', 'nothing was added before that could be meant by -1')
  }
  if (ids.includes(id)) return id
  throw new IcebergError('invalid', `table has no such ${what}`, { context: { id } })
}

function nextId(ids: readonly number[]): number {
  return Math.max(-1, ...ids) + 1
}
