import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { backoffMs } from '../../../src/base/retry.ts'
import { runs } from '../../support/runs.ts'

describe('waiting before another attempt', () => {
  it('doubles from the least to the most', () => {
    const waits = [1, 2, 3, 4, 5].map((attempt) =>
      backoffMs(attempt, { minMs: 100, maxMs: 1_000 }, () => 0),
    )
    expect(waits).toEqual([100, 200, 400, 800, 1_000])
  })

  it('takes up to half of it off by chance', () => {
    expect(backoffMs(1, { minMs: 100, maxMs: 1_000 }, () => 0.5)).toBe(75)
  })

  it('always lies between half the wait and the most, after however many attempts', () => {
    const anyChance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
    fc.assert(
      fc.property(fc.nat(10_000), anyChance, (attempt, chance) => {
        const wait = backoffMs(attempt, { minMs: 100, maxMs: 60_000 }, () => chance)
        expect(wait >= 50 && wait <= 60_000).toBe(true)
      }),
      runs(200),
    )
  })
})
