import { assert } from '../base/assert.ts'
import { toHex } from '../base/bytes.ts'
import type { PrimitiveValue } from '../types/value.ts'
import { boundFalse } from './bound.ts'
import type { BoundPredicate, PrimitiveColumn } from './bound.ts'

/** Holds where the column has one of the values; for none of them, never. */
export function isOneOf(
  column: PrimitiveColumn,
  values: readonly PrimitiveValue[],
): BoundPredicate {
  const [first, ...others] = distinct(values)
  if (first === undefined) return boundFalse
  return others.length === 0
    ? { kind: 'eq', column, literal: first }
    : { kind: 'in', column, literals: [first, ...others] }
}

/** Holds where the column has a value, neither null nor NaN, and none of these. */
export function isNoneOf(
  column: PrimitiveColumn,
  values: readonly PrimitiveValue[],
): BoundPredicate {
  const [first, ...others] = distinct(values)
  assert(first !== undefined, 'a set has a literal')
  return others.length === 0
    ? { kind: 'not-eq', column, literal: first }
    : { kind: 'not-in', column, literals: [first, ...others] }
}

function distinct(values: readonly PrimitiveValue[]): PrimitiveValue[] {
  return [...new Map(values.map((value) => [literalKey(value), value])).values()]
}

function literalKey(value: PrimitiveValue): PrimitiveValue {
  return value instanceof Uint8Array ? toHex(value) : value
}
