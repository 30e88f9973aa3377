import { unreachable } from '../base/assert.ts'
import { isKind } from '../base/errors.ts'
import { valueFromBytes } from '../types/single-value-binary.ts'
import type { PrimitiveType } from '../types/type.ts'
import type { PrimitiveValue } from '../types/value.ts'
import type { BoundComparison, BoundSet } from './bound.ts'
import { hasPrefix, isComparable, orderOf } from './value-test.ts'

/** Between which values all values lie, null and NaN apart; null where that is not known. */
export interface ValueRange {
  readonly lower: PrimitiveValue | null
  readonly upper: PrimitiveValue | null
}

const unknownRange: ValueRange = { lower: null, upper: null }

/**
 * Reads bounds in their binary form. Doubt keeps: bounds that cannot be read, are NaN or contradict each other are taken
 * for unknown.
 */
export function rangeReader(
  type: PrimitiveType,
): (lower: Uint8Array | null, upper: Uint8Array | null) => ValueRange {
  const order = orderOf(type)
  return (lowerBytes, upperBytes) => {
    const lower = lowerBytes === null ? null : boundFromBytes(type, lowerBytes)
    const upper = upperBytes === null ? null : boundFromBytes(type, upperBytes)
    if (lower !== null && upper !== null && order(lower, upper) > 0) return unknownRange
    return { lower, upper }
  }
}

function boundFromBytes(type: PrimitiveType, bytes: Uint8Array): PrimitiveValue | null {
  try {
    const value = valueFromBytes(type, bytes)
    return isComparable(value) ? value : null
  } catch (error) {
    if (isKind(error, 'corrupt')) return null
    throw error
  }
}

/** Whether some value of a range might pass a comparison. False only if none can. */
export function rangeTest(leaf: BoundComparison | BoundSet): (range: ValueRange) => boolean {
  const order = orderOf(leaf.column.type)
  const isBelow = (value: PrimitiveValue, { lower }: ValueRange): boolean =>
    lower !== null && order(value, lower) < 0
  const isAbove = (value: PrimitiveValue, { upper }: ValueRange): boolean =>
    upper !== null && order(value, upper) > 0
  const isInside = (value: PrimitiveValue, range: ValueRange): boolean =>
    !isBelow(value, range) && !isAbove(value, range)
  const isOnly = (value: PrimitiveValue, { lower, upper }: ValueRange): boolean =>
    lower !== null && upper !== null && order(value, lower) === 0 && order(value, upper) === 0

  switch (leaf.kind) {
    case 'in':
      return (range) => leaf.literals.some((literal) => isInside(literal, range))
    case 'not-in':
      return (range) => !leaf.literals.some((literal) => isOnly(literal, range))
    case 'eq':
      return (range) => isInside(leaf.literal, range)
    case 'not-eq':
      return (range) => !isOnly(leaf.literal, range)
    case 'lt':
      return ({ lower }) => lower === null || order(lower, leaf.literal) < 0
    case 'lt-eq':
      return (range) => !isBelow(leaf.literal, range)
    case 'gt':
      return ({ upper }) => upper === null || order(upper, leaf.literal) > 0
    case 'gt-eq':
      return (range) => !isAbove(leaf.literal, range)
    case 'starts-with':
      // What begins with the prefix comes right after it: a lower bound beyond it must begin with it too.
      return (range) =>
        !isAbove(leaf.literal, range) &&
        (!isBelow(leaf.literal, range) ||
          (range.lower !== null && hasPrefix(range.lower, leaf.literal)))
    case 'not-starts-with':
      // What lies between two strings with the prefix has it.
      return ({ lower, upper }) =>
        lower === null ||
        upper === null ||
        !hasPrefix(lower, leaf.literal) ||
        !hasPrefix(upper, leaf.literal)
    default:
      return unreachable(leaf)
  }
}
