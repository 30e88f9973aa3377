import { unreachable } from '../base/assert.ts'
import { compareBytes, toHex } from '../base/bytes.ts'
import { compareCodePoints } from '../base/unicode.ts'
import type { PrimitiveType } from '../types/type.ts'
import type { PrimitiveValue, Value } from '../types/value.ts'
import { isUnary } from './bound.ts'
import type { BoundComparison, BoundLeaf, BoundSet, BoundUnary } from './bound.ts'

/**
 * Whether a value of the column passes the test; null stands for itself. Compiled once, to be asked often.
 *
 * A comparison holds for neither null nor NaN, whatever it is.
 */
export function valueTest(leaf: BoundLeaf): (value: Value | null) => boolean {
  if (isUnary(leaf)) return unaryTest(leaf)
  return comparableTest('literals' in leaf ? setTest(leaf) : comparisonTest(leaf))
}

/**
 * The order in which predicates compare values other than null and NaN: as for sorting, but minus zero equals zero. A
 * column that became `long` may still bring values of `int`, and compares them as numbers.
 */
export function orderOf(
  type: PrimitiveType,
): (left: PrimitiveValue, right: PrimitiveValue) => number {
  return orderOfKind(type) as (left: PrimitiveValue, right: PrimitiveValue) => number
}

/** NaN has no place in the order of predicates. */
export function isComparable(value: Value): boolean {
  return !Number.isNaN(value)
}

// Values of a type are held in one way only, as value.ts lists; so each order may take its own.
function orderOfKind(type: PrimitiveType): (left: never, right: never) => number {
  switch (type.kind) {
    case 'string':
      return compareCodePoints
    case 'uuid':
    case 'fixed':
    case 'binary':
    case 'geometry':
    case 'geography':
      return compareBytes
    case 'boolean':
    case 'int':
    case 'long':
    case 'float':
    case 'double':
    case 'decimal':
    case 'date':
    case 'time':
    case 'timestamp':
    case 'timestamptz':
    case 'timestamp_ns':
    case 'timestamptz_ns':
      return compareNumbers
    case 'unknown':
      return () => 0
    default:
      return unreachable(type)
  }
}

type Numeric = boolean | number | bigint

function compareNumbers(left: Numeric, right: Numeric): number {
  if (left < right) return -1
  return left > right ? 1 : 0
}

function unaryTest({ kind }: BoundUnary): (value: Value | null) => boolean {
  switch (kind) {
    case 'is-null':
      return (value) => value === null
    case 'not-null':
      return (value) => value !== null
    case 'is-nan':
      return (value) => Number.isNaN(value)
    case 'not-nan':
      return (value) => !Number.isNaN(value)
    default:
      return unreachable(kind)
  }
}

function comparableTest(
  test: (value: PrimitiveValue) => boolean,
): (value: Value | null) => boolean {
  // A column that is compared is of primitive type.
  return (value) => value !== null && isComparable(value) && test(value as PrimitiveValue)
}

function comparisonTest({
  kind,
  column,
  literal,
}: BoundComparison): (value: PrimitiveValue) => boolean {
  const order = orderOf(column.type)
  switch (kind) {
    case 'eq':
      return (value) => order(value, literal) === 0
    case 'not-eq':
      return (value) => order(value, literal) !== 0
    case 'lt':
      return (value) => order(value, literal) < 0
    case 'lt-eq':
      return (value) => order(value, literal) <= 0
    case 'gt':
      return (value) => order(value, literal) > 0
    case 'gt-eq':
      return (value) => order(value, literal) >= 0
    case 'starts-with':
      return (value) => hasPrefix(value, literal)
    case 'not-starts-with':
      return (value) => !hasPrefix(value, literal)
    default:
      return unreachable(kind)
  }
}

/** Both are well-formed, so code units and code points agree. Only strings are tested for a prefix. */
export function hasPrefix(value: PrimitiveValue, prefix: PrimitiveValue): boolean {
  return typeof value === 'string' && typeof prefix === 'string' && value.startsWith(prefix)
}

function setTest({ kind, literals }: BoundSet): (value: PrimitiveValue) => boolean {
  const keys = new Set(literals.flatMap(keysOf))
  return kind === 'in' ? (value) => keys.has(keyOf(value)) : (value) => !keys.has(keyOf(value))
}

/** A `Set` takes minus zero for zero, as predicates do. */
function keyOf(value: PrimitiveValue): PrimitiveValue {
  return value instanceof Uint8Array ? toHex(value) : value
}

/** An integer also under its other form, if that is exact, for columns that became `long`. */
function keysOf(literal: PrimitiveValue): PrimitiveValue[] {
  if (typeof literal === 'bigint') {
    const near = Number(literal)
    return BigInt(near) === literal ? [literal, near] : [literal]
  }
  return typeof literal === 'number' && Number.isInteger(literal)
    ? [literal, BigInt(literal)]
    : [keyOf(literal)]
}
