/** Values cut to a width (spec: Truncate Transform Details). */
import { unreachable } from '../base/assert.ts'
import { IcebergError } from '../base/errors.ts'
import { INT32_MIN, INT64_MIN, floorMod } from '../base/integers.ts'
import type { PrimitiveType } from '../types/type.ts'
import type { PrimitiveValue } from '../types/value.ts'

/** Whether values of the type are truncated: numbers without a fraction of their own, strings and `binary`. */
export function isTruncatable(type: PrimitiveType): boolean {
  switch (type.kind) {
    case 'int':
    case 'long':
    case 'decimal':
    case 'string':
    case 'binary':
      return true
    case 'boolean':
    case 'float':
    case 'double':
    case 'date':
    case 'time':
    case 'timestamp':
    case 'timestamptz':
    case 'timestamp_ns':
    case 'timestamptz_ns':
    case 'uuid':
    case 'fixed':
    case 'unknown':
    case 'geometry':
    case 'geography':
      return false
    default:
      return unreachable(type)
  }
}

/** What becomes of a value whose multiple of the width lies below all values of its type. */
export type Underflow = 'refuse' | 'keep-order'

/**
 * The truncation of values of a type that {@link isTruncatable}: of numbers the highest multiple of the width that is not
 * above them, decimals in units of their scale; of strings the first code points; of `binary` the first bytes.
 *
 * A few of the lowest numbers have no such multiple within their type. Where the result is stored they are refused; where
 * it only decides an order, they give the lowest value, which no other number gives.
 *
 * @returns a function that throws `invalid` for such a number, if they are refused
 */
export function truncateFunction(
  width: number,
  type: PrimitiveType,
  underflow: Underflow,
): (value: PrimitiveValue) => PrimitiveValue {
  if (type.kind === 'string') return (value) => codePointPrefix(String(value), width)
  // Of the other types that are truncated, `binary` alone is held as bytes.
  if (type.kind === 'binary') return (value) => (value as Uint8Array).slice(0, width)
  const lowest = lowestInteger(type)
  const hold = type.kind === 'int' ? Number : (multiple: bigint): bigint => multiple
  return (value) => {
    const multiple = floorMultiple(BigInt(value as number | bigint), width)
    if (multiple >= lowest) return hold(multiple)
    if (underflow === 'refuse') throw tooLow()
    return hold(lowest)
  }
}

/** The highest multiple of the width that is not above a number. */
export function floorMultiple(value: bigint, width: number): bigint {
  return value - floorMod(value, BigInt(width))
}

/** The lowest value of a type whose values are integers, decimals in units of their scale. */
export function lowestInteger(type: PrimitiveType): bigint {
  if (type.kind === 'decimal') return 1n - 10n ** BigInt(type.precision)
  return type.kind === 'int' ? BigInt(INT32_MIN) : INT64_MIN
}

/** The first code points of a well-formed string, at most `length`: no pair of surrogates is cut. */
export function codePointPrefix(text: string, length: number): string {
  if (text.length <= length) return text
  let end = 0
  for (let count = 0; count < length && end < text.length; count += 1) {
    end += isHighSurrogate(text.charCodeAt(end)) ? 2 : 1
  }
  return text.slice(0, end)
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff
}

/** For a number that {@link truncateFunction} refuses. */
export function tooLow(): IcebergError {
  return new IcebergError('invalid', 'value is too near the lowest of its type to be truncated')
}
