import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromHex } from '../../../src/base/bytes.ts'
import { stringifyJson } from '../../../src/base/json-exact.ts'
import { equalValues } from '../../../src/types/compare.ts'
import { effectiveWriteDefault } from '../../../src/types/default-values.ts'
import { parseSchemaText } from '../../../src/types/schema-text.ts'
import { valueToJson } from '../../../src/types/single-value-json.ts'
import { formatType } from '../../../src/types/type.ts'
import type { Field, StructType, Type } from '../../../src/types/type.ts'
import {
  defaultFromInput,
  fieldConverter,
  rowConverter,
  valueFromInput,
} from '../../../src/types/value-input.ts'
import { rowToOutput, valueToOutput } from '../../../src/types/value-output.ts'
import type { Value } from '../../../src/types/value.ts'
import { anyPrimitiveTypeOf } from '../../support/arbitraries/types.ts'
import { anySchema } from '../../support/arbitraries/schemas.ts'
import { anyPrimitiveValueOf, anyRowOf } from '../../support/arbitraries/values.ts'
import { runs } from '../../support/runs.ts'
import { thrownBy } from '../../support/thrown.ts'

const DECIMAL: Type = { kind: 'decimal', precision: 9, scale: 2 }
const UUID = 'f79c3e09-677c-4bbd-a479-3f349cb785e7'

function typeOf(text: string): Type {
  return parseSchemaText(`x ${text}`).fields[0]?.type ?? { kind: 'int' }
}

