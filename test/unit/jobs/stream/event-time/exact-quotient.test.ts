import { describe, expect, it } from 'vitest'

import { nearestDouble } from '../../../../../src/jobs/stream/event-time/exact-quotient.ts'

describe('the double nearest to a quotient', () => {
  it('is above the middle of two where anything at all follows', () => {
    const middle = 2n ** 53n + 1n
    const divisor = 2n ** 40n + 1n
    expect(nearestDouble({ digits: middle * divisor, exponent: 0 }, divisor)).toBe(2 ** 53)
    expect(nearestDouble({ digits: middle * divisor + 1n, exponent: 0 }, divisor)).toBe(2 ** 53 + 2)
    expect(nearestDouble({ digits: -middle * divisor - 1n, exponent: 0 }, divisor)).toBe(
      -(2 ** 53) - 2,
    )
  })

  it('is infinite from half a step beyond the largest on, and 0 below half of the smallest', () => {
    expect(nearestDouble({ digits: 2n ** 54n - 1n, exponent: 970 })).toBe(Infinity)
    expect(nearestDouble({ digits: 2n ** 54n - 2n, exponent: 970 })).toBe(Number.MAX_VALUE)
    expect(nearestDouble({ digits: 1n, exponent: -1074 }, 2n)).toBe(0)
    expect(nearestDouble({ digits: 3n, exponent: -1074 }, 4n)).toBe(5e-324)
  })
})
