import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseSchemaText } from '../../../src/types/schema-text.ts'
import type { Type } from '../../../src/types/type.ts'
import { valueFromInput } from '../../../src/types/value-input.ts'
import { rowToOutput, valueToOutput } from '../../../src/types/value-output.ts'
import type { OutputForm } from '../../../src/types/value-output.ts'
import type { Value } from '../../../src/types/value.ts'
import { anyInt, anyLong, anyMicros } from '../../support/arbitraries/values.ts'
import { runs } from '../../support/runs.ts'
import { thrownBy } from '../../support/thrown.ts'

const MICROS = 1_510_871_468_123_456n

describe('values as callers read them', () => {
  it.each<[Type, Value | null, OutputForm | undefined, unknown]>([
    [{ kind: 'boolean' }, true, undefined, true],
    [{ kind: 'int' }, 7, undefined, 7],
    [{ kind: 'long' }, 7n, undefined, 7n],
    [{ kind: 'long' }, 7n, 'number', 7],
    [{ kind: 'long' }, null, 'number', null],
    [{ kind: 'double' }, -0, undefined, -0],
    [{ kind: 'decimal', precision: 9, scale: 2 }, 1250n, undefined, '12.50'],
    [{ kind: 'date' }, -1, undefined, '1969-12-31'],
    [{ kind: 'date' }, -1, 'date', new Date('1969-12-31')],
    [{ kind: 'time' }, 1n, undefined, '00:00:00.000001'],
    [{ kind: 'time' }, 1n, 'micros', 1n],
    [{ kind: 'timestamp' }, MICROS, undefined, '2017-11-16T22:31:08.123456'],
    [{ kind: 'timestamp' }, MICROS, 'micros', MICROS],
    [{ kind: 'timestamptz' }, MICROS, undefined, '2017-11-16T22:31:08.123456+00:00'],
    [{ kind: 'timestamptz' }, MICROS, 'micros', MICROS],
    [{ kind: 'timestamptz' }, -1_000n, 'date', new Date(-1)],
    [{ kind: 'string' }, 'x', undefined, 'x'],
    [{ kind: 'uuid' }, new Uint8Array(16), undefined, '00000000-0000-0000-0000-000000000000'],
    [{ kind: 'binary' }, Uint8Array.of(1), undefined, Uint8Array.of(1)],
  ])('of %j: %s in the form %s', (type, value, form, output) => {
    expect(valueToOutput(type, value, form)).toStrictEqual(output)
  })

  it.each<[Type, Value, OutputForm]>([
    [{ kind: 'long' }, 2n ** 53n, 'number'],
    [{ kind: 'long' }, -(2n ** 63n), 'number'],
    [{ kind: 'timestamptz' }, 1n, 'date'],
    [{ kind: 'timestamptz' }, -999n, 'date'],
    [{ kind: 'timestamptz' }, 8_640_000_000_000_001_000n, 'date'],
    [{ kind: 'date' }, 2147483647, 'date'],
  ])('of %j: %s throws in the form %s rather than lose a digit', (type, value, form) => {
    expect(thrownBy(() => valueToOutput(type, value, form))).toMatchObject({
      kind: 'invalid',
      context: { form },
    })
  })

  it('are objects, arrays and maps where they are nested, each part in its own form', () => {
    const { fields } = parseSchemaText(
      'id long, s struct<n: long, ts: timestamptz>, l list<long>, m map<long, long>',
    )
    const forms = new Map<number, OutputForm>([
      [5, 'number'],
      [6, 'micros'],
      [7, 'number'],
      [9, 'number'],
    ])
    const convert = rowToOutput(fields, forms)
    expect(convert([1n, [2n, 3n], [4n, null], [[5n, 6n]]])).toStrictEqual({
      id: 1n,
      s: { n: 2, ts: 3n },
      l: [4, null],
      m: new Map([[5n, 6]]),
    })
    expect(convert([null, null, null, null])).toStrictEqual({ id: null, s: null, l: null, m: null })
  })

  it('make a column named __proto__ an own property', () => {
    const { fields } = parseSchemaText('"__proto__" struct<polluted: int>')
    const output = rowToOutput(fields)([[1]])
    expect(Object.keys(output)).toEqual(['__proto__'])
    expect(Object.getPrototypeOf(output)).toBe(Object.prototype)
    expect(output['polluted']).toBeUndefined()
  })

  it('never lose a digit in a form that was given', () => {
    const anyCase = fc.oneof(
      fc.record({
        type: fc.constant<Type>({ kind: 'long' }),
        form: fc.constant<OutputForm>('number'),
        value: anyLong,
      }),
      fc.record({
        type: fc.constant<Type>({ kind: 'timestamptz' }),
        form: fc.constant<OutputForm>('date'),
        value: anyMicros,
      }),
      fc.record({
        type: fc.constant<Type>({ kind: 'date' }),
        form: fc.constant<OutputForm>('date'),
        value: anyInt,
      }),
    )
    fc.assert(
      fc.property(anyCase, ({ type, form, value }) => {
        let output: unknown
        try {
          output = valueToOutput(type, value, form)
        } catch {
          return
        }
        expect(valueFromInput(type, output, '')).toBe(value)
      }),
      runs(300),
    )
  })
})
