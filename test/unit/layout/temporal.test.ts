import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { INT64_MAX, INT64_MIN } from '../../../src/base/integers.ts'
import {
  dayFromMicros,
  formatHour,
  formatMonth,
  formatYear,
  hourFromMicros,
  monthFromDays,
  monthFromMicros,
  yearFromDays,
  yearFromMicros,
} from '../../../src/layout/temporal.ts'
import { parseTimestamp } from '../../../src/types/temporal-text.ts'
import { anyInt, anyMicros } from '../../support/arbitraries/values.ts'
import { runs } from '../../support/runs.ts'

const MICROS_PER_HOUR = 3_600_000_000n
const MICROS_PER_DAY = 24n * MICROS_PER_HOUR

function micros(text: string): bigint {
  const value = parseTimestamp(text)
  if (value === null) throw new Error(`not a timestamp: ${text}`)
  return value
}

/** Rounds toward negative infinity by counting the remainder back. */
function slowFloor(dividend: bigint, divisor: bigint): bigint {
  return (dividend - (((dividend % divisor) + divisor) % divisor)) / divisor
}

/** Whether the year has a 29 February, by the rule itself. */
function isLeap(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
}

describe('time transforms (spec: Partition Transforms)', () => {
  it('put the last microsecond of 1969 in year, month, day and hour -1', () => {
    expect(yearFromMicros(-1n)).toBe(-1)
    expect(monthFromMicros(-1n)).toBe(-1)
    expect(dayFromMicros(-1n)).toBe(-1)
    expect(hourFromMicros(-1n)).toBe(-1)
  })

  it('put the first microsecond of 1970 in 0', () => {
    for (const unit of [yearFromMicros, monthFromMicros, dayFromMicros, hourFromMicros]) {
      expect(unit(0n)).toBe(0)
    }
  })

  it('agree with a calendar', () => {
    const noon = micros('2017-12-01T10:12:55.038194')
    expect(yearFromMicros(noon)).toBe(47)
    expect(monthFromMicros(noon)).toBe(575)
    expect(dayFromMicros(noon)).toBe(17501)
    expect(hourFromMicros(noon)).toBe(420034)
    expect(yearFromDays(-1)).toBe(-1)
    expect(monthFromDays(-32)).toBe(-2)
    expect(monthFromMicros(micros('1969-11-30T23:59:59.999999'))).toBe(-2)
    expect(monthFromMicros(micros('1969-12-01T00:00:00'))).toBe(-1)
  })

  it('reach the ends of 64 bits', () => {
    expect(dayFromMicros(INT64_MIN)).toBe(-106_751_992)
    expect(dayFromMicros(INT64_MAX)).toBe(106_751_991)
    expect(hourFromMicros(INT64_MAX)).toBe(2_562_047_788)
    expect(yearFromMicros(INT64_MIN)).toBe(-292_278)
    expect(yearFromMicros(INT64_MAX)).toBe(292_277)
  })

  it('step on at each boundary and not a microsecond before', () => {
    for (const year of [
      -1, 0, 1, 1582, 1899, 1900, 1968, 1969, 1970, 1971, 1972, 2000, 9999, 10000,
    ]) {
      const first = micros(`${formatYear(year - 1970)}-01-01T00:00:00`)
      expect(yearFromMicros(first), `${year}`).toBe(year - 1970)
      expect(yearFromMicros(first - 1n)).toBe(year - 1971)
      expect(monthFromMicros(first)).toBe((year - 1970) * 12)
      expect(monthFromMicros(first - 1n)).toBe((year - 1970) * 12 - 1)
      expect(dayFromMicros(first) - dayFromMicros(first - 1n)).toBe(1)
      expect(hourFromMicros(first) - hourFromMicros(first - 1n)).toBe(1)
    }
  })

  it('always place a timestamp inside the day and the hour they give', () => {
    fc.assert(
      fc.property(anyMicros, (value) => {
        expect(BigInt(dayFromMicros(value))).toBe(slowFloor(value, MICROS_PER_DAY))
        expect(BigInt(hourFromMicros(value))).toBe(slowFloor(value, MICROS_PER_HOUR))
      }),
      runs(300),
    )
  })

  it('always count twelve months a year and as many days as they have', () => {
    fc.assert(
      fc.property(anyInt, (days) => {
        const year = yearFromDays(days)
        expect(Math.floor(monthFromDays(days) / 12)).toBe(year)
        const length = isLeap(year + 1970) ? 366 : 365
        expect([year, year + 1]).toContain(yearFromDays(days + length - 1))
        expect(yearFromDays(days + 366)).toBeGreaterThan(year)
      }),
      runs(300),
    )
  })

  it('never go back as time goes on', () => {
    fc.assert(
      fc.property(anyMicros, anyMicros, (one, other) => {
        const [earlier, later] = one < other ? [one, other] : [other, one]
        for (const unit of [yearFromMicros, monthFromMicros, dayFromMicros, hourFromMicros]) {
          expect(unit(earlier)).toBeLessThanOrEqual(unit(later))
        }
      }),
      runs(200),
    )
  })
})

describe('readable partition times', () => {
  it('are calendar years, months and hours', () => {
    expect(formatYear(56)).toBe('2026')
    expect(formatYear(-1)).toBe('1969')
    expect(formatMonth(672)).toBe('2026-01')
    expect(formatMonth(-1)).toBe('1969-12')
    expect(formatHour(491_628)).toBe('2026-01-31-12')
    expect(formatHour(-1)).toBe('1969-12-31-23')
  })

  it('have a sign beyond four digits', () => {
    expect(formatYear(10_000)).toBe('+11970')
    expect(formatYear(-2_014)).toBe('-0044')
    expect(formatMonth(-1971 * 12)).toBe('-0001-01')
  })
})
