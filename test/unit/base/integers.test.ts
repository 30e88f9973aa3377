import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  INT64_MAX,
  INT64_MIN,
  floorDiv,
  floorMod,
  isInt32,
  isInt64,
  toSafeNumber,
} from '../../../src/base/integers.ts'
import { anyLong } from '../../support/arbitraries/values.ts'
import { runs } from '../../support/runs.ts'
import { thrownBy } from '../../support/thrown.ts'

describe('division toward negative infinity', () => {
  it.each([
    [7n, 2n, 3n, 1n],
    [-7n, 2n, -4n, 1n],
    [-8n, 2n, -4n, 0n],
    [-1n, 86_400_000_000n, -1n, 86_399_999_999n],
    [0n, 5n, 0n, 0n],
  ])('of %s by %s is %s and leaves %s', (dividend, divisor, quotient, remainder) => {
    expect(floorDiv(dividend, divisor)).toBe(quotient)
    expect(floorMod(dividend, divisor)).toBe(remainder)
  })

  it('always leaves a remainder from zero up to the divisor', () => {
    fc.assert(
      fc.property(anyLong, fc.bigInt({ min: 1n, max: INT64_MAX }), (dividend, divisor) => {
        const remainder = floorMod(dividend, divisor)
        expect(remainder >= 0n && remainder < divisor).toBe(true)
        expect(floorDiv(dividend, divisor) * divisor + remainder).toBe(dividend)
      }),
      runs(300),
    )
  })

  it('is by nothing but a positive number', () => {
    expect(thrownBy(() => floorDiv(1n, 0n)).kind).toBe('internal')
  })
})

describe('the range of integers', () => {
  it.each([
    [2147483647, true],
    [2147483648, false],
    [-2147483648, true],
    [-2147483649, false],
    [0.5, false],
    [Number.NaN, false],
    [-0, true],
  ])('of 32 bits for %s: %s', (value, fits) => {
    expect(isInt32(value)).toBe(fits)
  })

  it.each([
    [INT64_MAX, true],
    [INT64_MAX + 1n, false],
    [INT64_MIN, true],
    [INT64_MIN - 1n, false],
  ])('of 64 bits for %s: %s', (value, fits) => {
    expect(isInt64(value)).toBe(fits)
  })

  it('of doubles ends where the next integer is lost', () => {
    expect(toSafeNumber(2n ** 53n - 1n)).toBe(2 ** 53 - 1)
    expect(thrownBy(() => toSafeNumber(2n ** 53n)).kind).toBe('internal')
  })
})
