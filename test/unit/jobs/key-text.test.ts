import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { compareKeyTexts } from '../../../src/jobs/key-text.ts'
import { formatDecimal } from '../../../src/types/decimal-text.ts'
import { formatDate, formatTimestamp } from '../../../src/types/temporal-text.ts'
import { runs } from '../../support/runs.ts'

describe('values of keys in order', () => {
  it.each([
    ['2020-02-01 00:00:00', '2020-02-01'],
    ['2020-02-01 00:00:00', '2020-02-01T00:00:00.000000'],
    ['2020-02-01 00:00:00.5', '2020-02-01 00:00:00.500'],
    ['+10000-01-01 00:00:00', '+10000-01-01'],
    ['1.50', '1.5'],
    ['-0', '0'],
    ['+7', '007'],
    ['order', 'order'],
  ])('has %s where %s is', (left, right) => {
    expect(compareKeyTexts(left, right)).toBe(0)
  })

  it.each([
    ['9', '10'],
    ['-10', '-9'],
    ['0.10000000000000000000000000000000001', '0.9'],
    ['9007199254740992', '9007199254740993'],
    ['9999-12-31 23:59:59.999999', '+10000-01-01'],
    ['-0001-01-01', '0000-01-01'],
    ['2020-01-31', '2020-01-31 00:00:00.000001'],
    // Not of one kind, so by their letters.
    ['10', '2020-01-01'],
    ['10', '9 lives'],
    ['\uffff', '\u{10000}'],
  ])('has %s before %s', (left, right) => {
    expect(compareKeyTexts(left, right)).toBeLessThan(0)
    expect(compareKeyTexts(right, left)).toBeGreaterThan(0)
  })

  it('always has moments as their microseconds are', () => {
    fc.assert(
      fc.property(anyMoment, anyMoment, (left, right) => {
        expect(Math.sign(compareKeyTexts(left.text, right.text))).toBe(
          order(left.micros, right.micros),
        )
      }),
      runs(300),
    )
  })

  it('always has numbers as their values are, whatever their scales', () => {
    const anyNumber = fc.record({ unscaled: fc.bigInt(), scale: fc.integer({ min: 0, max: 38 }) })
    fc.assert(
      fc.property(anyNumber, anyNumber, (left, right) => {
        const texts = [left, right].map(({ unscaled, scale }) => formatDecimal(unscaled, scale))
        const [first = '', second = ''] = texts
        expect(Math.sign(compareKeyTexts(first, second))).toBe(
          order(
            left.unscaled * 10n ** BigInt(right.scale),
            right.unscaled * 10n ** BigInt(left.scale),
          ),
        )
      }),
      runs(300),
    )
  })
})

const MICROS_PER_DAY = 86_400_000_000n

const anyMoment = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((micros) => ({
    micros,
    text: formatTimestamp(micros).replace('T', ' '),
  })),
  fc.integer({ min: -100_000_000, max: 100_000_000 }).map((days) => ({
    micros: BigInt(days) * MICROS_PER_DAY,
    text: formatDate(days),
  })),
)

function order(left: bigint, right: bigint): number {
  if (left === right) return 0
  return left < right ? -1 : 1
}
