import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  civilFromDays,
  daysFromCivil,
  isCivilDate,
  joinMicros,
  splitMicros,
} from '../../../src/base/civil-time.ts'
import { runs } from '../../support/runs.ts'
import { anyInt, anyMicros } from '../../support/arbitraries/values.ts'

describe('civil dates', () => {
  it.each([
    [1970, 1, 1, 0],
    [1969, 12, 31, -1],
    [2000, 2, 29, 11_016],
    [2017, 11, 16, 17_486],
    [1900, 3, 1, -25_508],
    [0, 1, 1, -719_528],
    [9999, 12, 31, 2_932_896],
    [-5_877_641, 6, 23, -2_147_483_648],
    [5_881_580, 7, 11, 2_147_483_647],
  ])('puts %i-%i-%i at day %i', (year, month, day, days) => {
    expect(daysFromCivil(year, month, day)).toBe(days)
    expect(civilFromDays(days)).toEqual({ year, month, day })
  })

  it('knows which years have a 29 February', () => {
    const withLeapDay = [-4, 0, 1600, 1900, 2000, 2023, 2024, 2100].filter((year) =>
      isCivilDate(year, 2, 29),
    )
    expect(withLeapDay).toEqual([-4, 0, 1600, 2000, 2024])
  })

  it.each([
    [2026, 0, 1],
    [2026, 13, 1],
    [2026, 4, 31],
    [2026, 1, 0],
    [2026, 1, 32],
  ])('has no %i-%i-%i', (year, month, day) => {
    expect(isCivilDate(year, month, day)).toBe(false)
  })

  it('always finds its way back from a date to the day', () => {
    fc.assert(
      fc.property(anyInt, (days) => {
        const { year, month, day } = civilFromDays(days)
        expect(isCivilDate(year, month, day)).toBe(true)
        expect(daysFromCivil(year, month, day)).toBe(days)
      }),
      runs(300),
    )
  })

  it('always agrees with Date where Date has an answer', () => {
    fc.assert(
      fc.property(fc.integer({ min: -100_000_000, max: 100_000_000 }), (days) => {
        const date = new Date(days * 86_400_000)
        expect(civilFromDays(days)).toEqual({
          year: date.getUTCFullYear(),
          month: date.getUTCMonth() + 1,
          day: date.getUTCDate(),
        })
      }),
      runs(300),
    )
  })

  it('always gives the next day the next date', () => {
    fc.assert(
      fc.property(fc.integer({ min: -2_000_000, max: 4_000_000 }), (days) => {
        const { year, month, day } = civilFromDays(days)
        const next = civilFromDays(days + 1)
        if (isCivilDate(year, month, day + 1)) expect(next).toEqual({ year, month, day: day + 1 })
        else if (month < 12) expect(next).toEqual({ year, month: month + 1, day: 1 })
        else expect(next).toEqual({ year: year + 1, month: 1, day: 1 })
      }),
      runs(300),
    )
  })
})

describe('a moment as day and time of day', () => {
  it('puts the last microsecond of 1969 in day -1', () => {
    expect(splitMicros(-1n)).toEqual({ days: -1, microsOfDay: 86_399_999_999 })
  })

  it('keeps the limits of 64 bits exact', () => {
    expect(splitMicros(2n ** 63n - 1n)).toEqual({ days: 106_751_991, microsOfDay: 14_454_775_807 })
    expect(splitMicros(-(2n ** 63n))).toEqual({ days: -106_751_992, microsOfDay: 71_945_224_192 })
  })

  it('is exact around 2^53', () => {
    for (let micros = 2n ** 53n - 2n; micros <= 2n ** 53n + 2n; micros += 1n) {
      for (const signed of [micros, -micros]) {
        const { days, microsOfDay } = splitMicros(signed)
        expect(BigInt(days) * 86_400_000_000n + BigInt(microsOfDay)).toBe(signed)
        expect(joinMicros(days, microsOfDay)).toBe(signed)
      }
    }
  })

  it('always splits into parts that join again', () => {
    fc.assert(
      fc.property(anyMicros, (micros) => {
        const { days, microsOfDay } = splitMicros(micros)
        expect(microsOfDay >= 0 && microsOfDay < 86_400_000_000).toBe(true)
        expect(joinMicros(days, microsOfDay)).toBe(micros)
        expect(BigInt(days) * 86_400_000_000n + BigInt(microsOfDay)).toBe(micros)
      }),
      runs(300),
    )
  })
})
