/**
 * Years, months, days and hours from 1970-01-01T00:00:00, rounded down (spec: Partition Transforms): the last microsecond
 * of 1969 is in year -1, month -1, day -1 and hour -1. All are exact for any 64-bit count of microseconds and any 32-bit
 * count of days; nothing passes through `Date`.
 */
import { MICROS_PER_HOUR, civilFromDays, daysFromCivil, splitMicros } from '../base/civil-time.ts'
import { floorDiv } from '../base/integers.ts'
import { formatDate } from '../types/temporal-text.ts'

const EPOCH_YEAR = 1970
const MONTHS_PER_YEAR = 12
const HOURS_PER_DAY = 24
const NANOS_PER_MICRO = 1000n

/** Whole microseconds, rounded down: what nanoseconds and microseconds of one moment agree on. */
export function microsFromNanos(nanos: bigint): bigint {
  return floorDiv(nanos, NANOS_PER_MICRO)
}

/** @param days from 1970-01-01 */
export function yearFromDays(days: number): number {
  return civilFromDays(days).year - EPOCH_YEAR
}

/** @param days from 1970-01-01 */
export function monthFromDays(days: number): number {
  const { year, month } = civilFromDays(days)
  return (year - EPOCH_YEAR) * MONTHS_PER_YEAR + month - 1
}

/** @param micros from 1970-01-01T00:00:00 */
export function yearFromMicros(micros: bigint): number {
  return yearFromDays(dayFromMicros(micros))
}

/** @param micros from 1970-01-01T00:00:00 */
export function monthFromMicros(micros: bigint): number {
  return monthFromDays(dayFromMicros(micros))
}

/** @param micros from 1970-01-01T00:00:00 */
export function dayFromMicros(micros: bigint): number {
  return splitMicros(micros).days
}

/**
 * Far from 1970 (before about -243,000 and after 246,953) the hour exceeds the 32 bits that partition values have; who
 * stores it checks.
 *
 * @param micros from 1970-01-01T00:00:00
 */
export function hourFromMicros(micros: bigint): number {
  const { days, microsOfDay } = splitMicros(micros)
  return days * HOURS_PER_DAY + Math.floor(microsOfDay / MICROS_PER_HOUR)
}

/** `2026`, `-0044`, `+12026`: the calendar year, from years since 1970. */
export function formatYear(years: number): string {
  return formatDate(firstDayOfMonth(years * MONTHS_PER_YEAR)).slice(0, -'-01-01'.length)
}

/** `2026-01`, from months since 1970-01. */
export function formatMonth(months: number): string {
  return formatDate(firstDayOfMonth(months)).slice(0, -'-01'.length)
}

/** `2026-01-31-12`, from hours since 1970-01-01T00. */
export function formatHour(hours: number): string {
  const days = Math.floor(hours / HOURS_PER_DAY)
  return `${formatDate(days)}-${String(hours - days * HOURS_PER_DAY).padStart(2, '0')}`
}

function firstDayOfMonth(months: number): number {
  const years = Math.floor(months / MONTHS_PER_YEAR)
  return daysFromCivil(years + EPOCH_YEAR, months - years * MONTHS_PER_YEAR + 1, 1)
}
