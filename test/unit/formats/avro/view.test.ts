import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { unreachable } from '../../../../src/base/assert.ts'
import { parseAvroType } from '../../../../src/formats/avro/avro-type.ts'
import { BinaryReader } from '../../../../src/formats/avro/binary-reader.ts'
import { createEncoder } from '../../../../src/formats/avro/encoding.ts'
import {
  booleanView,
  bytesView,
  fieldView,
  intView,
  longView,
  mapOf,
  optional,
  stringView,
  struct,
  withDefault,
} from '../../../../src/formats/avro/view.ts'
import { skip } from '../../../../src/formats/avro/skip.ts'
import type { View } from '../../../../src/formats/avro/view.ts'
import {
  anyBytes,
  anyDouble,
  anyInt,
  anyLong,
  anyString,
} from '../../../support/arbitraries/values.ts'
import { runs } from '../../../support/runs.ts'
import { thrownBy } from '../../../support/thrown.ts'

describe('views of written values', () => {
  it('see an int as a long, and a long as an int where it fits', () => {
    expect(seen('int', 5, longView)).toBe(5n)
    expect(seen('long', -5n, intView)).toBe(-5)
    expect(thrownBy(() => seen('long', 2n ** 31n, intView)).kind).toBe('corrupt')
  })

  it('see through unions, whatever the order of their branches', () => {
    expect(seen(['null', 'int'], 5, optional(intView))).toBe(5)
    expect(seen(['int', 'null'], null, optional(intView))).toBeNull()
    expect(seen(['null', 'int'], 5, intView)).toBe(5)
    expect(seen('int', 5, optional(intView))).toBe(5)
    expect(seen(['null', 'int'], null, withDefault(intView, 7))).toBe(7)
  })

  it('refuse a null that may not be', () => {
    expect(thrownBy(() => seen(['null', 'int'], null, intView))).toMatchObject({
      kind: 'corrupt',
      message: 'required field is null',
    })
  })

  it.each<[string, unknown, View<unknown>]>([
    ['a string for an int', 'string', intView],
    ['an int for a boolean', 'int', booleanView],
    ['a double for a long', 'double', longView],
    ['bytes for a string', 'bytes', stringView],
    ['a string for bytes', 'string', bytesView],
    ['a string in a union', ['null', 'string'], optional(intView)],
    ['an array without pairs for a map', { type: 'array', items: 'int' }, mapOf(intView, intView)],
    ['an int for a record', 'int', struct({})],
  ])('refuse %s', (_, schema, view) => {
    const type = parseAvroType(schema)
    expect(thrownBy(() => view.against(type, 'a.b'))).toMatchObject({
      kind: 'corrupt',
      context: { path: 'a.b' },
    })
  })

  it('tell which required field is missing', () => {
    const schema = {
      type: 'record',
      name: 'r',
      fields: [{ name: 'a', type: 'int', 'field-id': 1 }],
    }
    const view = struct({ b: fieldView(2, 'b', intView) })
    expect(thrownBy(() => view.against(parseAvroType(schema), 'value'))).toMatchObject({
      kind: 'corrupt',
      context: { path: 'value.b', fieldId: 2 },
    })
  })

  it('go by the id when there is one, not by the name', () => {
    const schema = {
      type: 'record',
      name: 'r',
      fields: [
        { name: 'b', type: 'int', 'field-id': 1 },
        { name: 'a', type: 'int', 'field-id': 2 },
      ],
    }
    const view = struct({ a: fieldView(1, 'a', intView), b: fieldView(2, 'b', intView) })
    expect(seen(schema, { b: 10, a: 20 }, view)).toEqual({ a: 10, b: 20 })
  })

  it('always pass over what they do not want, whatever it is', () => {
    const anyWritten = anySchema.chain((schema) =>
      fc.record({ schema: fc.constant(schema), value: anyValueOf(schema) }),
    )
    fc.assert(
      fc.property(anyWritten, anyInt, ({ schema, value }, tail) => {
        const fields = [
          { name: 'extra', type: schema },
          { name: 'tail', type: 'int' },
        ]
        const record = { type: 'record', name: 'root', fields }
        const view = struct({ tail: fieldView(1, 'tail', intView) })
        expect(seen(record, { extra: value, tail }, view)).toEqual({ tail })
      }),
      runs(200),
    )
  })

  it('pass over enums and over items whose blocks tell their size', () => {
    const letter = new BinaryReader(Uint8Array.of(2, 7))
    skip(parseAvroType({ type: 'enum', name: 'e', symbols: ['a', 'b'] }))(letter)
    expect(letter.remaining).toBe(1)
    const items = new BinaryReader(Uint8Array.of(3, 4, 1, 1, 0, 7))
    skip(parseAvroType({ type: 'array', items: 'int' }))(items)
    expect(items.remaining).toBe(1)
  })
})

