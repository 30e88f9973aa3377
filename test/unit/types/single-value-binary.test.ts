import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromHex, toHex } from '../../../src/base/bytes.ts'
import { equalValues } from '../../../src/types/compare.ts'
import { valueFromBytes, valueToBytes } from '../../../src/types/single-value-binary.ts'
import { promoteValue } from '../../../src/types/promotion.ts'
import { formatType } from '../../../src/types/type.ts'
import type { PrimitiveType } from '../../../src/types/type.ts'
import type { Value } from '../../../src/types/value.ts'
import type { PrimitiveValue } from '../../../src/types/value.ts'
import { anyPrimitiveTypeOf, anyPromotion } from '../../support/arbitraries/types.ts'
import { anyPrimitiveValueOf, anyUnscaled } from '../../support/arbitraries/values.ts'
import { runs } from '../../support/runs.ts'
import { thrownBy } from '../../support/thrown.ts'

const DECIMAL: PrimitiveType = { kind: 'decimal', precision: 38, scale: 2 }

function bytesOf(hex: string): Uint8Array {
  return fromHex(hex) ?? new Uint8Array()
}

describe('values as bytes (spec: Binary single-value serialization)', () => {
  it.each<[PrimitiveType, PrimitiveValue, string]>([
    [{ kind: 'boolean' }, false, '00'],
    [{ kind: 'boolean' }, true, '01'],
    [{ kind: 'int' }, 34, '22000000'],
    [{ kind: 'int' }, -1, 'ffffffff'],
    [{ kind: 'long' }, 34n, '2200000000000000'],
    [{ kind: 'long' }, -(2n ** 63n), '0000000000000080'],
    [{ kind: 'float' }, 1, '0000803f'],
    [{ kind: 'float' }, -0, '00000080'],
    [{ kind: 'double' }, 1, '000000000000f03f'],
    [{ kind: 'double' }, -0, '0000000000000080'],
    [{ kind: 'date' }, 17_486, '4e440000'],
    [{ kind: 'date' }, -1, 'ffffffff'],
    [{ kind: 'time' }, 81_068_123_456n, '406509e012000000'],
    [{ kind: 'timestamp' }, 1_510_871_468_123_456n, '40a5282d215e0500'],
    [{ kind: 'timestamptz' }, -1n, 'ffffffffffffffff'],
    [{ kind: 'string' }, 'ABC', '414243'],
    [{ kind: 'string' }, '', ''],
    [{ kind: 'string' }, 'é🧊', 'c3a9f09fa78a'],
    [
      { kind: 'uuid' },
      bytesOf('f79c3e09677c4bbda4793f349cb785e7'),
      'f79c3e09677c4bbda4793f349cb785e7',
    ],
    [{ kind: 'fixed', length: 4 }, Uint8Array.of(0, 1, 2, 255), '000102ff'],
    [{ kind: 'binary' }, Uint8Array.of(0, 1, 2, 255), '000102ff'],
    [DECIMAL, 1420n, '058c'],
    [DECIMAL, 0n, '00'],
    [DECIMAL, 127n, '7f'],
    [DECIMAL, 128n, '0080'],
    [DECIMAL, -128n, '80'],
    [DECIMAL, -129n, 'ff7f'],
    [DECIMAL, -1n, 'ff'],
    [DECIMAL, 10n ** 38n - 1n, '4b3b4ca85a86c47a098a223fffffffff'],
    [DECIMAL, 1n - 10n ** 38n, 'b4c4b357a5793b85f675ddc000000001'],
  ])('of %j: %s is %s', (type, value, hex) => {
    expect(toHex(valueToBytes(type, value))).toBe(hex)
    expect(valueFromBytes(type, bytesOf(hex))).toStrictEqual(value)
  })

  it('takes every byte but zero for true', () => {
    expect(valueFromBytes({ kind: 'boolean' }, Uint8Array.of(0x80))).toBe(true)
  })

  it('reads bounds that were written before a column was promoted (spec: Schema Evolution)', () => {
    expect(valueFromBytes({ kind: 'long' }, bytesOf('ffffffff'))).toBe(-1n)
    expect(valueFromBytes({ kind: 'double' }, bytesOf('0000803f'))).toBe(1)
    expect(valueFromBytes({ kind: 'double' }, bytesOf('cdcccc3d'))).toBe(Math.fround(0.1))
  })

  it('reads a decimal of more bytes than it needs', () => {
    expect(valueFromBytes(DECIMAL, bytesOf('ffffffff80'))).toBe(-128n)
  })

  it('reads a fixed value that its writer cut to a bound', () => {
    expect(valueFromBytes({ kind: 'fixed', length: 4 }, Uint8Array.of(1, 2))).toEqual(
      Uint8Array.of(1, 2),
    )
  })

  it('reads from the middle of a buffer', () => {
    const inner = bytesOf('ff22000000ff').subarray(1, 5)
    expect(valueFromBytes({ kind: 'int' }, inner)).toBe(34)
  })

  it.each<[PrimitiveType, string]>([
    [{ kind: 'boolean' }, ''],
    [{ kind: 'boolean' }, '0000'],
    [{ kind: 'int' }, '220000'],
    [{ kind: 'int' }, '2200000000000000'],
    [{ kind: 'date' }, ''],
    [{ kind: 'long' }, '22000000000000'],
    [{ kind: 'float' }, '000000000000f03f'],
    [{ kind: 'double' }, '0000'],
    [{ kind: 'time' }, '00000000'],
    [{ kind: 'timestamp' }, '000000'],
    [{ kind: 'timestamptz' }, '00000000'],
    [{ kind: 'timestamptz_ns' }, '00000000'],
    [{ kind: 'timestamp_ns' }, 'ffffff7f'],
    [{ kind: 'uuid' }, '00'],
    [{ kind: 'fixed', length: 1 }, '0000'],
    [DECIMAL, ''],
    [DECIMAL, '0000000000000000000000000000000001'],
    [{ kind: 'string' }, 'ff'],
  ])('of %j refuse %j', (type, hex) => {
    expect(thrownBy(() => valueFromBytes(type, bytesOf(hex))).kind).toBe('corrupt')
  })

  it('always read back what was written', () => {
    const anyTypeAndValue = anyPrimitiveTypeOf(3).chain((type) =>
      fc.tuple(fc.constant(type), anyPrimitiveValueOf(type)),
    )
    fc.assert(
      fc.property(anyTypeAndValue, ([type, value]) => {
        const back = valueFromBytes(type, valueToBytes(type, value))
        expect(equalValues(type, back, value), formatType(type)).toBe(true)
        expect(typeof back).toBe(typeof value)
      }),
      runs(300),
    )
  })

  it('always read bounds of a narrower type as what its values became (spec: Schema Evolution)', () => {
    const anyCase = anyPromotion.chain(({ from, to }) =>
      fc.record({ from: fc.constant(from), to: fc.constant(to), value: anyPrimitiveValueOf(from) }),
    )
    fc.assert(
      fc.property(anyCase, ({ from, to, value }) => {
        const bytes = valueToBytes(from, value)
        let promoted: Value | null
        try {
          promoted = promoteValue(from, to, value)
        } catch {
          expect(thrownBy(() => valueFromBytes(to, bytes)).kind).toBe('corrupt')
          return
        }
        expect(equalValues(to, valueFromBytes(to, bytes), promoted)).toBe(true)
      }),
      runs(300),
    )
  })

  it('never spend a byte on a decimal that its sign does not need', () => {
    fc.assert(
      fc.property(anyUnscaled(38), (unscaled) => {
        const { length } = valueToBytes(DECIMAL, unscaled)
        expect(BigInt.asIntN(length * 8, unscaled)).toBe(unscaled)
        if (length > 1) expect(BigInt.asIntN((length - 1) * 8, unscaled)).not.toBe(unscaled)
      }),
      runs(300),
    )
  })

  it('always needs one byte more from 2^(8k-1) on, and below -2^(8k-1)', () => {
    for (let size = 1; size < 16; size += 1) {
      const limit = 2n ** BigInt(8 * size - 1)
      const lengths = [limit - 1n, limit, -limit, -limit - 1n].map(
        (unscaled) => valueToBytes(DECIMAL, unscaled).length,
      )
      expect(lengths).toEqual([size, size + 1, size, size + 1])
    }
  })
})
