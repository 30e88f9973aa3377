import type { Fields } from '../yaml/fields.ts'
import type { SortColumn, WriteSort } from './model.ts'
import { SORT_COLUMN } from './vocabulary.ts'

type Order = Omit<SortColumn, 'name'>

const ASCENDING: Order = { direction: 'asc', nullOrder: 'nulls-first' }

/** Without a say on nulls, Spark takes them for smaller than everything. */
const ORDERS: ReadonlyMap<string, Order> = new Map<string, Order>([
  ['asc', ASCENDING],
  ['desc', { direction: 'desc', nullOrder: 'nulls-last' }],
  ['ASC_NULLS_FIRST', ASCENDING],
  ['ASC_NULLS_LAST', { direction: 'asc', nullOrder: 'nulls-last' }],
  ['DESC_NULLS_FIRST', { direction: 'desc', nullOrder: 'nulls-first' }],
  ['DESC_NULLS_LAST', { direction: 'desc', nullOrder: 'nulls-last' }],
])

/** The `sort` of an output; null when it has none. */
export function readSort(sort: Fields | null): WriteSort | null {
  if (sort === null) return null
  const items = sort.requiredMaps('columns', SORT_COLUMN)
  const columns = items.map(readColumn)
  for (const [index, { name }] of columns.entries()) {
    if (name !== '' && columns.slice(0, index).some((other) => other.name === name)) {
      items[index]?.invalid('name', 'rows are sorted by this column already')
    }
  }
  return { mode: sort.word('mode', ['global', 'partition']) ?? 'partition', columns }
}

function readColumn(item: Fields): SortColumn {
  return { name: item.text('name'), ...(item.choice('order', ORDERS) ?? ASCENDING) }
}
