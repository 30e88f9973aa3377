// In what order a compaction writes rows: what callers say of it, held against the table.
import { unreachable } from '../base/assert.ts'
import { IcebergError } from '../base/errors.ts'
import { buildSortOrder } from '../layout/build-layout.ts'
import { parseSortFields } from '../layout/layout-text.ts'
import type { SortTerm } from '../layout/layout-text.ts'
import { equivalentOrders } from '../layout/order-change.ts'
import type { SortOrder } from '../layout/sort-order.ts'
import { currentSchema, currentSortOrder } from '../metadata/table-metadata.ts'
import type { TableMetadata } from '../metadata/table-metadata.ts'
import { parseColumnList } from '../types/column-list.ts'
import { zorderColumns } from './zorder.ts'
import type { ZorderColumn } from './zorder.ts'

/** How the rows of files that are rewritten together come to lie: as they did, by a sort order, or by a z-curve. */
export type CompactionStrategy = (typeof STRATEGIES)[number]

export const STRATEGIES = ['binpack', 'sort', 'zorder'] as const

/** In what order rows are written. */
export type RowArrangement =
  /** As they come: file by file. */
  | { readonly kind: 'binpack' }
  | {
      readonly kind: 'sort'
      readonly order: SortOrder
      /** The table's own order when it is that one; null for any other. */
      readonly sortOrderId: number | null
    }
  | { readonly kind: 'zorder'; readonly columns: readonly ZorderColumn[] }

export interface ArrangementOptions {
  readonly strategy?: CompactionStrategy
  readonly sort?: string | readonly SortTerm[]
  readonly zorder?: string | readonly string[]
}

/** @throws IcebergError `invalid` for columns that are not there, and for a strategy that does not go with what is given */
export function arrangementOf(
  metadata: TableMetadata,
  { strategy, sort, zorder }: ArrangementOptions,
): RowArrangement {
  const kind =
    strategy ?? (zorder === undefined ? (sort === undefined ? 'binpack' : 'sort') : 'zorder')
  if ((sort !== undefined && kind !== 'sort') || (zorder !== undefined && kind !== 'zorder')) {
    throw new IcebergError('invalid', 'an order was given that the strategy does not heed', {
      context: { strategy: kind },
    })
  }
  switch (kind) {
    case 'binpack':
      return { kind }
    case 'sort':
      return sorted(metadata, sort)
    case 'zorder':
      return { kind, columns: zorderColumns(currentSchema(metadata), columnPaths(zorder ?? [])) }
    default:
      return unreachable(kind)
  }
}

function sorted(metadata: TableMetadata, sort: ArrangementOptions['sort']): RowArrangement {
  const own = currentSortOrder(metadata)
  const terms = typeof sort === 'string' ? parseSortFields(sort) : sort
  const order =
    terms === undefined ? own : buildSortOrder(currentSchema(metadata), terms, own.orderId)
  if (order.fields.length === 0) {
    throw new IcebergError('invalid', 'the table has no sort order: give one to sort by')
  }
  return { kind: 'sort', order, sortOrderId: equivalentOrders(own, order) ? own.orderId : null }
}

function columnPaths(
  columns: NonNullable<ArrangementOptions['zorder']>,
): readonly (readonly string[])[] {
  if (typeof columns === 'string') return parseColumnList(columns)
  if (Array.isArray(columns) && columns.every((name) => typeof name === 'string')) {
    return columns.map((name) => [name])
  }
  throw new IcebergError('invalid', 'zorder is a text or a list of columns')
}
