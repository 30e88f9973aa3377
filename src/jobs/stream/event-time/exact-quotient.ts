// Numbers of any size, and what the nearest double of them is.
import { assert } from '../../../base/assert.ts'

/** `digits` times 2 to the `exponent`. */
export interface Scaled {
  readonly digits: bigint
  readonly exponent: number
}

export const ZERO: Scaled = { digits: 0n, exponent: 0 }

export function addScaled(left: Scaled, right: Scaled): Scaled {
  const exponent = Math.min(left.exponent, right.exponent)
  return { digits: digitsAt(left, exponent) + digitsAt(right, exponent), exponent }
}

function digitsAt({ digits, exponent }: Scaled, lower: number): bigint {
  return digits << BigInt(exponent - lower)
}

/** A finite double, exactly. */
export function scaledOf(value: number): Scaled {
  view.setFloat64(0, value)
  const bits = view.getBigUint64(0)
  const biased = Number((bits >> 52n) & 0x7ffn)
  const fraction = bits & FRACTION
  assert(biased !== 0x7ff, 'only finite doubles are numbers')
  // Below the normal ones the exponent stays, and no digit is hidden.
  const digits = biased === 0 ? fraction : fraction | HIDDEN
  return { digits: value < 0 ? -digits : digits, exponent: Math.max(biased, 1) - 1075 }
}

const view = new DataView(new ArrayBuffer(8))

const HIDDEN = 1n << 52n
const FRACTION = HIDDEN - 1n

const PRECISION = 53
const LOWEST_EXPONENT = -1074

/** Enough beyond a double's digits that one more says on which side of the middle the rest lies. */
const QUOTIENT_BITS = 64

/**
 * The double that is nearest to a number divided by a whole one, the even one of two; infinite beyond the largest.
 *
 * @param divisor above zero
 */
export function nearestDouble({ digits, exponent }: Scaled, divisor = 1n): number {
  if (digits === 0n) return 0
  const magnitude = digits < 0n ? -digits : digits
  const spare = bitLength(magnitude) - bitLength(divisor)
  const shift = divisor === 1n ? 0 : Math.max(0, QUOTIENT_BITS - spare)
  const dividend = magnitude << BigInt(shift)
  const quotient = dividend / divisor
  // One more digit stands for all that follow: it is never the middle between two doubles by itself.
  const isExact = quotient * divisor === dividend
  const sticky = (quotient << 1n) | (isExact ? 0n : 1n)
  const rounded = roundBits(sticky, exponent - shift - 1)
  return digits < 0n ? -rounded : rounded
}

function roundBits(digits: bigint, exponent: number): number {
  const last = Math.max(exponent + bitLength(digits) - PRECISION, LOWEST_EXPONENT)
  if (last <= exponent) return Number(digits) * 2 ** exponent
  const dropped = BigInt(last - exponent)
  const kept = digits >> dropped
  const rest = digits - (kept << dropped)
  const half = 1n << (dropped - 1n)
  const isUp = rest > half || (rest === half && (kept & 1n) === 1n)
  return Number(isUp ? kept + 1n : kept) * 2 ** last
}

function bitLength(value: bigint): number {
  const hex = value.toString(16)
  return 4 * hex.length - Math.clz32(Number.parseInt(hex.charAt(0), 16)) + 28
}
