// Numbers of few digits, as most are: what a double holds exactly is read without a text or a bigint.
import { MINUS, POINT, ZERO } from './cursor.ts'
import type { JsonCursor } from './cursor.ts'

/** Digits that a double holds, whichever they are. */
export const MAX_PLAIN_DIGITS = 15

/** Those that doubles hold exactly, so that a quotient by one of them is the double nearest to what the digits say. */
export const POWERS: readonly number[] = Array.from(
  { length: MAX_PLAIN_DIGITS + 1 },
  (_, exponent) => 10 ** exponent,
)

/** An integer of few digits; NaN for what is none, or is spelled otherwise. */
export function parseInteger(cursor: JsonCursor): number {
  const { bytes, end } = cursor
  let at = cursor.at
  const isNegative = at < end && bytes[at] === MINUS
  if (isNegative) at += 1
  const start = at
  let value = 0
  while (at < end) {
    const digit = (bytes[at] ?? 0) - ZERO
    if (digit < 0 || digit > 9) break
    value = value * 10 + digit
    at += 1
  }
  const digits = at - start
  if (digits === 0 || digits > MAX_PLAIN_DIGITS) return Number.NaN
  if ((digits > 1 && bytes[start] === ZERO) || goesOn(bytes, at, end)) return Number.NaN
  cursor.at = at
  return isNegative ? 0 - value : value
}

/** A number of few digits; NaN for what is none, or is spelled otherwise. */
export function parseNumber(cursor: JsonCursor): number {
  const number = scanNumber(cursor)
  if (number === null) return Number.NaN
  const value = number.magnitude / (POWERS[number.places] ?? 1)
  return number.isNegative ? -value : value
}

/** Whether digits go on with a fraction or an exponent. */
function goesOn(bytes: Uint8Array, at: number, end: number): boolean {
  const byte = at < end ? bytes[at] : undefined
  return byte === POINT || byte === SMALL_E || byte === LARGE_E
}

const SMALL_E = 0x65
const LARGE_E = 0x45

export interface ScannedNumber {
  magnitude: number
  isNegative: boolean
  /** All that there are, and those behind the point. */
  digits: number
  places: number
}

/** One for all: nobody keeps it. */
const scanned: ScannedNumber = { magnitude: 0, isNegative: false, digits: 0, places: 0 }

/** The digits of a number, which count until the next one is scanned; null for what is none, has many, or an exponent. */
export function scanNumber(cursor: JsonCursor): Readonly<ScannedNumber> | null {
  const { bytes, end } = cursor
  let at = cursor.at
  const isNegative = at < end && bytes[at] === MINUS
  if (isNegative) at += 1
  const start = at
  let point = -1
  let magnitude = 0
  for (; at < end; at += 1) {
    const byte = bytes[at] ?? 0
    if (byte === POINT && point < 0 && at > start) {
      point = at
      continue
    }
    const digit = byte - ZERO
    if (digit < 0 || digit > 9) break
    magnitude = magnitude * 10 + digit
  }
  const places = point < 0 ? 0 : at - point - 1
  const digits = point < 0 ? at - start : at - start - 1
  const whole = digits - places
  if (digits > MAX_PLAIN_DIGITS || whole === 0 || (point >= 0 && places === 0)) return null
  if ((whole > 1 && bytes[start] === ZERO) || goesOn(bytes, at, end)) return null
  cursor.at = at
  scanned.magnitude = magnitude
  scanned.isNegative = isNegative
  scanned.digits = digits
  scanned.places = places
  return scanned
}