function seen<Value>(schema: unknown, value: unknown, view: View<Value>): Value {
  const reader = new BinaryReader(createEncoder(schema).toBuffer(value))
  const result = view.against(parseAvroType(schema), 'value')(reader)
  expect(reader.remaining).toBe(0)
  return result
}

type PlainSchema = 'boolean' | 'int' | 'long' | 'float' | 'double' | 'string' | 'bytes'

type Schema =
  | PlainSchema
  | { readonly type: 'array'; readonly items: Schema }
  | { readonly type: 'map'; readonly values: Schema }
  | { readonly type: 'record'; readonly name: string; readonly fields: readonly RecordField[] }
  | readonly ['null', Schema]

interface RecordField {
  readonly name: string
  readonly type: Schema
}

const anyPlainSchema = fc.constantFrom<PlainSchema[]>(
  'boolean',
  'int',
  'long',
  'float',
  'double',
  'string',
  'bytes',
)

const anyName = fc.uuid().map((uuid) => `r${uuid.replaceAll('-', '')}`)

const { schema: anySchema } = fc.letrec<{ schema: Schema }>((tie) => ({
  schema: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    anyPlainSchema,
    anyPlainSchema.map((inner): Schema => ['null', inner]),
    tie('schema').map((items): Schema => ({ type: 'array', items })),
    tie('schema').map((values): Schema => ({ type: 'map', values })),
    fc
      .tuple(anyName, fc.array(tie('schema'), { minLength: 1, maxLength: 3 }))
      .map(([name, types]): Schema => ({
        type: 'record',
        name,
        fields: types.map((type, index) => ({ name: `f${index}`, type })),
      })),
  ),
}))

function isOption(schema: Schema): schema is readonly ['null', Schema] {
  return Array.isArray(schema)
}

function anyValueOf(schema: Schema): fc.Arbitrary<unknown> {
  if (typeof schema === 'string') return anyPlainValue(schema)
  if (isOption(schema)) return fc.option(anyValueOf(schema[1]))
  switch (schema.type) {
    case 'array':
      return fc.array(anyValueOf(schema.items), { maxLength: 3 })
    case 'map':
      return fc.dictionary(fc.stringMatching(/^[a-z]{1,3}$/), anyValueOf(schema.values), {
        maxKeys: 3,
      })
    case 'record':
      return fc.record(
        Object.fromEntries(schema.fields.map(({ name, type }) => [name, anyValueOf(type)])),
        { noNullPrototype: true },
      )
    default:
      return unreachable(schema)
  }
}

function anyPlainValue(schema: PlainSchema): fc.Arbitrary<unknown> {
  switch (schema) {
    case 'boolean':
      return fc.boolean()
    case 'int':
      return anyInt
    case 'long':
      return anyLong
    case 'float':
    case 'double':
      return anyDouble
    case 'string':
      return anyString
    case 'bytes':
      return anyBytes.map((bytes) => Buffer.from(bytes))
    default:
      return unreachable(schema)
  }
}
