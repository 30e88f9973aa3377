// Columns of dates and timestamps, as most programs spell them: `2026-01-31`, `2026-01-31T12:00:00.123Z`.
import { daysFromCivil, isCivilDate } from '../../../base/civil-time.ts'
import { MICROS_PER_DAY, MICROS_PER_MINUTE, MICROS_PER_SECOND } from '../../../base/civil-time.ts'
import type { PrimitiveType } from '../../../types/type.ts'
import { COLON, MINUS, POINT, QUOTE, ZERO } from './cursor.ts'
import type { JsonCursor } from './cursor.ts'
import { Int32Column, Int64Column } from './scalars.ts'

const DATE_LENGTH = 'YYYY-MM-DD'.length
const MINUTES_LENGTH = 'HH:MM'.length
const SHORTEST_LENGTH = 'YYYY-MM-DDTHH:MM'.length
const LONGEST_LENGTH = 'YYYY-MM-DDTHH:MM:SS.ffffff+HH:MM'.length

/** Days whose microseconds a double holds, and some to spare for an offset: to the year 2243. */
const MAX_PLAIN_DAYS = 100_000

export class DateColumn extends Int32Column {
  readonly #days = new DaysReader()

  override parse(cursor: JsonCursor, row: number): boolean {
    const { bytes, at } = cursor
    const end = at + 1 + DATE_LENGTH
    if (end >= cursor.end || bytes[at] !== QUOTE || bytes[end] !== QUOTE) return false
    const days = this.#days.read(cursor, at + 1)
    if (Number.isNaN(days)) return false
    cursor.at = end + 1
    this.make(row, true)
    this.values[row] = days
    return true
  }
}

export class TimestampColumn extends Int64Column {
  readonly #hasZone: boolean
  readonly #days = new DaysReader()

  constructor(type: PrimitiveType) {
    super(type)
    this.#hasZone = type.kind === 'timestamptz'
  }

  override parse(cursor: JsonCursor, row: number): boolean {
    const { bytes, at } = cursor
    const close = closeOf(cursor)
    if (close < 0) return false
    const separator = at + 1 + DATE_LENGTH
    if (bytes[separator] !== LETTER_T && bytes[separator] !== SPACE) return false
    const days = this.#days.read(cursor, at + 1)
    if (!(Math.abs(days) <= MAX_PLAIN_DAYS)) return false
    const timeEnd = this.#hasZone ? zoneStart(bytes, separator + 1, close) : close
    const offset = this.#hasZone ? offsetAt(bytes, timeEnd, close) : 0
    const time = timeAt(bytes, separator + 1, timeEnd)
    if (Number.isNaN(time) || Number.isNaN(offset)) return false
    cursor.at = close + 1
    this.write(row, days * MICROS_PER_DAY + time - offset)
    return true
  }
}

const LETTER_T = 0x54
const LETTER_Z = 0x5a
const SPACE = 0x20
const PLUS = 0x2b

/** Where the text at the cursor is closed; -1 for what is no text, or none of the length of a timestamp. */
function closeOf({ bytes, at, end }: JsonCursor): number {
  if (bytes[at] !== QUOTE) return -1
  const last = Math.min(end - 1, at + 1 + LONGEST_LENGTH)
  for (let close = at + 1 + SHORTEST_LENGTH; close <= last; close += 1) {
    if (bytes[close] === QUOTE) return close
  }
  return -1
}

/** Days by their dates. Rows that follow each other are often of one day: then their texts are alike. */
class DaysReader {
  #first = 0
  #second = 0
  #third = 0
  #days = Number.NaN

  /** Of `YYYY-MM-DD`, all of which is there; NaN for what is no date. */
  read({ bytes, view }: JsonCursor, at: number): number {
    const first = view.getInt32(at, true)
    const second = view.getInt32(at + 4, true)
    const third = view.getInt16(at + 8, true)
    if (first === this.#first && second === this.#second && third === this.#third) return this.#days
    this.#first = first
    this.#second = second
    this.#third = third
    this.#days = daysAt(bytes, at)
    return this.#days
  }
}

function daysAt(bytes: Uint8Array, at: number): number {
  if (bytes[at + 4] !== MINUS || bytes[at + 7] !== MINUS) return Number.NaN
  const century = twoDigits(bytes, at)
  const yearOfCentury = twoDigits(bytes, at + 2)
  const month = twoDigits(bytes, at + 5)
  const day = twoDigits(bytes, at + 8)
  if (century < 0 || yearOfCentury < 0) return Number.NaN
  const year = 100 * century + yearOfCentury
  return isCivilDate(year, month, day) ? daysFromCivil(year, month, day) : Number.NaN
}

/** Where `Z` or an offset such as `+02:00` begins, if that is how a text ends. */
function zoneStart(bytes: Uint8Array, start: number, end: number): number {
  return bytes[end - 1] === LETTER_Z ? end - 1 : Math.max(start, end - 1 - MINUTES_LENGTH)
}

/** Microseconds east of UTC; NaN for what is no offset. */
function offsetAt(bytes: Uint8Array, start: number, end: number): number {
  const sign = bytes[start]
  if (sign === LETTER_Z && end === start + 1) return 0
  if (sign !== PLUS && sign !== MINUS) return Number.NaN
  const micros = timeAt(bytes, start + 1, end)
  return sign === PLUS ? micros : -micros
}

/** Microseconds of the day that `HH:MM`, `HH:MM:SS` or `HH:MM:SS.f` says, with up to six digits; NaN for what says none. */
function timeAt(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start
  const hour = twoDigits(bytes, start)
  const minute = twoDigits(bytes, start + 3)
  if (length < 5 || bytes[start + 2] !== COLON) return Number.NaN
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59) return Number.NaN
  const minutes = hour * 60 + minute
  if (length === 5) return minutes * MICROS_PER_MINUTE
  const second = twoDigits(bytes, start + 6)
  if (length < 8 || bytes[start + 5] !== COLON || second < 0 || second > 59) return Number.NaN
  const fraction = length === 8 ? 0 : fractionAt(bytes, start + 8, end)
  if (fraction < 0) return Number.NaN
  return (minutes * 60 + second) * MICROS_PER_SECOND + fraction
}

/** Microseconds of `.f`; -1 for what is none. */
function fractionAt(bytes: Uint8Array, start: number, end: number): number {
  const digits = end - start - 1
  if (bytes[start] !== POINT || digits < 1 || digits > 6) return -1
  let value = 0
  for (let at = start + 1; at < end; at += 1) {
    const digit = (bytes[at] ?? 0) - ZERO
    if (digit < 0 || digit > 9) return -1
    value = 10 * value + digit
  }
  for (let digit = digits; digit < 6; digit += 1) value *= 10
  return value
}

/** -1 for what is no two digits. */
function twoDigits(bytes: Uint8Array, at: number): number {
  const tens = (bytes[at] ?? 0) - ZERO
  const ones = (bytes[at + 1] ?? 0) - ZERO
  return tens < 0 || tens > 9 || ones < 0 || ones > 9 ? -1 : 10 * tens + ones
}