describe('values as callers write them', () => {
  it.each<[Type, unknown, unknown]>([
    [{ kind: 'boolean' }, false, false],
    [{ kind: 'int' }, 2147483647, 2147483647],
    [{ kind: 'int' }, -2147483648n, -2147483648],
    [{ kind: 'int' }, -0, 0],
    [{ kind: 'long' }, 9223372036854775807n, 9223372036854775807n],
    [{ kind: 'long' }, -9007199254740991, -9007199254740991n],
    [{ kind: 'float' }, 0.1, Math.fround(0.1)],
    [{ kind: 'float' }, -0, -0],
    [{ kind: 'float' }, Infinity, Infinity],
    [{ kind: 'double' }, 0.1, 0.1],
    [{ kind: 'double' }, Number.NaN, Number.NaN],
    [{ kind: 'double' }, 2n ** 60n, 2 ** 60],
    [DECIMAL, '12.5', 1250n],
    [DECIMAL, '-9999999.99', -999999999n],
    [DECIMAL, { unscaled: 125n, scale: 1 }, 1250n],
    [DECIMAL, { unscaled: 125000n, scale: 4 }, 1250n],
    [DECIMAL, { unscaled: 5n, scale: -3 }, 500000n],
    [{ kind: 'date' }, '2017-11-16', 17_486],
    [{ kind: 'date' }, 17_486n, 17_486],
    [{ kind: 'date' }, new Date('2017-11-16'), 17_486],
    [{ kind: 'date' }, new Date(-86_400_000), -1],
    [{ kind: 'time' }, '22:31:08.123456', 81_068_123_456n],
    [{ kind: 'time' }, 0n, 0n],
    [{ kind: 'timestamp' }, '2017-11-16T22:31:08.123456', 1_510_871_468_123_456n],
    [{ kind: 'timestamp' }, -1n, -1n],
    [{ kind: 'timestamptz' }, '2017-11-16T14:31:08-08:00', 1_510_871_468_000_000n],
    [{ kind: 'timestamptz' }, new Date(-1), -1_000n],
    [{ kind: 'timestamptz' }, 7n, 7n],
    [{ kind: 'string' }, '🧊', '🧊'],
    [{ kind: 'uuid' }, UUID.toUpperCase(), fromHex(UUID.replaceAll('-', ''))],
    [{ kind: 'fixed', length: 2 }, Uint8Array.of(1, 2), Uint8Array.of(1, 2)],
    [{ kind: 'binary' }, Buffer.from('ab'), Buffer.from('ab')],
    [typeOf('list<int>'), [1, null, undefined], [1, null, null]],
    [typeOf('map<string, int>'), new Map([['a', 1]]), [['a', 1]]],
    [
      typeOf('map<double, int>'),
      [
        [0, 1],
        [-0, null],
      ],
      [
        [0, 1],
        [-0, null],
      ],
    ],
    [typeOf('struct<a: int, b: string>'), { b: 'x' }, [null, 'x']],
    [{ kind: 'long' }, null, null],
    [{ kind: 'long' }, undefined, null],
  ])('of %j: %s', (type, input, value) => {
    expect(valueFromInput(type, input, 'x')).toStrictEqual(value)
  })

  it.each<[Type, unknown]>([
    [{ kind: 'boolean' }, 1],
    [{ kind: 'boolean' }, 'true'],
    [{ kind: 'int' }, 2147483648],
    [{ kind: 'int' }, 1.5],
    [{ kind: 'int' }, '1'],
    [{ kind: 'int' }, Number.NaN],
    [{ kind: 'int' }, 2n ** 64n],
    [{ kind: 'long' }, 9223372036854775808n],
    [{ kind: 'long' }, 2 ** 53],
    [{ kind: 'long' }, '1'],
    [{ kind: 'float' }, 3.5e38],
    [{ kind: 'float' }, '1.5'],
    [{ kind: 'double' }, 2n ** 53n + 1n],
    [{ kind: 'double' }, 10n ** 400n],
    [DECIMAL, 12.5],
    [DECIMAL, 12],
    [DECIMAL, 12n],
    [DECIMAL, '12.505'],
    [DECIMAL, '10000000'],
    [DECIMAL, { unscaled: 1, scale: 2 }],
    [DECIMAL, { unscaled: 1n, scale: 2.5 }],
    [DECIMAL, { unscaled: 1n }],
    [DECIMAL, { unscaled: 1n, scale: 3 }],
    [DECIMAL, { unscaled: 1n, scale: 1e300 }],
    [{ kind: 'date' }, 17_486],
    [{ kind: 'date' }, 2n ** 31n],
    [{ kind: 'date' }, '2017-11-16T00:00:00Z'],
    [{ kind: 'date' }, new Date('2017-11-16T00:00:00.001Z')],
    [{ kind: 'date' }, new Date(Number.NaN)],
    [{ kind: 'time' }, 86_400_000_000n],
    [{ kind: 'time' }, -1n],
    [{ kind: 'time' }, new Date(0)],
    [{ kind: 'timestamp' }, '2017-11-16T22:31:08Z'],
    [{ kind: 'timestamp' }, new Date(0)],
    [{ kind: 'timestamp' }, 0],
    [{ kind: 'timestamp' }, 2n ** 63n],
    [{ kind: 'timestamptz' }, '2017-11-16T22:31:08'],
    [{ kind: 'timestamptz' }, new Date(Number.NaN)],
    [{ kind: 'timestamptz' }, '2017-11-16T22:31:08.1234567Z'],
    [{ kind: 'string' }, 1],
    [{ kind: 'string' }, '\ud800'],
    [{ kind: 'uuid' }, UUID.replaceAll('-', '')],
    [{ kind: 'uuid' }, new Uint8Array(16)],
    [{ kind: 'fixed', length: 2 }, new Uint8Array(3)],
    [{ kind: 'binary' }, [1, 2]],
    [{ kind: 'binary' }, 'ab'],
    [{ kind: 'binary' }, new Uint16Array(1)],
  ])('of %j refuse %s with path and type, and do not quote it', (type, input) => {
    const error = thrownBy(() => valueFromInput(type, input, 'rows[3].fare'))
    expect(error.kind).toBe('invalid')
    expect(error.context).toEqual({ path: 'rows[3].fare', type: formatType(type) })
  })

  it('tell a caller with a number for a decimal to pass text', () => {
    expect(thrownBy(() => valueFromInput(DECIMAL, 12.5, 'x')).message).toMatch(/decimal as text/)
  })

  it('always are taken as they were given', () => {
    const anyTypeAndValue = anyPrimitiveTypeOf(3).chain((type) =>
      fc.tuple(fc.constant(type), anyPrimitiveValueOf(type)),
    )
    fc.assert(
      fc.property(anyTypeAndValue, ([type, value]) => {
        const input = valueToOutput(type, value)
        expect(equalValues(type, valueFromInput(type, input, ''), value)).toBe(true)
      }),
      runs(300),
    )
  })
})

