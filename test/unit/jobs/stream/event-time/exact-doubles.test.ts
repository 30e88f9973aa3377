import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { ExactDoubles } from '../../../../../src/jobs/stream/event-time/exact-doubles.ts'
import { anyDouble } from '../../../../support/arbitraries/values.ts'
import { isNearestDouble, unitsOf } from '../../../../support/exact-double.ts'
import { runs } from '../../../../support/runs.ts'

function sumOf(values: readonly number[]): ExactDoubles {
  const sums = new ExactDoubles()
  sums.begin()
  for (const value of values) sums.add(0, value)
  return sums
}

/** Near each other, far apart, and such as cancel out. */
const anyFinite: fc.Arbitrary<number> = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer({ min: -1000, max: 1000 }).map((cents) => cents / 100),
  fc.constantFrom(1e308, -1e308, 1.7e308, -1.7e308, 5e-324, -5e-324, 2 ** 53, 1, -0, 0.1, 1e16),
)

const anyValues: fc.Arbitrary<number[]> = fc.oneof(
  fc.array(anyFinite, { minLength: 1, maxLength: 30 }),
  fc
    .array(anyFinite, { minLength: 1, maxLength: 10 })
    .map((values) => [...values, 0.5, ...values.map((value) => -value)]),
)

describe('sums of doubles', () => {
  it('lose nothing on the way', () => {
    expect(sumOf([1e308, 1e308, -1e308, -1e308, 1]).total(0)).toBe(1)
    expect(sumOf([1e16, 1, 1, -1e16]).total(0)).toBe(2)
    expect(sumOf(Array.from({ length: 10 }, () => 0.1)).total(0)).toBe(1)
    expect(sumOf([1e308, 5e-324, -1e308]).total(0)).toBe(5e-324)
  })

  it('may end beyond the largest double, also where their mean does not', () => {
    const sums = sumOf([1.7e308, 1.7e308])
    expect(sums.total(0)).toBe(Infinity)
    expect(sums.mean(0, 2)).toBe(1.7e308)
    const many = Array.from({ length: 40 }, () => 2 ** 1020)
    expect(sumOf(many).mean(0, 40)).toBe(2 ** 1020)
    expect(sumOf([...many, ...many.map((value) => -value), 1]).total(0)).toBe(1)
  })

  it('are 0 for zeros of either sign', () => {
    expect(sumOf([-0, -0]).total(0)).toBe(0)
  })

  it('are what any one that is no number makes them', () => {
    expect(sumOf([1, Infinity, -1e308]).total(0)).toBe(Infinity)
    expect(sumOf([-Infinity, 1]).mean(0, 2)).toBe(-Infinity)
    expect(sumOf([Infinity, -Infinity]).total(0)).toBeNaN()
    expect(sumOf([Number.NaN, Infinity]).total(0)).toBeNaN()
  })

  it('are always the double that is nearest to the sum, and the mean to the quotient', () => {
    fc.assert(
      fc.property(anyValues, (values) => {
        const units = values.reduce((sum, value) => sum + unitsOf(value), 0n)
        const sums = sumOf(values)
        expect(isNearestDouble(sums.total(0), units)).toBe(true)
        expect(isNearestDouble(sums.mean(0, values.length), units, BigInt(values.length))).toBe(
          true,
        )
      }),
      runs(500),
    )
  })

  it('never depend on the order, nor on being stored and moved in between', () => {
    fc.assert(
      fc.property(
        fc.array(anyDouble, { minLength: 1, maxLength: 20 }).chain((values) =>
          fc.record({
            values: fc.constant(values),
            shuffled: fc.shuffledSubarray(values, {
              minLength: values.length,
              maxLength: values.length,
            }),
            cut: fc.nat(values.length),
          }),
        ),
        ({ values, shuffled, cut }) => {
          const before = sumOf(shuffled.slice(0, cut))
          const resumed = new ExactDoubles()
          for (const index of [0, 1, 2]) {
            resumed.begin()
            for (const [part, { get }] of before.stored.entries()) {
              resumed.stored[part]?.set(index, get(0))
            }
          }
          resumed.keep([2, 0])
          for (const value of shuffled.slice(cut)) resumed.add(1, value)
          expect(resumed.total(1)).toBe(sumOf(values).total(0))
          expect(resumed.mean(1, 7)).toBe(sumOf(values).mean(0, 7))
          expect(resumed.total(0)).toBe(before.total(0))
        },
      ),
      runs(500),
    )
  })
})
