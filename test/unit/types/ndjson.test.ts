import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { parseJson } from '../../../src/base/json-exact.ts'
import { equalValues } from '../../../src/types/compare.ts'
import { linePrinter, valuePrinter } from '../../../src/types/ndjson.ts'
import { parseSchemaText } from '../../../src/types/schema-text.ts'
import { objectConverter } from '../../../src/types/text-input.ts'
import type { Type } from '../../../src/types/type.ts'
import { rowConverter } from '../../../src/types/value-input.ts'
import type { Value } from '../../../src/types/value.ts'
import { anySchema } from '../../support/arbitraries/schemas.ts'
import { anyRowOf } from '../../support/arbitraries/values.ts'
import { runs } from '../../support/runs.ts'

describe('a value as text (spec: JSON single-value serialization)', () => {
  it.each<[Type, Value, string]>([
    [{ kind: 'boolean' }, true, 'true'],
    [{ kind: 'int' }, -5, '-5'],
    [{ kind: 'long' }, 9_223_372_036_854_775_807n, '9223372036854775807'],
    [{ kind: 'double' }, 1e300, '1e+300'],
    [{ kind: 'double' }, -0, '-0.0'],
    [{ kind: 'float' }, Number.NaN, '"NaN"'],
    [{ kind: 'double' }, -Infinity, '"-Infinity"'],
    [{ kind: 'decimal', precision: 9, scale: 2 }, -5n, '"-0.05"'],
    [{ kind: 'date' }, -1, '"1969-12-31"'],
    [{ kind: 'time' }, 1n, '"00:00:00.000001"'],
    [{ kind: 'timestamp' }, 0n, '"1970-01-01T00:00:00.000000"'],
    [{ kind: 'timestamptz' }, 0n, '"1970-01-01T00:00:00.000000+00:00"'],
    [{ kind: 'string' }, 'a"\n🧊', '"a\\"\\n🧊"'],
    [{ kind: 'binary' }, Uint8Array.of(0, 255), '"00ff"'],
  ])('of %o: %o is %s', (type, value, text) => {
    expect(valuePrinter(type)(value)).toBe(text)
    expect(valuePrinter(type)(null)).toBe('null')
  })

  it('has its keys and values apart when it is a map, and its names when it is a struct', () => {
    const { fields } = parseSchemaText('m map<string, int>, s struct<x: int, y: list<int>>')
    const print = linePrinter(fields)
    expect(
      print([
        [
          ['a', 1],
          ['b', null],
        ],
        [null, [1, null]],
      ]),
    ).toBe('{"m":{"keys":["a","b"],"values":[1,null]},"s":{"x":null,"y":[1,null]}}')
    expect(print([null, null])).toBe('{"m":null,"s":null}')
  })

  it('always is read back as the same row', () => {
    const anyCase = anySchema({ formatVersion: 3 }).chain((schema) =>
      fc.tuple(fc.constant(schema), anyRowOf(schema)),
    )
    fc.assert(
      fc.property(anyCase, ([schema, row]) => {
        const line = linePrinter(schema.fields)(row)
        expect(line).not.toContain('\n')
        const input = objectConverter(schema.fields)(parseJson(line))
        const read = rowConverter(schema.fields)(input, () => '')
        for (const [index, field] of schema.fields.entries()) {
          expect(equalValues(field.type, read[index] ?? null, row[index] ?? null)).toBe(true)
        }
      }),
      runs(300),
    )
  })
})
