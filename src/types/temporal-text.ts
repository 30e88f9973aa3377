/**
 * Dates and times as ISO 8601 text, exact to the microsecond (spec: JSON single-value serialization). Years from 0 to
 * 9999 have four digits, later ones a plus sign and more digits, earlier ones a minus sign.
 *
 * Parsing is by position, because bulk loads of text spend their time here: no regular expression, no `Date`.
 */
import {
  MICROS_PER_HOUR,
  MICROS_PER_MINUTE,
  MICROS_PER_SECOND,
  civilFromDays,
  daysFromCivil,
  isCivilDate,
  joinMicros,
  splitMicros,
} from '../base/civil-time.ts'
import { floorDiv, isInt32, isInt64 } from '../base/integers.ts'

/** `2026-01-31`, from days since 1970-01-01. */
export function formatDate(days: number): string {
  const { year, month, day } = civilFromDays(days)
  return `${formatYear(year)}-${twoDigits(month)}-${twoDigits(day)}`
}

/** `22:31:08.123456`, from microseconds since midnight. */
export function formatTime(micros: bigint): string {
  return formatMicrosOfDay(Number(micros))
}

/** `2026-01-31T12:00:00.000000`, from microseconds since 1970-01-01T00:00:00. */
export function formatTimestamp(micros: bigint): string {
  const { days, microsOfDay } = splitMicros(micros)
  return `${formatDate(days)}T${formatMicrosOfDay(microsOfDay)}`
}

/** `2026-01-31T12:00:00.000000+00:00`, from microseconds since 1970-01-01T00:00:00 UTC. */
export function formatTimestamptz(micros: bigint): string {
  return `${formatTimestamp(micros)}+00:00`
}

/** `2026-01-31T12:00:00.000000000`, from nanoseconds since 1970-01-01T00:00:00. */
export function formatTimestampNs(nanos: bigint): string {
  const micros = floorDiv(nanos, NANOS_PER_MICRO)
  const rest = Number(nanos - micros * NANOS_PER_MICRO)
  return `${formatTimestamp(micros)}${String(rest).padStart(3, '0')}`
}

/** `2026-01-31T12:00:00.000000000+00:00`, from nanoseconds since 1970-01-01T00:00:00 UTC. */
export function formatTimestamptzNs(nanos: bigint): string {
  return `${formatTimestampNs(nanos)}+00:00`
}

const NANOS_PER_MICRO = 1000n

function formatYear(year: number): string {
  if (year < 0) return `-${String(-year).padStart(4, '0')}`
  return year > 9999 ? `+${year}` : String(year).padStart(4, '0')
}

function formatMicrosOfDay(microsOfDay: number): string {
  const hour = Math.floor(microsOfDay / MICROS_PER_HOUR)
  const minute = Math.floor((microsOfDay % MICROS_PER_HOUR) / MICROS_PER_MINUTE)
  const second = Math.floor((microsOfDay % MICROS_PER_MINUTE) / MICROS_PER_SECOND)
  const fraction = String(microsOfDay % MICROS_PER_SECOND).padStart(6, '0')
  return `${twoDigits(hour)}:${twoDigits(minute)}:${twoDigits(second)}.${fraction}`
}

function twoDigits(value: number): string {
  return value < 10 ? `0${value}` : String(value)
}

/** Days since 1970-01-01 of `2026-01-31`; null when the text is no date, or one beyond 32 bits of days. */
export function parseDate(text: string): number | null {
  const days = daysIn(text, 0, text.length)
  return days === null || !isInt32(days) ? null : days
}

/**
 * Microseconds since midnight of `22:31`, `22:31:08` or `22:31:08.123456`, with one to six digits of fraction; null when
 * the text is no such time.
 */
export function parseTime(text: string): bigint | null {
  const micros = microsIn(text, 0, text.length)
  return micros === null ? null : BigInt(micros)
}

/**
 * Microseconds since 1970-01-01T00:00:00 of a date, `T` or a space, and a time; null when the text is anything else, has
 * an offset, or lies beyond 64 bits.
 */
export function parseTimestamp(text: string): bigint | null {
  return timestampIn(text, text.length, 0)
}

/**
 * Microseconds since 1970-01-01T00:00:00 UTC of a timestamp with an offset, `Z` or `+02:00`; null when the text is
 * anything else, has no offset, or lies beyond 64 bits.
 */
export function parseTimestamptz(text: string): bigint | null {
  const last = text.length - 1
  if (text[last] === 'Z' || text[last] === 'z') return timestampIn(text, last, 0)
  const start = text.length - '+00:00'.length
  const offset = offsetIn(text, start)
  return offset === null ? null : timestampIn(text, start, offset)
}

/** As {@link parseTimestamp}, in nanoseconds, with one to nine digits of fraction. */
export function parseTimestampNs(text: string): bigint | null {
  return unlessWide(parseWideTimestampNs(text))
}

/** As {@link parseTimestamptz}, in nanoseconds, with one to nine digits of fraction. */
export function parseTimestamptzNs(text: string): bigint | null {
  return unlessWide(parseWideTimestamptzNs(text))
}

/** As {@link parseTimestampNs}, also beyond 64 bits of nanoseconds. */
export function parseWideTimestampNs(text: string): bigint | null {
  return withNanos(text, text.length, parseTimestamp)
}

