import type { Schema } from '../types/schema.ts'
import { buildSortOrder } from './build-layout.ts'
import type { SortTerm } from './layout-text.ts'
import { equalSources } from './partition-spec.ts'
import { unsortedOrder } from './sort-order.ts'
import type { SortField, SortOrder } from './sort-order.ts'
import { equalTransforms } from './transform.ts'

export interface ChangedOrder {
  readonly order: SortOrder
  /** False when the table has such an order, which then is the one to use. */
  readonly isNew: boolean
}

/**
 * The sort order that takes the place of a table's (spec: Sorting). Files name the order they were written in by its id, so
 * that an order is never changed: the new one has the id of an order that sorts alike, or a new one; 0 without terms.
 *
 * @param orders all sort orders of the table
 * @throws IcebergError as `buildSortOrder`
 */
export function changeSortOrder(
  schema: Schema,
  orders: readonly SortOrder[],
  terms: readonly SortTerm[],
): ChangedOrder {
  const highest = Math.max(unsortedOrder.orderId, ...orders.map(({ orderId }) => orderId))
  const order = buildSortOrder(schema, terms, highest + 1)
  const same = orders.find((other) => equivalentOrders(other, order))
  return same === undefined ? { order, isNew: true } : { order: same, isNew: false }
}

/** Whether two orders sort alike; their ids are not compared. */
export function equivalentOrders(left: SortOrder, right: SortOrder): boolean {
  return (
    left.fields.length === right.fields.length &&
    left.fields.every((field, index) => equivalentFields(field, right.fields[index]))
  )
}

function equivalentFields(left: SortField, right: SortField | undefined): boolean {
  return (
    right !== undefined &&
    left.sourceId === right.sourceId &&
    left.direction === right.direction &&
    left.nullOrder === right.nullOrder &&
    equalSources(left.sourceIds, right.sourceIds) &&
    equalTransforms(left.transform, right.transform)
  )
}
