/** The highest precision of a decimal (spec: Primitive Types). */
export const MAX_DECIMAL_PRECISION = 38

/** The decimal with exactly `scale` digits after the point: 5 at scale 2 is `0.05`. */
export function formatDecimal(unscaled: bigint, scale: number): string {
  if (scale === 0) return String(unscaled)
  const sign = unscaled < 0n ? '-' : ''
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0')
  return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,9}))?$/

/**
 * The unscaled value of a decimal number: digits with an optional sign, point and exponent. Zeros beyond the scale are
 * taken, for `1.500` is 1.50.
 *
 * @returns null when the text is no such number, or one that the type does not hold exactly
 */
export function parseDecimal(text: string, precision: number, scale: number): bigint | null {
  const [, sign, whole = '', fraction = '', exponent = '0'] = DECIMAL.exec(text) ?? []
  const digits = whole + fraction
  if (digits === '') return null
  const start = countLeadingZeros(digits)
  const end = digits.length - countTrailingZeros(digits)
  if (start >= end) return 0n
  // Significant digits, times ten to the power of `places`, is the unscaled value.
  const places = Number(exponent) - fraction.length + scale + (digits.length - end)
  if (places < 0 || end - start + places > precision) return null
  const magnitude = BigInt(digits.slice(start, end) + '0'.repeat(places))
  return sign === '-' ? -magnitude : magnitude
}

function countLeadingZeros(digits: string): number {
  let count = 0
  while (digits[count] === '0') count += 1
  return count
}

function countTrailingZeros(digits: string): number {
  let count = 0
  while (digits[digits.length - 1 - count] === '0') count += 1
  return count
}
