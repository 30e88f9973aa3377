import { IcebergError } from '../base/errors.ts'
import { intAt, readObject } from '../base/json-fields.ts'
import type { JsonFields } from '../base/json-fields.ts'
import { PARTITION_FIELD_ID_START } from './partition-spec.ts'
import type { PartitionField, PartitionSpec } from './partition-spec.ts'
import type { NullOrder, SortDirection, SortField, SortOrder } from './sort-order.ts'
import { formatTransform, parseTransform } from './transform.ts'
import type { Transform } from './transform.ts'

/**
 * Reads a partition spec (spec: Partition Specs). Transforms we do not know are kept as they are spelled.
 *
 * @param path where in the document this value sits, for messages
 */
export function specFromJson(json: unknown, path: string): PartitionSpec {
  const spec = readObject(json, path)
  return {
    specId: spec.int('spec-id'),
    fields: specFieldsFromJson(spec.array('fields'), spec.path('fields')),
  }
}

/**
 * Reads the fields of a spec, which version 1 also keeps without the spec around them. Fields without an id get the ids
 * that version 1 implied: 1000 and up, in order.
 */
export function specFieldsFromJson(json: readonly unknown[], path: string): PartitionField[] {
  return json.map((item, index) => {
    const field = readObject(item, `${path}[${index}]`)
    return {
      ...derivationFromJson(field),
      fieldId: field.optionalInt('field-id') ?? PARTITION_FIELD_ID_START + 1 + index,
      name: field.string('name'),
    }
  })
}

interface Derivation {
  readonly sourceId: number
  readonly sourceIds?: readonly number[]
  readonly transform: Transform
}

/**
 * What a field is made of and by what. A transform of several columns is none that we know, whatever its name, and keeps
 * them all.
 */
function derivationFromJson(field: JsonFields): Derivation {
  const name = field.string('transform')
  const path = field.path('source-ids')
  const sourceIds = field
    .optionalArray('source-ids')
    ?.map((id, index) => intAt(id, `${path}[${index}]`))
  const [first, ...others] = sourceIds ?? []
  if (sourceIds === undefined || first === undefined || others.length === 0) {
    return { sourceId: first ?? field.int('source-id'), transform: parseTransform(name) }
  }
  return { sourceId: first, sourceIds, transform: { kind: 'unknown', name } }
}

/** The columns, as one id or as a list (spec: Partition Specs; Sort Orders). */
function sourcesToJson({ sourceId, sourceIds }: Derivation): object {
  return sourceIds === undefined ? { 'source-id': sourceId } : { 'source-ids': sourceIds }
}

/** The JSON form of a partition spec (spec: Partition Specs). */
export function specToJson(spec: PartitionSpec): unknown {
  return { 'spec-id': spec.specId, fields: specFieldsToJson(spec) }
}

/** The fields of a spec without the object around them, as manifests carry them (spec: Manifests). */
export function specFieldsToJson(spec: PartitionSpec): unknown {
  return spec.fields.map(specFieldToJson)
}

function specFieldToJson(field: PartitionField): unknown {
  return {
    name: field.name,
    transform: formatTransform(field.transform),
    ...sourcesToJson(field),
    'field-id': field.fieldId,
  }
}

/**
 * Reads a sort order (spec: Sort Orders). Transforms we do not know are kept as they are spelled.
 *
 * @param path where in the document this value sits, for messages
 */
export function sortOrderFromJson(json: unknown, path: string): SortOrder {
  const order = readObject(json, path)
  const fields = order.array('fields')
  return {
    orderId: order.int('order-id'),
    fields: fields.map((item, index) =>
      sortFieldFromJson(item, `${order.path('fields')}[${index}]`),
    ),
  }
}

function sortFieldFromJson(json: unknown, path: string): SortField {
  const field = readObject(json, path)
  return {
    ...derivationFromJson(field),
    direction: directionOf(field.string('direction'), field.path('direction')),
    nullOrder: nullOrderOf(field.string('null-order'), field.path('null-order')),
  }
}

function directionOf(text: string, path: string): SortDirection {
  if (text === 'asc' || text === 'desc') return text
  throw new IcebergError('corrupt', 'sort direction is neither asc nor desc', { context: { path } })
}

function nullOrderOf(text: string, path: string): NullOrder {
  if (text === 'nulls-first' || text === 'nulls-last') return text
  throw new IcebergError('corrupt', 'null order is neither nulls-first nor nulls-last', {
    context: { path },
  })
}

/** The JSON form of a sort order (spec: Sort Orders). */
export function sortOrderToJson(order: SortOrder): unknown {
  return { 'order-id': order.orderId, fields: order.fields.map(sortFieldToJson) }
}

function sortFieldToJson(field: SortField): unknown {
  return {
    transform: formatTransform(field.transform),
    ...sourcesToJson(field),
    direction: field.direction,
    'null-order': field.nullOrder,
  }
}
