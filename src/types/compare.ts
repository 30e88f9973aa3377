/**
 * One total order for each primitive type, as bounds and sorting need it (spec: Sorting; Data File Fields): minus zero
 * before zero, NaN above all, strings by code points, bytes unsigned. Predicates compare by value instead.
 */
import { unreachable } from '../base/assert.ts'
import { compareBytes, toHex } from '../base/bytes.ts'
import { compareCodePoints } from '../base/unicode.ts'
import type { PrimitiveType, Type } from './type.ts'
import type { NestedValue, PrimitiveValue, Value } from './value.ts'

/** Negative, zero or positive, as the left value comes before, with or after the right one. */
export type Comparator = (left: PrimitiveValue, right: PrimitiveValue) => number

/** The order of a type's values. NaN equals NaN, whatever its sign and payload. Both values must be of the type. */
export function comparatorOf(type: PrimitiveType): Comparator {
  // Values of a type are held in one way only, which value.ts lists; so each comparison may take its own.
  return comparisonOf(type) as Comparator
}

function comparisonOf(type: PrimitiveType): (left: never, right: never) => number {
  switch (type.kind) {
    case 'boolean':
      return compareBooleans
    case 'int':
    case 'date':
      return compareInt32s
    case 'long':
    case 'decimal':
    case 'time':
    case 'timestamp':
    case 'timestamptz':
    case 'timestamp_ns':
    case 'timestamptz_ns':
      return compareIntegers
    case 'float':
    case 'double':
      return compareFloats
    case 'string':
      return compareCodePoints
    case 'uuid':
    case 'fixed':
    case 'binary':
    case 'geometry':
    case 'geography':
      return compareBytes
    case 'unknown':
      return () => 0
    default:
      return unreachable(type)
  }
}

function compareBooleans(left: boolean, right: boolean): number {
  return Number(left) - Number(right)
}

function compareInt32s(left: number, right: number): number {
  return left - right
}

function compareIntegers(left: bigint, right: bigint): number {
  if (left < right) return -1
  return left > right ? 1 : 0
}

function compareFloats(left: number, right: number): number {
  if (left < right) return -1
  if (left > right) return 1
  if (left === right) return left === 0 ? zeroRank(left) - zeroRank(right) : 0
  return Number(Number.isNaN(left)) - Number(Number.isNaN(right))
}

function zeroRank(zero: number): number {
  return Object.is(zero, -0) ? 0 : 1
}

/**
 * Whether two values of one type are the same: alike by {@link comparatorOf} at every depth, with the same nulls. A map is
 * the same only in the same order of entries.
 */
export function equalValues(type: Type, left: Value | null, right: Value | null): boolean {
  return left === null || right === null
    ? left === right
    : Object.is(valueKey(type, left), valueKey(type, right))
}

/**
 * A key for a JavaScript `Map` or `Set` that is the same for two values of the type exactly if the values are, by
 * {@link equalValues}.
 */
export function valueKey(type: Type, value: Value): boolean | number | bigint | string {
  // The type says how the value is held, as value.ts lists.
  switch (type.kind) {
    case 'float':
    case 'double':
      return Object.is(value, -0) ? '-0' : (value as number)
    case 'uuid':
    case 'fixed':
    case 'binary':
    case 'geometry':
    case 'geography':
      return toHex(value as Uint8Array)
    case 'struct':
      return joinKeys(
        (value as NestedValue).map((item, index) => partKey(type.fields[index]?.type, item)),
      )
    case 'list':
      return joinKeys((value as NestedValue).map((item) => partKey(type.element, item)))
    case 'map':
      return joinKeys(
        (value as readonly NestedValue[]).flatMap(([key, item]) => [
          partKey(type.key, key),
          partKey(type.value, item),
        ]),
      )
    default:
      return value as boolean | number | bigint | string
  }
}

const NULL_KEY = 'null'

function partKey(type: Type | undefined, value: Value | null | undefined): string {
  if (type === undefined || value === null || value === undefined) return NULL_KEY
  const key = String(valueKey(type, value))
  return `${key.length}:${key}`
}

/** The parts carry their lengths, so that different parts never join alike. */
function joinKeys(parts: readonly string[]): string {
  return parts.join('')
}
