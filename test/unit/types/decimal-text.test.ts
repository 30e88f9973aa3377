import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatDecimal, parseDecimal } from '../../../src/types/decimal-text.ts'
import { anyDecimalType } from '../../support/arbitraries/types.ts'
import { anyUnscaled } from '../../support/arbitraries/values.ts'
import { runs } from '../../support/runs.ts'

const anyDecimal = anyDecimalType.chain((type) =>
  fc.record({ type: fc.constant(type), unscaled: anyUnscaled(type.precision) }),
)

describe('decimals as text', () => {
  it.each([
    [1420n, 2, '14.20'],
    [5n, 2, '0.05'],
    [-5n, 2, '-0.05'],
    [0n, 3, '0.000'],
    [-50n, 3, '-0.050'],
    [7n, 0, '7'],
    [10n ** 38n - 1n, 38, `0.${'9'.repeat(38)}`],
  ])('of %s at scale %i are %s', (unscaled, scale, text) => {
    expect(formatDecimal(unscaled, scale)).toBe(text)
    expect(parseDecimal(text, 38, scale)).toBe(unscaled)
  })

  it.each([
    ['14.2', 1420n],
    ['14', 1400n],
    ['+14.', 1400n],
    ['.5', 50n],
    ['-.5', -50n],
    ['0014.2000', 1420n],
    ['1.42e1', 1420n],
    ['142000E-4', 1420n],
    ['-0', 0n],
    ['0e999999999', 0n],
    ['9999999.99', 999999999n],
  ])('reads %s at scale 2', (text, unscaled) => {
    expect(parseDecimal(text, 9, 2)).toBe(unscaled)
  })

  it.each([
    '',
    '.',
    '-',
    'e1',
    '1e',
    '1,5',
    ' 1',
    '1 ',
    '0x1',
    '1_000',
    'NaN',
    '--1',
    '14.205',
    '10000000',
    '1e7',
    '1e-3',
    '1e999999999',
    '1e-999999999',
    '1e9999999999',
  ])('refuses %j as decimal(9, 2)', (text) => {
    expect(parseDecimal(text, 9, 2)).toBeNull()
  })

  it('reads long texts of zeros in time', () => {
    expect(parseDecimal(`${'0'.repeat(500_000)}1.5${'0'.repeat(500_000)}`, 2, 1)).toBe(15n)
    expect(parseDecimal(`1${'0'.repeat(500_000)}1`, 38, 0)).toBeNull()
  })

  it('always read back what they print', () => {
    fc.assert(
      fc.property(anyDecimal, ({ type, unscaled }) => {
        const text = formatDecimal(unscaled, type.scale)
        expect(parseDecimal(text, type.precision, type.scale)).toBe(unscaled)
        expect(parseDecimal(`${unscaled}e-${type.scale}`, type.precision, type.scale)).toBe(
          unscaled,
        )
      }),
      runs(300),
    )
  })

  it('never read a number that the type does not hold', () => {
    fc.assert(
      fc.property(anyDecimal, fc.nat(40), fc.nat(40), ({ type, unscaled }, precision, scale) => {
        const value = parseDecimal(formatDecimal(unscaled, type.scale), precision, scale)
        const shift = 10n ** BigInt(Math.abs(scale - type.scale))
        const [left, right] = scale >= type.scale ? [unscaled * shift, 1n] : [unscaled, shift]
        const limit = 10n ** BigInt(precision)
        const isExact = left % right === 0n && left / right < limit && left / right > -limit
        expect(value).toBe(isExact ? left / right : null)
      }),
      runs(300),
    )
  })
})
