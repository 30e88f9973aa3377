/** Types that a column may change to without a file being rewritten, and what its values become (spec: Schema Evolution). */
import { IcebergError } from '../base/errors.ts'
import { isInt64 } from '../base/integers.ts'
import { effectiveInitialDefault } from './default-values.ts'
import { equalTypes } from './equal-types.ts'
import { isPrimitive } from './type.ts'
import type { PrimitiveType, StructType, Type } from './type.ts'
import type { NestedValue, PrimitiveValue, Value } from './value.ts'

/** Whether a column may change its type in a table of that format version; each type may change to itself. */
export function canPromote(from: Type, to: Type, formatVersion: number): boolean {
  if (equalTypes(from, to)) return true
  switch (from.kind) {
    case 'int':
      return to.kind === 'long'
    case 'float':
      return to.kind === 'double'
    case 'decimal':
      return to.kind === 'decimal' && to.scale === from.scale && to.precision > from.precision
    case 'date':
      return formatVersion >= 3 && (to.kind === 'timestamp' || to.kind === 'timestamp_ns')
    case 'unknown':
      return formatVersion >= 3
    default:
      return false
  }
}

/**
 * What a value is in the type that its own was promoted to. In nested types the parts are found by field id: parts that
 * were dropped are left out, those that came later have their initial default.
 *
 * @throws IcebergError `invalid` when a date lies beyond the range of its new type
 */
export function promoteValue(from: Type, to: Type, value: Value | null): Value | null {
  if (value === null) return null
  // Values are held as value.ts lists: those of a struct, a list or a map as arrays.
  if (from.kind === 'struct' && to.kind === 'struct') {
    return promoteStruct(from, to, value as NestedValue)
  }
  if (from.kind === 'list' && to.kind === 'list') {
    return (value as NestedValue).map((item) => promoteValue(from.element, to.element, item))
  }
  if (from.kind === 'map' && to.kind === 'map') {
    return (value as readonly NestedValue[]).map(([key = null, item = null]) => [
      promoteValue(from.key, to.key, key),
      promoteValue(from.value, to.value, item),
    ])
  }
  return isPrimitive(from) && isPrimitive(to)
    ? promotePrimitive(from, to, value as PrimitiveValue)
    : value
}

function promoteStruct(from: StructType, to: StructType, values: NestedValue): NestedValue {
  const places = new Map(from.fields.map(({ id }, index) => [id, index]))
  return to.fields.map((field) => {
    const place = places.get(field.id)
    const type = place === undefined ? undefined : from.fields[place]?.type
    if (place === undefined || type === undefined) return effectiveInitialDefault(field)
    return promoteValue(type, field.type, values[place] ?? null)
  })
}

function promotePrimitive(
  from: PrimitiveType,
  to: PrimitiveType,
  value: PrimitiveValue,
): PrimitiveValue {
  // The type says how the value is held, as value.ts lists.
  if (from.kind === 'int' && to.kind === 'long') return BigInt(value as number)
  if (from.kind !== 'date' || to.kind === 'date') return value
  const midnight = midnightOf(value as number, to)
  if (midnight !== null) return midnight
  throw new IcebergError('invalid', 'date is beyond the range of the type it is promoted to', {
    context: { type: to.kind },
  })
}

/** The first moment of a day in the unit of a timestamp; null when the type does not reach that far. */
export function midnightOf(days: number, type: PrimitiveType): bigint | null {
  const ticks = BigInt(days) * (type.kind === 'timestamp_ns' ? NANOS_PER_DAY : MICROS_PER_DAY)
  return isInt64(ticks) ? ticks : null
}

const MICROS_PER_DAY = 86_400_000_000n
const NANOS_PER_DAY = 86_400_000_000_000n
