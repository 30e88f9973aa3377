import { assert } from './assert.ts'

/** The limits of 32 bits, both included. */
export const INT32_MIN = -2147483648
export const INT32_MAX = 2147483647
/** The limits of 64 bits, both included. */
export const INT64_MIN: bigint = -(1n << 63n)
export const INT64_MAX: bigint = (1n << 63n) - 1n

/** Quotient rounded toward negative infinity. `bigint` `/` rounds toward zero, which is wrong before 1970. */
export function floorDiv(dividend: bigint, divisor: bigint): bigint {
  assert(divisor > 0n, 'floorDiv needs a positive divisor')
  const quotient = dividend / divisor
  return dividend % divisor < 0n ? quotient - 1n : quotient
}

/** What {@link floorDiv} leaves: in `[0, divisor)`. */
export function floorMod(dividend: bigint, divisor: bigint): bigint {
  const remainder = dividend % divisor
  return remainder < 0n ? remainder + divisor : remainder
}

/** Whether a number is an integer of 32 bits; minus zero is. */
export function isInt32(value: number): boolean {
  return Number.isInteger(value) && value >= INT32_MIN && value <= INT32_MAX
}

/** Whether a number fits 64 bits. */
export function isInt64(value: bigint): boolean {
  return value >= INT64_MIN && value <= INT64_MAX
}

/**
 * A `bigint` that is known to fit: a size in bytes, a count of rows in a file that was read.
 *
 * @throws IcebergError `internal` when it lies beyond 2^53
 */
export function toSafeNumber(value: bigint): number {
  const result = Number(value)
  assert(Number.isSafeInteger(result), 'integer beyond 2^53')
  return result
}
