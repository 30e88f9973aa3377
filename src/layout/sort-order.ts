import type { Transform } from './transform.ts'

/** From the least value on, or from the greatest. */
export type SortDirection = 'asc' | 'desc'

/** Where rows without a value go, whatever the direction. */
export type NullOrder = 'nulls-first' | 'nulls-last'

/** One key of a sort order (spec: Sorting). */
export interface SortField {
  /** The first of {@link sourceIds}. */
  readonly sourceId: number
  /** At least two, of a transform with several arguments, which then is always `unknown`; else absent. */
  readonly sourceIds?: readonly number[]
  readonly transform: Transform
  readonly direction: SortDirection
  readonly nullOrder: NullOrder
}

/** How rows are ordered within files (spec: Sort Orders). Order 0 is unsorted. */
export interface SortOrder {
  readonly orderId: number
  readonly fields: readonly SortField[]
}

export const unsortedOrder: SortOrder = { orderId: 0, fields: [] }