describe('nested values as callers write them', () => {
  it.each<[string, unknown, string, string]>([
    ['list<int not null>', [1, null], 'x[1]', 'required value is missing'],
    ['list<int>', [1, 'a'], 'x[1]', 'expected an integer of 32 bits'],
    ['list<int>', 'ab', 'x', 'expected an array'],
    ['list<int>', new Set([1]), 'x', 'expected an array'],
    [
      'map<int, int>',
      { a: 1 },
      'x',
      'expected a Map, an array of entries, or in a file { keys, values }',
    ],
    ['map<int, int>', [[1]], 'x', 'expected entries of a key and a value'],
    ['map<int, int>', [1], 'x', 'expected entries of a key and a value'],
    ['map<int, int>', [[null, 1]], 'x[0].key', 'required value is missing'],
    ['map<int, int not null>', new Map([[1, null]]), 'x[0].value', 'required value is missing'],
    [
      'map<int, int>',
      [
        [1, 1],
        [1n, 2],
      ],
      'x[1].key',
      'two entries have the same key',
    ],
    [
      'map<binary, int>',
      [
        [Uint8Array.of(1), 1],
        [Uint8Array.of(1), 2],
      ],
      'x[1].key',
      'two entries have the same key',
    ],
    [
      'map<double, int>',
      [
        [Number.NaN, 1],
        [Number.NaN, 2],
      ],
      'x[1].key',
      'two entries have the same key',
    ],
    ['struct<a: int>', [1], 'x', 'expected an object'],
    ['struct<a: int>', new Map([['a', 1]]), 'x', 'expected an object'],
    ['struct<a: int>', 'a', 'x', 'expected an object'],
    ['struct<a: int not null>', {}, 'x.a', 'required value is missing'],
    [
      'struct<a: list<struct<b: int>>>',
      { a: [{}, { b: 'x' }] },
      'x.a[1].b',
      'expected an integer of 32 bits',
    ],
  ])('of %s refuse %o at %s: %s', (text, input, path, message) => {
    const error = thrownBy(() => valueFromInput(typeOf(text), input, 'x'))
    expect(error).toMatchObject({ kind: 'invalid', message, context: { path } })
  })

  it('name the field that was most likely meant', () => {
    const type = typeOf('struct<driver_name: string, fare: int>')
    expect(thrownBy(() => valueFromInput(type, { driver_nam: 'Ada' }, 'rows[0]'))).toMatchObject({
      kind: 'invalid',
      message: 'there is no field of this name',
      context: { path: 'rows[0].driver_nam', nearest: 'driver_name' },
    })
    const strange = thrownBy(() => valueFromInput(type, { zzz: 1 }, ''))
    expect(strange.context).toEqual({ path: 'zzz' })
  })
})

describe('rows as callers write them', () => {
  const convert = rowConverter(
    parseSchemaText('"__proto__" int, constructor string, "toString" int, a int not null').fields,
  )

  it('take nothing that an object inherits for a column', () => {
    expect(convert({ a: 1 }, () => '')).toEqual([null, null, null, 1])
    expect(convert(Object.create(null, { a: { value: 1, enumerable: true } }), () => '')).toEqual([
      null,
      null,
      null,
      1,
    ])
  })

  it('take columns of such names when they are the own ones', () => {
    const row = JSON.parse('{"__proto__": 1, "constructor": "x", "toString": 2, "a": 3}') as unknown
    expect(convert(row, () => '')).toEqual([1, 'x', 2, 3])
  })

  it('take what getters of a class give', () => {
    class Ride {
      get a(): number {
        return 7
      }
    }
    expect(convert(new Ride(), () => '')).toEqual([null, null, null, 7])
  })

  it('ask for the path only when something is wrong', () => {
    const path = (): string => {
      throw new Error('asked')
    }
    expect(convert({ a: 1 }, path)).toEqual([null, null, null, 1])
    expect(() => convert({ a: 'x' }, path)).toThrow('asked')
  })

  it('refuse null for a required field on its own', () => {
    const [field] = parseSchemaText('a int not null').fields
    if (field === undefined) throw new Error('no field')
    expect(thrownBy(() => fieldConverter(field)(null, () => 'rows[1].a')).context).toEqual({
      path: 'rows[1].a',
    })
  })

  it('always are taken as they were given, but for minus zero as the key of a Map', () => {
    const anySchemaAndRow = anySchema({ formatVersion: 3 }).chain((schema) =>
      fc.record({ fields: fc.constant(schema.fields), row: anyRowOf(schema) }),
    )
    fc.assert(
      fc.property(anySchemaAndRow, ({ fields, row }) => {
        fc.pre(
          !/"keys":\[[^\]]*-0\.0/.test(stringifyJson(valueToJson({ kind: 'struct', fields }, row))),
        )
        const output = rowToOutput(fields)(row)
        const back = rowConverter(fields)(output, () => '')
        expect(Object.keys(output).toSorted()).toEqual(fields.map(({ name }) => name).toSorted())
        expect(equalValues({ kind: 'struct', fields }, back, row)).toBe(true)
      }),
      runs(200),
    )
  })
})

