import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { equalValues } from '../../../src/types/compare.ts'
import type { PrimitiveType } from '../../../src/types/type.ts'
import { valueFromText, valueToText } from '../../../src/types/value-text.ts'
import { anyPrimitiveType } from '../../support/arbitraries/types.ts'
import { anyPrimitiveValueOf } from '../../support/arbitraries/values.ts'
import { runs } from '../../support/runs.ts'

describe('values as text', () => {
  it.each<[PrimitiveType, string, unknown]>([
    [{ kind: 'boolean' }, 'true', true],
    [{ kind: 'boolean' }, 'false', false],
    [{ kind: 'int' }, '-2147483648', -2147483648],
    [{ kind: 'int' }, '+7', 7],
    [{ kind: 'int' }, '007', 7],
    [{ kind: 'long' }, '9223372036854775807', 9223372036854775807n],
    [{ kind: 'double' }, '1e3', 1000],
    [{ kind: 'double' }, '.5', 0.5],
    [{ kind: 'double' }, '-0', -0],
    [{ kind: 'double' }, 'NaN', Number.NaN],
    [{ kind: 'float' }, '0.1', Math.fround(0.1)],
    [{ kind: 'float' }, '-Infinity', -Infinity],
    [
      { kind: 'uuid' },
      'F79C3E09-677C-4BBD-A479-3F349CB785E7',
      Uint8Array.from(Buffer.from('f79c3e09677c4bbda4793f349cb785e7', 'hex')),
    ],
    [{ kind: 'binary' }, '00FF', Uint8Array.of(0, 255)],
  ])('of %j: %s', (type, text, value) => {
    expect(valueFromText(type, text)).toStrictEqual(value)
  })

  it.each<[PrimitiveType, string]>([
    [{ kind: 'boolean' }, 'TRUE'],
    [{ kind: 'boolean' }, '1'],
    [{ kind: 'int' }, '2147483648'],
    [{ kind: 'int' }, '1.0'],
    [{ kind: 'int' }, '1e3'],
    [{ kind: 'int' }, ''],
    [{ kind: 'int' }, ' 1'],
    [{ kind: 'int' }, '0x10'],
    [{ kind: 'long' }, '9223372036854775808'],
    [{ kind: 'long' }, '-9223372036854775809'],
    [{ kind: 'long' }, '1n'],
    [{ kind: 'double' }, ''],
    [{ kind: 'double' }, ' 1'],
    [{ kind: 'double' }, '0x10'],
    [{ kind: 'double' }, 'infinity'],
    [{ kind: 'double' }, '1e999'],
    [{ kind: 'float' }, '3.5e38'],
    [{ kind: 'string' }, '\ud800'],
    [{ kind: 'uuid' }, 'f79c3e09677c4bbda4793f349cb785e7'],
    [{ kind: 'uuid' }, '{f79c3e09-677c-4bbd-a479-3f349cb785e7}'],
    [{ kind: 'fixed', length: 2 }, '00'],
    [{ kind: 'fixed', length: 1 }, 'zz'],
    [{ kind: 'binary' }, '0'],
  ])('of %j refuse %j', (type, text) => {
    expect(valueFromText(type, text)).toBeNull()
  })

  it('always read back what they print', () => {
    const anyTypeAndValue = anyPrimitiveType.chain((type) =>
      fc.tuple(fc.constant(type), anyPrimitiveValueOf(type)),
    )
    fc.assert(
      fc.property(anyTypeAndValue, ([type, value]) => {
        expect(equalValues(type, valueFromText(type, valueToText(type, value)), value)).toBe(true)
      }),
      runs(300),
    )
  })
})
