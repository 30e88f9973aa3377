import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromHex } from '../../../src/base/bytes.ts'
import { parseJson, stringifyJson } from '../../../src/base/json-exact.ts'
import { equalValues } from '../../../src/types/compare.ts'
import { valueFromJson, valueToJson } from '../../../src/types/single-value-json.ts'
import type { ListType, MapType, StructType, Type } from '../../../src/types/type.ts'
import type { Value } from '../../../src/types/value.ts'
import { anySchema } from '../../support/arbitraries/schemas.ts'
import { anyRowOf } from '../../support/arbitraries/values.ts'
import { runs } from '../../support/runs.ts'
import { thrownBy } from '../../support/thrown.ts'

const STRUCT: StructType = {
  kind: 'struct',
  fields: [
    { id: 1, name: 'a', required: true, type: { kind: 'int' } },
    { id: 2, name: 'b', required: false, type: { kind: 'string' } },
  ],
}
const LIST: ListType = {
  kind: 'list',
  elementId: 3,
  elementRequired: true,
  element: { kind: 'int' },
}
const MAP: MapType = {
  kind: 'map',
  keyId: 4,
  key: { kind: 'string' },
  valueId: 5,
  valueRequired: false,
  value: { kind: 'long' },
}
const UUID = fromHex('f79c3e09677c4bbda4793f349cb785e7') ?? new Uint8Array()

describe('values as JSON (spec: JSON single-value serialization)', () => {
  it.each<[Type, Value | null, string]>([
    [{ kind: 'boolean' }, true, 'true'],
    [{ kind: 'int' }, 34, '34'],
    [{ kind: 'long' }, 34n, '34'],
    [{ kind: 'long' }, 2n ** 63n - 1n, '9223372036854775807'],
    [{ kind: 'float' }, 1, '1.0'],
    [{ kind: 'double' }, 1.5, '1.5'],
    [{ kind: 'double' }, -0, '-0.0'],
    [{ kind: 'double' }, Number.NaN, '"NaN"'],
    [{ kind: 'float' }, -Infinity, '"-Infinity"'],
    [{ kind: 'decimal', precision: 9, scale: 2 }, 1420n, '"14.20"'],
    [{ kind: 'date' }, 17_486, '"2017-11-16"'],
    [{ kind: 'time' }, 81_068_123_456n, '"22:31:08.123456"'],
    [{ kind: 'timestamp' }, 1_510_871_468_123_456n, '"2017-11-16T22:31:08.123456"'],
    [{ kind: 'timestamptz' }, 1_510_871_468_123_456n, '"2017-11-16T22:31:08.123456+00:00"'],
    [{ kind: 'string' }, 'iceberg', '"iceberg"'],
    [{ kind: 'uuid' }, UUID, '"f79c3e09-677c-4bbd-a479-3f349cb785e7"'],
    [{ kind: 'fixed', length: 4 }, Uint8Array.of(0, 1, 2, 255), '"000102ff"'],
    [{ kind: 'binary' }, Uint8Array.of(0, 1, 2, 255), '"000102ff"'],
    [STRUCT, [1, 'bar'], '{"1":1,"2":"bar"}'],
    [STRUCT, [1, null], '{"1":1,"2":null}'],
    [LIST, [1, 2, 3], '[1,2,3]'],
    [
      MAP,
      [
        ['a', 1n],
        ['b', null],
      ],
      '{"keys":["a","b"],"values":[1,null]}',
    ],
    [MAP, null, 'null'],
  ])('of %j: %s is %s', (type, value, text) => {
    expect(stringifyJson(valueToJson(type, value))).toBe(text)
    expect(valueFromJson(type, parseJson(text), 'default')).toStrictEqual(value)
  })

  it('reads hexadecimal digits of either case', () => {
    expect(valueFromJson({ kind: 'binary' }, '00FF', '')).toEqual(Uint8Array.of(0, 255))
    expect(valueFromJson({ kind: 'uuid' }, 'F79C3E09-677C-4BBD-A479-3F349CB785E7', '')).toEqual(
      UUID,
    )
  })

  it('reads the example of a decimal with an exponent', () => {
    expect(valueFromJson({ kind: 'decimal', precision: 21, scale: 0 }, '2E+20', '')).toBe(
      2n * 10n ** 20n,
    )
  })

  it('reads the nearest float of a number that has none of its own', () => {
    expect(valueFromJson({ kind: 'float' }, 0.1, '')).toBe(Math.fround(0.1))
  })

  it('reads a double whose digits the JSON reader kept as an integer', () => {
    expect(valueFromJson({ kind: 'double' }, parseJson('100000000000000000000'), '')).toBe(1e20)
  })

  it.each<[Type, string, string]>([
    [{ kind: 'boolean' }, '1', 'default'],
    [{ kind: 'int' }, '2147483648', 'default'],
    [{ kind: 'int' }, '"1"', 'default'],
    [{ kind: 'long' }, '9223372036854775808', 'default'],
    [{ kind: 'float' }, '1e39', 'default'],
    [{ kind: 'double' }, '1e999', 'default'],
    [{ kind: 'double' }, '"1.5"', 'default'],
    [{ kind: 'decimal', precision: 9, scale: 2 }, '14.2', 'default'],
    [{ kind: 'decimal', precision: 9, scale: 2 }, '"14.205"', 'default'],
    [{ kind: 'date' }, '17486', 'default'],
    [{ kind: 'timestamp' }, '"2017-11-16T22:31:08+00:00"', 'default'],
    [{ kind: 'timestamptz' }, '"2017-11-16T22:31:08"', 'default'],
    [{ kind: 'string' }, String.raw`"\ud800"`, 'default'],
    [{ kind: 'uuid' }, '"f79c3e09677c4bbda4793f349cb785e7"', 'default'],
    [{ kind: 'fixed', length: 4 }, '"0001"', 'default'],
    [{ kind: 'uuid' }, '"{f79c3e09-677c-4bbd-a479-3f349cb785e7}"', 'default'],
    [{ kind: 'fixed', length: 1 }, '"zz"', 'default'],
    [{ kind: 'binary' }, '"0"', 'default'],
    [STRUCT, '[]', 'default'],
    [STRUCT, '{"2": "b"}', 'default.1'],
    [STRUCT, '{"1": 1, "2": 2}', 'default.2'],
    [LIST, '[1, null]', 'default[1]'],
    [MAP, '{"keys": ["a"]}', 'default.values'],
    [MAP, '{"keys": ["a"], "values": []}', 'default'],
    [MAP, '{"keys": [null], "values": [1]}', 'default.keys[0]'],
  ])('of %j refuse %s and say where', (type, text, path) => {
    const error = thrownBy(() => valueFromJson(type, parseJson(text), 'default'))
    expect(error).toMatchObject({ kind: 'corrupt', context: { path } })
  })

  it('always read back what was written', () => {
    const anyStruct = anySchema({ formatVersion: 3 }).chain((schema) =>
      fc.record({ fields: fc.constant(schema.fields), row: anyRowOf(schema) }),
    )
    fc.assert(
      fc.property(anyStruct, ({ fields, row }) => {
        const type: Type = { kind: 'struct', fields }
        const text = stringifyJson(valueToJson(type, row))
        const back = valueFromJson(type, parseJson(text), '')
        expect(equalValues(type, back, row)).toBe(true)
      }),
      runs(150),
    )
  })
})
