import { IcebergError } from '../base/errors.ts'
import { comparatorOf } from '../types/compare.ts'
import { findField } from '../types/schema.ts'
import type { Schema } from '../types/schema.ts'
import { isPrimitive } from '../types/type.ts'
import type { PrimitiveValue } from '../types/value.ts'
import { sortKeyFunction } from './apply-transform.ts'
import { positionsOf, primitiveReader } from './column-value.ts'
import type { RowValues } from './column-value.ts'
import type { SortField, SortOrder } from './sort-order.ts'
import { formatTransform, resultType } from './transform.ts'

type RowComparator = (left: RowValues, right: RowValues) => number

/**
 * The order of rows that a sort order asks for (spec: Sorting): by each key in turn, nulls where the key puts them
 * whatever its direction, NaN above all numbers. Rows with equal keys compare as zero.
 *
 * @throws IcebergError `unsupported` for a key whose transform we do not know or whose column is gone
 */
export function rowComparator(schema: Schema, order: SortOrder): RowComparator {
  const keys = order.fields.map((field) => keyComparator(schema, field))
  return (left, right) => {
    for (const compare of keys) {
      const result = compare(left, right)
      if (result !== 0) return result
    }
    return 0
  }
}

function keyComparator(schema: Schema, field: SortField): RowComparator {
  const source = findField(schema, field.sourceId)
  const type = source === undefined ? null : resultType(field.transform, source.field.type)
  if (source === undefined || type === null || !isPrimitive(source.field.type)) {
    throw new IcebergError('unsupported', 'rows cannot be ordered by this sort field', {
      context: { sourceId: field.sourceId, transform: formatTransform(field.transform) },
    })
  }
  const read = primitiveReader(positionsOf(schema, source))
  const transform = sortKeyFunction(field.transform, source.field.type)
  const compare = withNulls(comparatorOf(type), field)
  return (left, right) => compare(transform(read(left)), transform(read(right)))
}

function withNulls(
  compare: (left: PrimitiveValue, right: PrimitiveValue) => number,
  { direction, nullOrder }: SortField,
): (left: PrimitiveValue | null, right: PrimitiveValue | null) => number {
  const sign = direction === 'asc' ? 1 : -1
  const nullRank = nullOrder === 'nulls-first' ? -1 : 1
  return (left, right) => {
    if (left === null) return right === null ? 0 : nullRank
    if (right === null) return -nullRank
    return sign * compare(left, right)
  }
}