/** As {@link parseTimestamptzNs}, also beyond 64 bits of nanoseconds. */
export function parseWideTimestamptzNs(text: string): bigint | null {
  const isUtc = text.endsWith('Z') || text.endsWith('z')
  return withNanos(text, text.length - (isUtc ? 1 : '+00:00'.length), parseTimestamptz)
}

function unlessWide(value: bigint | null): bigint | null {
  return value !== null && isInt64(value) ? value : null
}

/** The nanoseconds of a text whose digits end at `end`; those beyond the sixth of the fraction are counted apart. */
function withNanos(
  text: string,
  end: number,
  parse: (text: string) => bigint | null,
): bigint | null {
  const dot = text.lastIndexOf('.', end)
  const digits = dot === -1 ? 0 : end - dot - 1
  if (digits > 9) return null
  const kept = digits > 6 ? dot + 7 : end
  const rest = kept === end ? 0 : digitsIn(text, kept, end)
  const micros = rest === -1 ? null : parse(`${text.slice(0, kept)}${text.slice(end)}`)
  if (micros === null) return null
  return micros * NANOS_PER_MICRO + BigInt(rest * 10 ** (9 - digits))
}

/** Microseconds east of UTC of `+02:00` at `start`. */
function offsetIn(text: string, start: number): number | null {
  const sign = text[start]
  if (sign !== '+' && sign !== '-') return null
  const micros = microsIn(text, start + 1, text.length)
  if (micros === null) return null
  return sign === '+' ? micros : -micros
}

/** The timestamp that `[0, end)` spells, in a zone so many microseconds east of UTC. */
function timestampIn(text: string, end: number, offsetMicros: number): bigint | null {
  const separator = separatorIn(text)
  if (separator === -1) return null
  const days = daysIn(text, 0, separator)
  if (days === null) return null
  const microsOfDay = microsIn(text, separator + 1, end)
  if (microsOfDay === null) return null
  const micros = joinMicros(days, microsOfDay - offsetMicros)
  return isInt64(micros) ? micros : null
}

const COMMON_DATE_LENGTH = 'YYYY-MM-DD'.length

function separatorIn(text: string): number {
  if (isSeparator(text[COMMON_DATE_LENGTH])) return COMMON_DATE_LENGTH
  const start = text.indexOf('-', 1)
  const end = start === -1 ? -1 : start + '-MM-DD'.length
  return isSeparator(text[end]) ? end : -1
}

function isSeparator(character: string | undefined): boolean {
  return character === 'T' || character === ' ' || character === 't'
}

/** Years beyond these have timestamps and dates that no type holds. */
const MAX_YEAR_DIGITS = 7

/** The days that `[start, end)` spells as `2026-01-31`, `+12026-01-31` or `-0044-03-15`. */
function daysIn(text: string, start: number, end: number): number | null {
  const yearEnd = end - '-MM-DD'.length
  if (text[yearEnd] !== '-' || text[yearEnd + 3] !== '-') return null
  const year = yearIn(text, start, yearEnd)
  const month = digitsIn(text, yearEnd + 1, yearEnd + 3)
  const day = digitsIn(text, yearEnd + 4, end)
  if (year === null || !isCivilDate(year, month, day)) return null
  return daysFromCivil(year, month, day)
}

function yearIn(text: string, start: number, end: number): number | null {
  const sign = text[start]
  const isSigned = sign === '+' || sign === '-'
  const digits = isSigned ? end - start - 1 : end - start
  if (isSigned ? digits < 4 || digits > MAX_YEAR_DIGITS : digits !== 4) return null
  const year = digitsIn(text, end - digits, end)
  if (year === -1) return null
  return sign === '-' ? (year === 0 ? null : -year) : year
}

/** The microseconds of day that `[start, end)` spells as `HH:MM`, `HH:MM:SS` or `HH:MM:SS.f`. */
function microsIn(text: string, start: number, end: number): number | null {
  const hour = digitsIn(text, start, start + 2)
  const minute = digitsIn(text, start + 3, start + 5)
  if (end - start < 5 || text[start + 2] !== ':' || !isBelow(hour, 24) || !isBelow(minute, 60))
    return null
  const micros = hour * MICROS_PER_HOUR + minute * MICROS_PER_MINUTE
  if (end - start === 5) return micros
  const second = digitsIn(text, start + 6, start + 8)
  if (end - start < 8 || text[start + 5] !== ':' || !isBelow(second, 60)) return null
  const fraction = end - start === 8 ? 0 : fractionIn(text, start + 8, end)
  return fraction === null ? null : micros + second * MICROS_PER_SECOND + fraction
}

/** The microseconds that `[start, end)` spells as `.123`. */
function fractionIn(text: string, start: number, end: number): number | null {
  const digits = end - start - 1
  if (text[start] !== '.' || digits < 1 || digits > 6) return null
  const fraction = digitsIn(text, start + 1, end)
  return fraction === -1 ? null : fraction * 10 ** (6 - digits)
}

function isBelow(value: number, limit: number): boolean {
  return value >= 0 && value < limit
}

/** The number that the digits in `[start, end)` spell; -1 when there is anything but digits. */
function digitsIn(text: string, start: number, end: number): number {
  let value = 0
  for (let index = start; index < end; index += 1) {
    const digit = text.charCodeAt(index) - 0x30
    if (!(digit >= 0 && digit <= 9)) return -1
    value = value * 10 + digit
  }
  return value
}
