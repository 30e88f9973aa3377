/**
 * Dates of the proleptic Gregorian calendar as counts of days, on integers alone: `Date` ends at year 275760, reads
 * years below 100 as 19xx, and knows no microseconds.
 *
 * A year is taken to begin on 1 March, so that the leap day is its last; then months have a fixed offset, and a cycle of
 * 400 years always has the same number of days.
 */
import { floorDiv, floorMod } from './integers.ts'

export const MICROS_PER_SECOND = 1_000_000
export const MICROS_PER_MINUTE = 60_000_000
export const MICROS_PER_HOUR = 3_600_000_000
export const MICROS_PER_DAY = 86_400_000_000

/** For counts from the epoch, which are bigint. */
export const MICROS_PER_MS = 1000n

export function microsFromMs(ms: number): bigint {
  return BigInt(ms) * MICROS_PER_MS
}

const DAYS_PER_CYCLE = 146_097
/** From 0000-03-01 to 1970-01-01. */
const EPOCH_DAYS = 719_468

/** A calendar date. Year 0 is the year before year 1. */
export interface CivilDate {
  readonly year: number
  /** In `[1, 12]`. */
  readonly month: number
  /** In `[1, 31]`. */
  readonly day: number
}

/** Days from 1970-01-01 to a date that {@link isCivilDate} holds for; exact for every year of six digits and more. */
export function daysFromCivil(year: number, month: number, day: number): number {
  const marchYear = month > 2 ? year : year - 1
  const cycle = Math.floor(marchYear / 400)
  const yearOfCycle = marchYear - cycle * 400
  const monthFromMarch = (month + 9) % 12
  const dayOfYear = Math.floor((153 * monthFromMarch + 2) / 5) + day - 1
  const dayOfCycle =
    yearOfCycle * 365 + Math.floor(yearOfCycle / 4) - Math.floor(yearOfCycle / 100) + dayOfYear
  return cycle * DAYS_PER_CYCLE + dayOfCycle - EPOCH_DAYS
}

/** The date so many days from 1970-01-01; the inverse of {@link daysFromCivil}, for any 32-bit count. */
export function civilFromDays(days: number): CivilDate {
  const shifted = days + EPOCH_DAYS
  const cycle = Math.floor(shifted / DAYS_PER_CYCLE)
  const dayOfCycle = shifted - cycle * DAYS_PER_CYCLE
  const yearOfCycle = Math.floor(
    (dayOfCycle -
      Math.floor(dayOfCycle / 1_460) +
      Math.floor(dayOfCycle / 36_524) -
      Math.floor(dayOfCycle / 146_096)) /
      365,
  )
  const dayOfYear =
    dayOfCycle - (365 * yearOfCycle + Math.floor(yearOfCycle / 4) - Math.floor(yearOfCycle / 100))
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153)
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
  return { year: yearOfCycle + cycle * 400 + (month <= 2 ? 1 : 0), month, day }
}

/** Whether the calendar has such a date. */
export function isCivilDate(year: number, month: number, day: number): boolean {
  return month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month)
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return isLeapYear(year) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
}

/** A moment as a day and the time of that day. */
export interface DayAndMicros {
  /** Days from 1970-01-01, rounded down: the last microsecond of 1969 is in day -1. */
  readonly days: number
  /** Microseconds from midnight, in `[0, 86400000000)`. */
  readonly microsOfDay: number
}

/** Takes microseconds from 1970-01-01T00:00:00 apart; exact for all 64 bits. */
export function splitMicros(micros: bigint): DayAndMicros {
  const near = Number(micros)
  if (Number.isSafeInteger(near)) {
    const days = Math.floor(near / MICROS_PER_DAY)
    return { days, microsOfDay: near - days * MICROS_PER_DAY }
  }
  const perDay = BigInt(MICROS_PER_DAY)
  return { days: Number(floorDiv(micros, perDay)), microsOfDay: Number(floorMod(micros, perDay)) }
}

/** Microseconds from 1970-01-01T00:00:00: the inverse of {@link splitMicros}. The result may exceed 64 bits. */
export function joinMicros(days: number, microsOfDay: number): bigint {
  // A midnight is a multiple of 2^13, so that a double holds those around 2^53 too, and the sum is exact if it is safe.
  const near = days * MICROS_PER_DAY + microsOfDay
  if (Number.isSafeInteger(near)) return BigInt(near)
  return BigInt(days) * BigInt(MICROS_PER_DAY) + BigInt(microsOfDay)
}
