// Values of keys are text. They are compared by what they mean where both mean a moment or a number, else as text.
import { compareCodePoints } from '../base/unicode.ts'
import { parseDate, parseTimestamp } from '../types/temporal-text.ts'
import { joinMicros } from '../base/civil-time.ts'

/** Order of two values of keys: negative, zero or positive. Moments are those of one session zone. */
export function compareKeyTexts(left: string, right: string): number {
  const moments = both(left, right, momentOf)
  if (moments !== null) return compare(...moments)
  const numbers = both(left, right, numberOf)
  if (numbers !== null) return compareNumbers(...numbers)
  return compareCodePoints(left, right)
}

function both<Meaning>(
  left: string,
  right: string,
  read: (text: string) => Meaning | null,
): [Meaning, Meaning] | null {
  const [first, second] = [read(left), read(right)]
  return first === null || second === null ? null : [first, second]
}

/** Microseconds of a date, or of a timestamp with a space or a `T` in it. */
export function momentOf(text: string): bigint | null {
  const days = parseDate(text)
  return days === null ? parseTimestamp(text.replace(' ', 'T')) : joinMicros(days, 0)
}

interface PlainNumber {
  readonly unscaled: bigint
  readonly scale: number
}

function numberOf(text: string): PlainNumber | null {
  const match = /^([+-]?\d+)(?:\.(\d+))?$/.exec(text)
  if (match === null) return null
  const [, whole = '', fraction = ''] = match
  return { unscaled: BigInt(whole + fraction), scale: fraction.length }
}

function compareNumbers(left: PlainNumber, right: PlainNumber): number {
  const scale = Math.max(left.scale, right.scale)
  const at = (number: PlainNumber): bigint => number.unscaled * 10n ** BigInt(scale - number.scale)
  return compare(at(left), at(right))
}

function compare(left: bigint, right: bigint): number {
  if (left === right) return 0
  return left < right ? -1 : 1
}
