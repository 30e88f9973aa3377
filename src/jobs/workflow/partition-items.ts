import { isTimeTransform } from '../../layout/transform.ts'
import type { Transform } from '../../layout/transform.ts'
import type { Fields } from '../yaml/fields.ts'
import type { PartitionItem } from './model.ts'
import { PARTITION_ITEM } from './vocabulary.ts'

/** With the plural forms that other tools have. */
const TRANSFORMS: ReadonlyMap<string, Transform> = new Map<string, Transform>([
  ['identity', { kind: 'identity' }],
  ['year', { kind: 'year' }],
  ['month', { kind: 'month' }],
  ['day', { kind: 'day' }],
  ['hour', { kind: 'hour' }],
  ['years', { kind: 'year' }],
  ['months', { kind: 'month' }],
  ['days', { kind: 'day' }],
  ['hours', { kind: 'hour' }],
])

const LATER_TRANSFORMS = ['bucket', 'truncate', 'void']

/** The `partitionSpec` under `iceberg`; null when it has none. */
export function readPartitionSpec(iceberg: Fields): readonly PartitionItem[] | null {
  if (!iceberg.has('partitionSpec')) return null
  const fields = iceberg.maps('partitionSpec', PARTITION_ITEM)
  const items = fields.map(readItem)
  for (const [index, item] of items.entries()) {
    const itemFields = fields[index]
    if (itemFields !== undefined) checkItem(itemFields, item, items.slice(0, index))
  }
  return items
}

function readItem(fields: Fields): PartitionItem {
  fields.require('type')
  const transform = fields.choice('type', TRANSFORMS, LATER_TRANSFORMS) ?? { kind: 'identity' }
  const column = fields.text('column')
  const name = fields.optionalText('name')
  const asColumn = fields.optionalText('asColumn')
  if (name !== null && asColumn !== null && name !== asColumn) {
    fields.invalid('asColumn', 'name and asColumn are two words for one thing')
  }
  return { transform, column, name: name ?? asColumn ?? defaultName(transform, column) }
}

function defaultName(transform: Transform, column: string): string {
  return transform.kind === 'identity' ? column : `${column}_${transform.kind}`
}

/** What needs no schema to be seen; the rest is checked against the table's. */
function checkItem(fields: Fields, item: PartitionItem, earlier: readonly PartitionItem[]): void {
  const place = fields.placeOf(fields.has('asColumn') ? 'asColumn' : 'name')
  if (item.column === '') return
  if (item.transform.kind !== 'identity' && item.name === item.column) {
    fields.faults.invalid(place, 'a partition cannot have the name of a column')
  }
  if (earlier.some((other) => other.name === item.name)) {
    fields.faults.invalid(place, 'another partition has this name')
  }
  if (earlier.some((other) => isRedundant(item, other))) {
    fields.invalid('type', 'rows are partitioned by this column already')
  }
}

/** Two units of time of one column say no more than the finer one. */
function isRedundant(left: PartitionItem, right: PartitionItem): boolean {
  return (
    left.column === right.column &&
    isTimeTransform(left.transform) === isTimeTransform(right.transform)
  )
}
