import type { Fields } from '../yaml/fields.ts'
import type { SortColumn, WriteSort } from './model.ts'
import { SORT, SORT_COLUMN } from './vocabulary.ts'

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

export interface OutputSort {
  readonly sort: WriteSort
  /** Whether it becomes the table's own order. */
  readonly persists: boolean
}

/** The `sort` among the options of an output; null when it has none. */
export function readSort(options: Fields | null): OutputSort | null {
  const sort = options?.map('sort', SORT) ?? null
  if (sort === null) {
    if (options?.has('persistSortOrder') === true) {
      options.invalid('persistSortOrder', 'needs a sort beside it')
    }
    return null
  }
  return {
    sort: {
      mode: sort.word('mode', ['global', 'partition']) ?? 'partition',
      columns: readColumns(sort),
    },
    persists: sort.flag('persistSortOrder') ?? options?.flag('persistSortOrder') ?? false,
  }
}

function readColumns(sort: Fields): readonly SortColumn[] {
  const items = sort.requiredMaps('columns', SORT_COLUMN)
  const columns = items.map(readColumn)
  for (const [index, { name }] of columns.entries()) {
    if (name !== '' && columns.slice(0, index).some((other) => other.name === name)) {
      items[index]?.invalid('name', 'rows are sorted by this column already')
    }
  }
  return columns
}

function readColumn(item: Fields): SortColumn {
  return { name: item.text('name'), ...(item.choice('order', ORDERS) ?? ASCENDING) }
}
