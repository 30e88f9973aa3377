/**
 * Where a literal lies among the values of a column's type. A literal that the type does not hold is no error where its
 * place is clear: 2.5 lies between two integers and 3000000000 above every `int`, which decides each comparison exactly.
 * Text, times and bytes must be of the type.
 */
import { unreachable } from '../base/assert.ts'
import { IcebergError } from '../base/errors.ts'
import { INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN, floorDiv, isInt64 } from '../base/integers.ts'
import {
  parseTimestampNs,
  parseTimestamptzNs,
  parseWideTimestampNs,
  parseWideTimestamptzNs,
} from '../types/temporal-text.ts'
import { formatType, isPrimitive } from '../types/type.ts'
import type { PrimitiveType } from '../types/type.ts'
import { valueFromInput } from '../types/value-input.ts'
import type { PrimitiveValue } from '../types/value.ts'
import { withoutValues } from '../types/without-values.ts'
import { isJsonLiteral, literalOfJson } from './json-literal.ts'
import { isNumberText } from './predicate.ts'

export type Place =
  | { readonly kind: 'at'; readonly value: PrimitiveValue }
  /** Between two neighbours; `below` is null when the type has no lower value, `above` when it has no higher one. */
  | {
      readonly kind: 'between'
      readonly below: PrimitiveValue | null
      readonly above: PrimitiveValue | null
    }
  /** NaN, with which no comparison holds; or among the values of a type that has none but null. */
  | { readonly kind: 'nowhere' }

/**
 * @param path the column, for messages
 * @throws IcebergError `invalid` when the literal is null or not of the type
 */
export function placeLiteral(type: PrimitiveType, literal: unknown, path: string): Place {
  if (literal === null || literal === undefined) {
    throw new IcebergError('invalid', 'a comparison with null never holds: test for null instead', {
      context: { column: path },
    })
  }
  if (isJsonLiteral(literal)) {
    const given = literalOfJson(type, literal)
    if (given === null) throw misfit(type, path)
    return placeLiteral(type, given, path)
  }
  switch (type.kind) {
    case 'int':
      return placeInteger(exactNumber(type, literal, path), INT32, Number)
    case 'long':
      return placeInteger(exactNumber(type, literal, path), INT64, (value) => value)
    case 'decimal':
      return placeDecimal(type, exactNumber(type, literal, path))
    case 'float':
      return placeFloat(literal, path)
    case 'double':
      return placeDouble(literal, path)
    case 'uuid':
      return { kind: 'at', value: uuidOf(type, literal, path) }
    case 'timestamp':
    case 'timestamptz':
      return placeMicros(type, literal, path)
    case 'timestamp_ns':
    case 'timestamptz_ns':
      return placeNanos(type, literal, path)
    case 'boolean':
    case 'date':
    case 'time':
    case 'string':
    case 'fixed':
    case 'binary':
      return { kind: 'at', value: inputOf(type, literal, path) }
    case 'unknown':
      return { kind: 'nowhere' }
    case 'geometry':
    case 'geography':
      throw withoutValues(type)
    default:
      return unreachable(type)
  }
}

/** `unscaled` divided by ten to the power of `scale`, which is not negative. */
interface ExactNumber {
  readonly unscaled: bigint
  readonly scale: number
}

interface IntegerRange {
  readonly min: bigint
  readonly max: bigint
}

const INT32: IntegerRange = { min: BigInt(INT32_MIN), max: BigInt(INT32_MAX) }
const INT64: IntegerRange = { min: INT64_MIN, max: INT64_MAX }

function placeInteger(
  { unscaled, scale }: ExactNumber,
  { min, max }: IntegerRange,
  hold: (integer: bigint) => PrimitiveValue,
): Place {
  const divisor = 10n ** BigInt(scale)
  const floor = floorDiv(unscaled, divisor)
  const isInteger = floor * divisor === unscaled
  if (floor < min) return { kind: 'between', below: null, above: hold(min) }
  if (floor > max || (floor === max && !isInteger)) {
    return { kind: 'between', below: hold(max), above: null }
  }
  if (isInteger) return { kind: 'at', value: hold(floor) }
  return { kind: 'between', below: hold(floor), above: hold(floor + 1n) }
}

/** A decimal is an integer in units of its scale. */
function placeDecimal(
  type: { readonly precision: number; readonly scale: number },
  { unscaled, scale }: ExactNumber,
): Place {
  const max = 10n ** BigInt(type.precision) - 1n
  const inUnits = { unscaled: unscaled * 10n ** BigInt(type.scale), scale }
  return placeInteger(inUnits, { min: -max, max }, (value) => value)
}

/**
 * The nearest float, which is what writing the same literal stores: `eq('f', 0.1)` finds it again. A double that is beyond
 * all floats stays as it is, above or below every one of them but infinity.
 */
function placeFloat(literal: unknown, path: string): Place {
  const place = placeDouble(literal, path)
  if (place.kind !== 'at' || typeof place.value !== 'number') return place
  const nearest = Math.fround(place.value)
  return Number.isFinite(nearest) ? { kind: 'at', value: nearest === 0 ? 0 : nearest } : place
}