describe('what rows say nothing of (spec: Default values)', () => {
  const at = (id: number, name: string, more: Partial<Field>): Field => ({
    id,
    name,
    required: false,
    type: { kind: 'int' },
    ...more,
  })
  const point: StructType = {
    kind: 'struct',
    fields: [at(11, 'x', { writeDefault: 5, initialDefault: 4 }), at(12, 'y', {})],
  }
  const convert = rowConverter([
    at(1, 'a', { writeDefault: 1, initialDefault: 9 }),
    at(2, 'b', { required: true, writeDefault: 2 }),
    at(3, 'c', { initialDefault: 9 }),
    at(4, 'p', { type: point, writeDefault: [] }),
    at(5, 'q', { type: point }),
    at(6, 'u', { type: { kind: 'unknown' } }),
  ])

  it('has the write default, where null is null', () => {
    const path = (): string => 'rows[0]'
    expect(convert({}, path)).toEqual([1, 2, null, [5, null], null, null])
    expect(convert({ a: undefined, b: undefined, u: undefined }, path)).toEqual([
      1,
      2,
      null,
      [5, null],
      null,
      null,
    ])
    expect(convert({ a: null, b: 3, p: null, q: null, u: null }, path)).toEqual([
      null,
      3,
      null,
      null,
      null,
      null,
    ])
    expect(convert({ p: {}, q: { y: 6 } }, path)).toEqual([1, 2, null, [5, null], [5, 6], null])
    expect(convert({ p: { x: null } }, path)[3]).toEqual([null, null])
    expect(thrownBy(() => convert({ b: null }, path)).context).toEqual({ path: 'rows[0].b' })
  })

  it('has a default at any depth', () => {
    const list = at(1, 'l', {
      type: { kind: 'list', elementId: 2, elementRequired: false, element: point },
    })
    expect(fieldConverter(list)([{}, { x: 1 }, null], () => 'l')).toEqual([
      [5, null],
      [1, null],
      null,
    ])
  })

  it('never is anything in a column of unknown type', () => {
    expect(thrownBy(() => convert({ u: 0 }, () => 'rows[0]'))).toMatchObject({
      kind: 'invalid',
      message: 'expected nothing but null',
      context: { path: 'rows[0].u', type: 'unknown' },
    })
  })

  it('is refused at once where the default of a struct leaves a required field null', () => {
    const required: StructType = { kind: 'struct', fields: [at(11, 'x', { required: true })] }
    const field = at(1, 's', { type: required, writeDefault: [] })
    expect(thrownBy(() => fieldConverter(field)).kind).toBe('corrupt')
  })

  it('always is the write default, and a row that says all of it means the same', () => {
    const anyRow = anySchema({ formatVersion: 3 }).chain(({ fields }) =>
      fc.record({
        fields: fc.constant(fields),
        row: anyRowOf({ fields }),
        said: fc.array(fc.boolean(), { minLength: fields.length, maxLength: fields.length }),
      }),
    )
    fc.assert(
      fc.property(anyRow, ({ fields, row, said }) => {
        const whole = rowToOutput(fields)(row)
        const part = Object.fromEntries(
          fields.flatMap(({ name }, index) => (said[index] ? [[name, whole[name]]] : [])),
        )
        const expected = fields.map((field, index) =>
          said[index] ? row[index] : effectiveWriteDefault(field),
        )
        const isMissing = fields.some(({ required }, i) => required && expected[i] === null)
        const converted = (): readonly (Value | null)[] => rowConverter(fields)(part, () => '')
        if (isMissing) {
          expect(thrownBy(converted).message).toBe('required value is missing')
          return
        }
        expect(converted()).toHaveLength(fields.length)
        for (const [index, field] of fields.entries()) {
          if (said[index]) continue
          expect(equalValues(field.type, converted()[index] ?? null, expected[index] ?? null)).toBe(
            true,
          )
        }
      }),
      runs(100),
    )
  })
})

describe('defaults as callers write them', () => {
  it.each<[string, unknown, unknown]>([
    ['int', 7n, 7],
    ['timestamp_ns', '1970-01-01T00:00:00.000000001', 1n],
    ['timestamptz_ns', new Date(1), 1_000_000n],
    ['list<int>', [1, null], [1, null]],
    ['struct<a: int>', {}, []],
  ])('of %s take %o', (text, input, value) => {
    expect(defaultFromInput(typeOf(text), input, 'default')).toEqual(value)
  })

  it.each<[string, unknown]>([
    ['int', '7'],
    ['int', null],
    ['int', undefined],
    ['struct<a: int>', { a: 1 }],
    ['struct<a: int>', null],
    ['struct<a: int>', []],
    ['unknown', 1],
    ['variant', 1],
    ['geometry', new Uint8Array()],
    ['geography', new Uint8Array()],
    ['timestamptz_ns', new Date(8_640_000_000_000_000)],
  ])('of %s refuse %o', (text, input) => {
    expect(thrownBy(() => defaultFromInput(typeOf(text), input, 'default'))).toMatchObject({
      kind: 'invalid',
      context: { path: 'default' },
    })
  })
})
