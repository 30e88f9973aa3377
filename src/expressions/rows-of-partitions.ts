// The way back from partitions to rows: what is known of a row by the partition that it is in. The opposite of projection.
import { MICROS_PER_DAY, MICROS_PER_HOUR, daysFromCivil } from '../base/civil-time.ts'
import { INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN } from '../base/integers.ts'
import { positionsOf } from '../layout/column-value.ts'
import type { PartitionField, PartitionSpec } from '../layout/partition-spec.ts'
import type { PartitionTuple } from '../layout/partition-tuple.ts'
import { findField } from '../types/schema.ts'
import type { Schema } from '../types/schema.ts'
import { isPrimitive } from '../types/type.ts'
import type { PrimitiveType } from '../types/type.ts'
import type { PrimitiveValue } from '../types/value.ts'
import { allOf, anyOf, boundTrue } from './bound.ts'
import type { BoundPredicate, PrimitiveColumn } from './bound.ts'

/**
 * A predicate that holds for every row of these partitions, and maybe for rows of others: buckets say nothing of a row,
 * and a cut value says only where it begins.
 */
export function rowsOfPartitions(
  schema: Schema,
  spec: PartitionSpec,
  tuples: Iterable<PartitionTuple>,
): BoundPredicate {
  return anyOf(
    Array.from(tuples, (tuple) =>
      allOf(spec.fields.map((field, index) => rowsOfValue(schema, field, tuple[index] ?? null))),
    ),
  )
}

function rowsOfValue(
  schema: Schema,
  { sourceId, transform }: PartitionField,
  value: PrimitiveValue | null,
): BoundPredicate {
  const column = columnOf(schema, sourceId)
  if (column === null) return boundTrue
  switch (transform.kind) {
    case 'identity':
      return equalTo(column, value)
    case 'year':
    case 'month':
    case 'day':
    case 'hour':
      return typeof value === 'number' ? within(column, transform.kind, value) : absent(column)
    case 'truncate':
      return value === null ? absent(column) : beginningAt(column, value)
    case 'bucket':
      return value === null ? absent(column) : boundTrue
    default:
      return boundTrue
  }
}

/** Null for a column whose values cannot be read: it was dropped, or has none a row. */
function columnOf(schema: Schema, fieldId: number): PrimitiveColumn | null {
  const entry = findField(schema, fieldId)
  if (entry === undefined || entry.isRepeated) return null
  const { type } = entry.field
  if (!isPrimitive(type) || type.kind === 'unknown') return null
  const required = entry.ids.every((id) => findField(schema, id)?.field.required === true)
  return { fieldId, positions: positionsOf(schema, entry), type, required, path: entry.path }
}

function absent(column: PrimitiveColumn): BoundPredicate {
  return { kind: 'is-null', column }
}

/** Predicates have one zero, partitions two. */
function equalTo(column: PrimitiveColumn, value: PrimitiveValue | null): BoundPredicate {
  if (value === null) return absent(column)
  if (Number.isNaN(value)) return { kind: 'is-nan', column }
  return { kind: 'eq', column, literal: value === 0 ? 0 : value }
}

function beginningAt(column: PrimitiveColumn, start: PrimitiveValue): BoundPredicate {
  if (column.type.kind !== 'string') return { kind: 'gt-eq', column, literal: start }
  return start === '' ? boundTrue : { kind: 'starts-with', column, literal: start }
}

type TimeUnit = 'year' | 'month' | 'day' | 'hour'

function within(column: PrimitiveColumn, unit: TimeUnit, value: number): BoundPredicate {
  const { start, lowest, highest, literal } = scaleOf(column.type, unit)
  const first = start(value)
  const last = start(value + 1) - 1n
  return allOf([
    first <= lowest ? boundTrue : { kind: 'gt-eq', column, literal: literal(first) },
    last >= highest ? boundTrue : { kind: 'lt-eq', column, literal: literal(last) },
  ])
}

/** How a column counts time. */
interface Scale {
  /** The first value of a year, month, day or hour, which the type may be too small for. */
  readonly start: (value: number) => bigint
  readonly lowest: bigint
  readonly highest: bigint
  readonly literal: (value: bigint) => PrimitiveValue
}

function scaleOf({ kind }: PrimitiveType, unit: TimeUnit): Scale {
  if (kind === 'date') {
    const start = (value: number): bigint => BigInt(startDay(unit, value))
    return { start, lowest: BigInt(INT32_MIN), highest: BigInt(INT32_MAX), literal: Number }
  }
  const perMicro = kind === 'timestamp_ns' || kind === 'timestamptz_ns' ? 1000n : 1n
  const start = (value: number): bigint =>
    unit === 'hour'
      ? BigInt(value) * BigInt(MICROS_PER_HOUR) * perMicro
      : BigInt(startDay(unit, value)) * BigInt(MICROS_PER_DAY) * perMicro
  return { start, lowest: INT64_MIN, highest: INT64_MAX, literal: (value) => value }
}

const EPOCH_YEAR = 1970

function startDay(unit: TimeUnit, value: number): number {
  if (unit === 'year') return daysFromCivil(EPOCH_YEAR + value, 1, 1)
  if (unit !== 'month') return value
  const year = Math.floor(value / 12)
  return daysFromCivil(EPOCH_YEAR + year, value - year * 12 + 1, 1)
}