function placeDouble(literal: unknown, path: string): Place {
  const input = isNumberText(literal) ? Number(literal.text) : literal
  if (isNumberText(literal) && !Number.isFinite(input)) {
    throw new IcebergError('invalid', 'number is beyond the range of a double', {
      context: { column: path },
    })
  }
  const value = inputOf({ kind: 'double' }, input, path)
  if (Number.isNaN(value)) return { kind: 'nowhere' }
  return { kind: 'at', value: value === 0 ? 0 : value }
}

/** A text may spell nanoseconds, which lie between two microseconds. */
function placeMicros(type: PrimitiveType, literal: unknown, path: string): Place {
  const parseNanos = type.kind === 'timestamp' ? parseTimestampNs : parseTimestamptzNs
  const nanos = typeof literal === 'string' ? parseNanos(literal) : null
  // Times beyond those that nanoseconds count are still times.
  if (nanos === null) return { kind: 'at', value: inputOf(type, literal, path) }
  const below = floorDiv(nanos, NANOS_PER_MICRO)
  const isWhole = below * NANOS_PER_MICRO === nanos
  return isWhole ? { kind: 'at', value: below } : { kind: 'between', below, above: below + 1n }
}

/** A text may spell a time before or after all that 64 bits of nanoseconds count. */
function placeNanos(type: PrimitiveType, literal: unknown, path: string): Place {
  const parse = type.kind === 'timestamp_ns' ? parseWideTimestampNs : parseWideTimestamptzNs
  const nanos = typeof literal === 'string' ? parse(literal) : null
  if (nanos === null || isInt64(nanos)) return { kind: 'at', value: inputOf(type, literal, path) }
  return nanos < 0n
    ? { kind: 'between', below: null, above: INT64_MIN }
    : { kind: 'between', below: INT64_MAX, above: null }
}

const NANOS_PER_MICRO = 1000n

/** Bytes too, because the text form spells them `x'...'`. */
function uuidOf(type: PrimitiveType, literal: unknown, path: string): PrimitiveValue {
  if (literal instanceof Uint8Array) return inputOf({ kind: 'fixed', length: 16 }, literal, path)
  return inputOf(type, literal, path)
}

function inputOf(type: PrimitiveType, literal: unknown, path: string): PrimitiveValue {
  if (isNumberText(literal)) throw misfit(type, path)
  const value = valueFromInput(type, literal, path)
  // A primitive type gives a primitive value, and null only for null, which has been refused.
  if (value === null || !isPrimitive(type)) throw misfit(type, path)
  return value as PrimitiveValue
}

function exactNumber(type: PrimitiveType, literal: unknown, path: string): ExactNumber {
  const number = isNumberText(literal) ? parseExact(literal.text) : exactInput(type, literal, path)
  if (number === null) throw misfit(type, path)
  return number
}

/** A decimal is given as text or unscaled, never as a number, which would seldom be the one that was meant. */
function exactInput(type: PrimitiveType, literal: unknown, path: string): ExactNumber | null {
  if (type.kind === 'decimal') {
    return typeof literal === 'string' ? parseExact(literal) : unscaledDecimal(literal)
  }
  if (typeof literal === 'bigint') return { unscaled: literal, scale: 0 }
  return typeof literal === 'number' ? exactDouble(literal, path) : null
}

/** The shortest decimal that reads as this double lies between the same integers as the double does. */
function exactDouble(literal: number, path: string): ExactNumber | null {
  if (Number.isInteger(literal) && !Number.isSafeInteger(literal)) {
    throw new IcebergError('invalid', 'integers beyond 2^53 are given as bigint', {
      context: { column: path },
    })
  }
  return parseExact(String(literal))
}

function unscaledDecimal(literal: unknown): ExactNumber | null {
  if (typeof literal !== 'object' || literal === null) return null
  if (!('unscaled' in literal) || !('scale' in literal)) return null
  const { unscaled, scale } = literal
  if (typeof unscaled !== 'bigint' || typeof scale !== 'number') return null
  return Number.isInteger(scale) && scale >= 0 && scale <= MAX_PLACES ? { unscaled, scale } : null
}

const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/

/** Beyond ten to this power no type has values, nor between zero and its inverse. */
const MAX_PLACES = 100

/** The number that a text spells; null when it spells none. A number too far or too near to matter is moved to the limit. */
function parseExact(text: string): ExactNumber | null {
  const [, sign, whole = '', fraction = '', exponent = '0'] = NUMBER.exec(text) ?? []
  if (whole + fraction === '') return null
  const digits = BigInt(whole + fraction)
  const signed = sign === '-' ? -digits : digits
  if (digits === 0n) return { unscaled: 0n, scale: 0 }
  const scale = fraction.length - Number(exponent)
  const magnitude = String(digits).length - scale
  if (magnitude > MAX_PLACES) return { unscaled: (signed / digits) * 10n ** 100n, scale: 0 }
  if (magnitude < -MAX_PLACES) return { unscaled: signed / digits, scale: MAX_PLACES }
  return scale < 0
    ? { unscaled: signed * 10n ** BigInt(-scale), scale: 0 }
    : { unscaled: signed, scale }
}

function misfit(type: PrimitiveType, path: string): IcebergError {
  return new IcebergError('invalid', 'literal is not of the type of the column', {
    context: { column: path, type: formatType(type) },
  })
}
