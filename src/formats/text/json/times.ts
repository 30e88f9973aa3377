// Columns of dates and timestamps, as most programs spell them: `2026-01-31`, `2026-01-31T12:00:00.123Z`.
import { daysFromCivil, isCivilDate } from '../../../base/civil-time.ts'
import { MICROS_PER_HOUR, MICROS_PER_MINUTE, MICROS_PER_SECOND } from '../../../base/civil-time.ts'
import type { PrimitiveType } from '../../../types/type.ts'
import { COLON, MINUS, POINT, QUOTE, ZERO } from './cursor.ts'
import type { JsonCursor } from './cursor.ts'
import { Int32Column, Int64Column } from './scalars.ts'

const DATE_LENGTH = 'YYYY-MM-DD'.length
const MINUTES_LENGTH = 'HH:MM'.length
const MICROS_PER_DAY = 24 * MICROS_PER_HOUR

/** Days whose microseconds a double holds, and some to spare for an offset: to the year 2243. */
const MAX_PLAIN_DAYS = 100_000

export class DateColumn extends Int32Column {
  readonly #days = new DaysReader()

  override parse(cursor: JsonCursor, row: number): boolean {
    const { bytes, at } = cursor
    const end = at + 1 + DATE_LENGTH
    if (end >= cursor.end || bytes[at] !== QUOTE || bytes[end] !== QUOTE) return false
    const days = this.#days.read(bytes, at + 1)
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
    const { bytes, at, end } = cursor
    const close = bytes.indexOf(QUOTE, at + 1)
    if (bytes[at] !== QUOTE || close < 0 || close >= end) return false
    const separator = at + 1 + DATE_LENGTH
    if (close < separator + 1 + MINUTES_LENGTH) return false
    if (bytes[separator] !== LETTER_T && bytes[separator] !== SPACE) return false
    const days = this.#days.read(bytes, at + 1)
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

/** Days by their dates. Rows that follow each other are often of one day. */
class DaysReader {
  #year = Number.NaN
  #month = Number.NaN
  #day = Number.NaN
  #days = Number.NaN

  /** Of `YYYY-MM-DD`; NaN for what is no date. */
  read(bytes: Uint8Array, at: number): number {
    if (bytes[at + 4] !== MINUS || bytes[at + 7] !== MINUS) return Number.NaN
    const year = 100 * twoDigits(bytes, at) + twoDigits(bytes, at + 2)
    const month = twoDigits(bytes, at + 5)
    const day = twoDigits(bytes, at + 8)
    if (day === this.#day && month === this.#month && year === this.#year) return this.#days
    if (Number.isNaN(year) || !isCivilDate(year, month, day)) return Number.NaN
    this.#year = year
    this.#month = month
    this.#day = day
    this.#days = daysFromCivil(year, month, day)
    return this.#days
  }
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
  if (length < 5 || bytes[start + 2] !== COLON || !(hour < 24) || !(minute < 60)) return Number.NaN
  const micros = hour * MICROS_PER_HOUR + minute * MICROS_PER_MINUTE
  if (length === 5) return micros
  const second = twoDigits(bytes, start + 6)
  if (length < 8 || bytes[start + 5] !== COLON || !(second < 60)) return Number.NaN
  return (
    micros + second * MICROS_PER_SECOND + (length === 8 ? 0 : fractionAt(bytes, start + 8, end))
  )
}

function fractionAt(bytes: Uint8Array, start: number, end: number): number {
  const digits = end - start - 1
  if (bytes[start] !== POINT || digits < 1 || digits > 6) return Number.NaN
  let value = 0
  for (let at = start + 1; at < end; at += 1) value = 10 * value + digitAt(bytes, at)
  for (let digit = digits; digit < 6; digit += 1) value *= 10
  return value
}

function twoDigits(bytes: Uint8Array, at: number): number {
  return 10 * digitAt(bytes, at) + digitAt(bytes, at + 1)
}

function digitAt(bytes: Uint8Array, at: number): number {
  const digit = (bytes[at] ?? 0) - ZERO
  return digit >= 0 && digit <= 9 ? digit : Number.NaN
}
