// How rows are cut and ordered, as clauses of a query over a table whose columns are named by their place.
import { assert } from '../base/assert.ts'
import { IcebergError } from '../base/errors.ts'
import { isInt32 } from '../base/integers.ts'
import { decodeUtf8 } from '../base/unicode.ts'
import { partitionTypes } from '../layout/partition-spec.ts'
import type { PartitionSpec } from '../layout/partition-spec.ts'
import type { PartitionTuple } from '../layout/partition-tuple.ts'
import type { SortField, SortOrder } from '../layout/sort-order.ts'
import type { Transform } from '../layout/transform.ts'
import { lowestInteger, tooLow } from '../layout/truncate.ts'
import { parseDecimal } from '../types/decimal-text.ts'
import { findField } from '../types/schema.ts'
import type { Schema } from '../types/schema.ts'
import { isFloating, isPrimitive } from '../types/type.ts'
import type { PrimitiveType } from '../types/type.ts'
import { parseUuid } from '../types/uuid-text.ts'
import type { PrimitiveValue } from '../types/value.ts'
import { decline } from './declined.ts'
import type { PlainValue } from './protocol.ts'
import { quoteText } from './sql-text.ts'
import { partitionText, transformText } from './transform-sql.ts'

/** The name of a column of the working table, by its place in the schema. */
export function columnName(position: number): string {
  return `c${position}`
}

/**
 * The expression of a column of one value a row, in the working table of a schema.
 *
 * @throws Declined when there is no such column
 */
export function columnOf(
  schema: Schema,
  fieldId: number,
): { readonly text: string; readonly type: PrimitiveType } {
  const entry = findField(schema, fieldId)
  if (entry === undefined || entry.isRepeated || !isPrimitive(entry.field.type)) {
    return decline('a layout by no column of one value a row')
  }
  const [, ...inner] = entry.path
  const root = schema.fields.findIndex(({ id }) => id === entry.ids[0])
  const text = inner.reduce(
    (outer, name) => `struct_extract(${outer}, ${quoteText(name)})`,
    columnName(root),
  )
  return { text, type: entry.field.type }
}

/** One field of a partition: how DuckDB tells its values, and how they are read. */
export interface PartitionColumn {
  /** Null where all values are null. */
  readonly text: string | null
  readonly valueOf: (plain: PlainValue) => PrimitiveValue | null
}

/** @throws Declined when DuckDB cannot cut rows by the spec */
export function partitionColumns(spec: PartitionSpec, schema: Schema): readonly PartitionColumn[] {
  const types = partitionTypes(spec, schema)
  return spec.fields.map(({ sourceId, transform }, index) => {
    if (transform.kind === 'void') return { text: null, valueOf: () => null }
    const type = types[index] ?? null
    if (type === null) return decline('a partition by a column that was dropped')
    const column = columnOf(schema, sourceId)
    return {
      text: partitionText(transform, column.type, column.text),
      valueOf: (plain) => (plain === null ? null : stored(transform, type, plain)),
    }
  })
}

/** @throws IcebergError as `transformFunction` does, for what partitions cannot hold */
function stored(
  transform: Transform,
  type: PrimitiveType,
  plain: Exclude<PlainValue, null>,
): PrimitiveValue {
  if (transform.kind === 'truncate' && typeof plain === 'bigint' && plain < lowestInteger(type)) {
    throw tooLow()
  }
  if (transform.kind === 'hour' && !isInt32(Number(plain))) {
    throw new IcebergError('invalid', 'timestamp is too far from 1970 for the hour transform')
  }
  return storedValue(type, plain)
}

/** A value that `plainText` told, as it is held. */
export function storedValue(type: PrimitiveType, plain: Exclude<PlainValue, null>): PrimitiveValue {
  switch (type.kind) {
    case 'int':
    case 'date':
      return Number(plain)
    case 'decimal':
      return known(parseDecimal(String(plain), type.precision, type.scale))
    case 'uuid':
      return known(parseUuid(String(plain)))
    case 'string':
      assert(plain instanceof Uint8Array, 'texts are told by their bytes')
      return decodeUtf8(plain)
    // Counts of 64 bits are told as bigints, and the rest as it is held.
    default:
      return plain
  }
}

function known<Value>(value: Value | null): Value {
  assert(value !== null, 'DuckDB tells a value as it was asked to')
  return value
}

/** The tuple that a row of an answer begins with. */
export function tupleOf(
  columns: readonly PartitionColumn[],
  row: readonly PlainValue[],
): PartitionTuple {
  let next = 0
  return columns.map(({ text, valueOf }) => (text === null ? null : valueOf(row[next++] ?? null)))
}

/**
 * What rows are ordered by: their partitions, then the order that is asked for. Empty when that is neither.
 *
 * @throws Declined when DuckDB cannot order them so
 */
export function orderTerms(
  partitions: readonly PartitionColumn[],
  order: SortOrder,
  schema: Schema,
): readonly string[] {
  const cut = partitions.flatMap(({ text }) => (text === null ? [] : [text]))
  return [...cut, ...order.fields.flatMap((field) => sortTerms(field, schema))]
}

function sortTerms(
  { sourceId, transform, direction, nullOrder }: SortField,
  schema: Schema,
): readonly string[] {
  if (transform.kind === 'void') return []
  const { text, type } = columnOf(schema, sourceId)
  const how = direction === 'asc' ? 'ASC' : 'DESC'
  const nulls = nullOrder === 'nulls-first' ? 'NULLS FIRST' : 'NULLS LAST'
  if (!isFloating(type)) return [`${transformText(transform, type, text)} ${how} ${nulls}`]
  // To DuckDB both zeros are one. A column that it sorts by as it is comes out of the sort with the sign of zeros lost, so
  // that it sorts by what has the value of the column and is another expression.
  return [
    `greatest(${text}, ${text}) ${how} ${nulls}`,
    `(${text} = 0 AND NOT signbit(${text})) ${how}`,
  ]
}
