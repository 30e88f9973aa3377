import { IcebergError } from '../base/errors.ts'
import { checkChoice } from '../base/options.ts'
import type { Schema } from '../types/schema.ts'
import type { PartitionTerm, SortTerm } from './layout-text.ts'
import {
  checkFieldName,
  checkNotRedundant,
  checkUniqueName,
  defaultFieldName,
  misfit,
  partitionSource,
  sourceColumn,
} from './new-field.ts'
import type { PartitionField, PartitionSpec } from './partition-spec.ts'
import { unsortedOrder } from './sort-order.ts'
import type { SortField, SortOrder } from './sort-order.ts'

/** Ids for a new spec. */
export interface SpecIds {
  readonly specId: number
  /** The highest id that any partition field of the table has had; the new fields follow it. */
  readonly lastPartitionId: number
}

/**
 * The partition spec that the terms ask for, with fresh field ids in their order. Fields without a name are named after
 * their column and transform, as `ts_day` and `id_bucket_16`.
 *
 * @throws IcebergError `invalid` for an unknown or unfit column, a name in use, or two transforms of one column of which
 *   one says all the other says; `unsupported` for a transform that we do not know, and for a column of unknown type
 */
export function buildSpec(
  schema: Schema,
  terms: readonly PartitionTerm[],
  ids: SpecIds,
): PartitionSpec {
  const fields: PartitionField[] = []
  for (const term of terms) {
    const source = partitionSource(schema, term)
    const field: PartitionField = {
      sourceId: source.field.id,
      fieldId: ids.lastPartitionId + 1 + fields.length,
      name: term.name ?? defaultFieldName(source, term.transform),
      transform: term.transform,
    }
    checkFieldName(schema, field)
    checkUniqueName(fields, field.name)
    checkNotRedundant(fields, field)
    fields.push(field)
  }
  return { specId: ids.specId, fields }
}

/**
 * The sort order that the terms ask for; the unsorted order when there are none.
 *
 * @throws IcebergError `invalid` for an unknown or unfit column or for `void`, `unsupported` for a transform that we do
 *   not know
 */
export function buildSortOrder(
  schema: Schema,
  terms: readonly SortTerm[],
  orderId: number,
): SortOrder {
  if (!Array.isArray(terms)) {
    throw new IcebergError('invalid', 'an order is a text, or a list of fields to sort by')
  }
  if (terms.length === 0) return unsortedOrder
  return { orderId, fields: terms.map((term) => sortField(schema, term)) }
}

function sortField(schema: Schema, term: SortTerm): SortField {
  const source = sourceColumn(schema, term)
  const { transform, direction, nullOrder } = term
  checkChoice('direction', direction, ['asc', 'desc'])
  checkChoice('nullOrder', nullOrder, ['nulls-first', 'nulls-last'])
  if (transform.kind === 'void') throw misfit('transform has no order', source, transform)
  return { sourceId: source.field.id, transform, direction, nullOrder }
}
