import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { JsonNumber } from '../../../src/base/json-exact.ts'
import { comparatorOf } from '../../../src/types/compare.ts'
import { valuePrinter } from '../../../src/types/ndjson.ts'
import { inputFromJson, inputFromText, objectConverter } from '../../../src/types/text-input.ts'
import { parseSchemaText } from '../../../src/types/schema-text.ts'
import type { Type } from '../../../src/types/type.ts'
import { valueFromInput } from '../../../src/types/value-input.ts'
import type { PrimitiveValue } from '../../../src/types/value.ts'
import { anyPrimitiveTypeOf } from '../../support/arbitraries/types.ts'
import { anyPrimitiveValueOf } from '../../support/arbitraries/values.ts'
import { runs } from '../../support/runs.ts'

describe('a value of JSON', () => {
  it.each<[Type, unknown, unknown]>([
    [{ kind: 'double' }, 'NaN', Number.NaN],
    [{ kind: 'float' }, '-Infinity', -Infinity],
    [{ kind: 'double' }, 2n ** 60n, 2 ** 60],
    [{ kind: 'double' }, 'wide', 'wide'],
    [{ kind: 'binary' }, '00ff', Uint8Array.of(0, 255)],
    [{ kind: 'binary' }, 'xyz', 'xyz'],
    [{ kind: 'int' }, '5', '5'],
    [{ kind: 'string' }, null, null],
  ])('of %o from %o is %o', (type, json, input) => {
    expect(inputFromJson(type)(json)).toEqual(input)
  })

  it.each<Type['kind']>(['date', 'time', 'timestamp', 'timestamptz'])(
    'of the type %s is a text, and no number however long it is',
    (kind) => {
      // The kinds of the list have no parameters.
      const type = { kind } as Type
      for (const json of [86_399, 2n ** 62n, true, ['2026-01-31']]) {
        expect(() => valueFromInput(type, inputFromJson(type)(json), 'x')).toThrow('expected a ')
      }
      expect(valueFromInput(type, inputFromJson(type)(null), 'x')).toBe(null)
    },
  )

  it('of the type decimal is no number that was read as a double, unless that is an integer', () => {
    const type: Type = { kind: 'decimal', precision: 38, scale: 2 }
    const valueOf = (json: unknown): unknown => valueFromInput(type, inputFromJson(type)(json), 'x')
    expect(valueOf(-12)).toBe(-1200n)
    expect(valueOf(10n ** 30n)).toBe(10n ** 32n)
    expect(valueOf(new JsonNumber('12.30'))).toBe(1230n)
    for (const json of [12.3, 2 ** 53, Infinity, true]) {
      expect(() => valueOf(json)).toThrow('expected a decimal')
    }
  })

  it('of the type decimal is a text, although a program may give its parts', () => {
    const type: Type = { kind: 'decimal', precision: 38, scale: 2 }
    expect(valueFromInput(type, { unscaled: 2n ** 60n, scale: 2 }, 'x')).toBe(2n ** 60n)
    const json = inputFromJson(type)({ unscaled: 2n ** 60n, scale: 2 })
    expect(() => valueFromInput(type, json, 'x')).toThrow('expected a decimal')
  })

  it('is converted inside lists, maps and structs, and left where it has another shape', () => {
    const { fields } = parseSchemaText('l list<double>, m map<binary, double>, s struct<x: float>')
    const convert = objectConverter(fields)
    const maps = { keys: ['00'], values: ['Infinity'] }
    expect(convert({ l: ['NaN', 1], m: maps, s: { x: 'NaN' }, other: 'NaN' })).toEqual({
      l: [Number.NaN, 1],
      m: [[Uint8Array.of(0), Infinity]],
      s: { x: Number.NaN },
      other: 'NaN',
    })
    const odd = { l: 'NaN', m: { keys: ['00'], values: [] }, s: 5 }
    expect(convert(odd)).toEqual(odd)
    for (const json of [null, 5, ['a']]) expect(convert(json)).toEqual(json)
  })
})

describe('a value of a line of separated values', () => {
  it.each<[Type, string, unknown]>([
    [{ kind: 'boolean' }, 'TRUE', true],
    [{ kind: 'boolean' }, 'yes', 'yes'],
    [{ kind: 'int' }, '+5', 5],
    [{ kind: 'int' }, '5.0', '5.0'],
    [{ kind: 'int' }, '0x10', '0x10'],
    [{ kind: 'int' }, '', ''],
    [{ kind: 'long' }, '9223372036854775807', 9_223_372_036_854_775_807n],
    [{ kind: 'double' }, '.5e-3', 0.0005],
    [{ kind: 'double' }, '-0', -0],
    [{ kind: 'double' }, 'NaN', Number.NaN],
    [{ kind: 'double' }, '1,5', '1,5'],
    [{ kind: 'binary' }, '00FF', Uint8Array.of(0, 255)],
    [{ kind: 'decimal', precision: 5, scale: 2 }, '1.50', '1.50'],
    [{ kind: 'string' }, '5', '5'],
  ])('of %o from %o is %o', (type, text, input) => {
    expect(inputFromText(type)(text)).toEqual(input)
  })

  it('always is the value that was printed', () => {
    const anyCase = anyPrimitiveTypeOf(3).chain((type) =>
      fc.tuple(fc.constant(type), anyPrimitiveValueOf(type)),
    )
    fc.assert(
      fc.property(anyCase, ([type, value]) => {
        const json = valuePrinter(type)(value)
        const text = json.startsWith('"') ? String(JSON.parse(json)) : json
        const read = valueFromInput(type, inputFromText(type)(text), 'x')
        // A primitive type has primitive values.
        expect(comparatorOf(type)(read as PrimitiveValue, value)).toBe(0)
      }),
      runs(300),
    )
  })
})
