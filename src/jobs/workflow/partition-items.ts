import { equalTransforms, isTimeTransform, sizedTransform } from '../../layout/transform.ts'
import type { TimeTransformKind, Transform } from '../../layout/transform.ts'
import type { Place } from '../yaml/faults.ts'
import type { Fields } from '../yaml/fields.ts'
import type { PartitionItem } from './model.ts'
import { PARTITION_ITEM } from './vocabulary.ts'

type SizedKind = 'bucket' | 'truncate'
type TypeKind = 'identity' | 'void' | TimeTransformKind | SizedKind

/** With the plural forms that other tools have. */
const TYPES: ReadonlyMap<string, TypeKind> = new Map<string, TypeKind>([
  ['identity', 'identity'],
  ['bucket', 'bucket'],
  ['truncate', 'truncate'],
  ['year', 'year'],
  ['month', 'month'],
  ['day', 'day'],
  ['hour', 'hour'],
  ['years', 'year'],
  ['months', 'month'],
  ['days', 'day'],
  ['hours', 'hour'],
  ['void', 'void'],
])

/** The keys that say how many or how wide; for buckets there are two words, the first of which is ours. */
const SIZE_KEYS: Readonly<Record<SizedKind, readonly [string, ...string[]]>> = {
  bucket: ['numBuckets', 'bucket_count'],
  truncate: ['width'],
}

/** The `partitionSpec` under `iceberg`; null when it has none. */
export function readPartitionSpec(iceberg: Fields): readonly PartitionItem[] | null {
  if (!iceberg.has('partitionSpec')) return null
  const fields = iceberg.maps('partitionSpec', PARTITION_ITEM)
  const items = fields.map(readItem)
  for (const [index, item] of items.entries()) {
    const itemFields = fields[index]
    if (itemFields === undefined) continue
    checkName(itemFields, item, items)
    checkEarlier(itemFields, item, items.slice(0, index))
  }
  return items
}

function readItem(fields: Fields): PartitionItem {
  const transform = readTransform(fields)
  const column = fields.text('column')
  const name = fields.optionalText('name')
  const asColumn = fields.optionalText('asColumn')
  if (name !== null && asColumn !== null && name !== asColumn) {
    fields.invalid('asColumn', 'name and asColumn are two words for one thing')
  }
  return { transform, column, name: name ?? asColumn ?? defaultName(transform, column) }
}

function readTransform(fields: Fields): Transform {
  fields.require('type')
  const kind = fields.choice('type', TYPES)
  if (kind !== null) refuseOtherSizes(fields, kind)
  if (kind === 'bucket' || kind === 'truncate') return readSized(fields, kind)
  return { kind: kind ?? 'identity' }
}

function refuseOtherSizes(fields: Fields, kind: TypeKind): void {
  for (const owner of ['bucket', 'truncate'] as const) {
    const key = SIZE_KEYS[owner].find((name) => fields.has(name))
    if (owner !== kind && key !== undefined) fields.invalid(key, `goes with type ${owner} alone`)
  }
}

function readSized(fields: Fields, kind: SizedKind): Transform {
  const [word] = SIZE_KEYS[kind]
  const [key = word, other] = SIZE_KEYS[kind].filter((name) => fields.has(name))
  if (other !== undefined) fields.invalid(other, `${key} and ${other} are two words for one thing`)
  fields.require(key)
  const size = fields.count(key)
  const transform = sizedTransform(kind, size ?? 1)
  if (transform !== null) return transform
  fields.invalid(key, 'must be in [1, 2147483647]')
  return { kind: 'identity' }
}

/** Ends of names that are not the word for the transform. */
const SHORT_NAMES: Partial<Record<Transform['kind'], string>> = { truncate: 'trunc', void: 'null' }

/** As tables have them that other tools made from such a file. */
function defaultName({ kind }: Transform, column: string): string {
  return kind === 'identity' ? column : `${column}_${SHORT_NAMES[kind] ?? kind}`
}

/** Among the columns that the spec names itself; the others are checked against the table's. */
function checkName(fields: Fields, item: PartitionItem, items: readonly PartitionItem[]): void {
  if (item.transform.kind === 'identity' && item.name === item.column) return
  if (item.name === '' || !items.some((other) => other.column === item.name)) return
  fields.faults.invalid(placeOfName(fields), 'a partition cannot have the name of a column')
}

function checkEarlier(
  fields: Fields,
  item: PartitionItem,
  earlier: readonly PartitionItem[],
): void {
  if (item.column === '') return
  if (earlier.some((other) => other.name === item.name)) {
    fields.faults.invalid(placeOfName(fields), 'another partition has this name')
  }
  if (earlier.some((other) => isRedundant(item, other))) {
    fields.invalid('type', 'rows are partitioned by this column already')
  }
}

function placeOfName(fields: Fields): Place {
  return fields.placeOf(fields.has('asColumn') ? 'asColumn' : 'name')
}

/** Two units of time of one column say no more than the finer one. */
function isRedundant(left: PartitionItem, right: PartitionItem): boolean {
  if (left.column !== right.column) return false
  if (isTimeTransform(left.transform) && isTimeTransform(right.transform)) return true
  return equalTransforms(left.transform, right.transform)
}
