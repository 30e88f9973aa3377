import { describe, expect, it } from 'vitest'

import { inferSchema } from '../../../../../src/jobs/sources/kafka/infer-schema.ts'
import { formatType } from '../../../../../src/types/type.ts'

function columnsOf(...objects: readonly unknown[]): Readonly<Record<string, string>> {
  const { fields } = inferSchema(objects)
  expect(fields.every(({ required }) => !required)).toBe(true)
  return Object.fromEntries(fields.map(({ name, type }) => [name, formatType(type)]))
}

describe('what columns JSON seems to have', () => {
  it('holds every value that was seen', () => {
    expect(
      columnsOf(
        { a: 1, b: 'x', c: true, d: null },
        { a: 1.5, e: 9_007_199_254_740_993n, b: null, f: [1, 2.5] },
        { d: { g: 1 }, f: [], h: [{ i: 'x' }, { j: null }] },
      ),
    ).toEqual({
      a: 'double',
      b: 'string',
      c: 'boolean',
      d: 'struct<8: g: optional long>',
      e: 'long',
      f: 'list<double>',
      h: 'list<struct<11: i: optional string, 12: j: optional string>>',
    })
  })

  it('is text where nothing was seen, and nothing where there was nothing in it', () => {
    expect(columnsOf({ a: null, b: [], c: {}, d: [{}] })).toEqual({
      a: 'string',
      b: 'list<string>',
    })
  })

  it.each([
    [[{ a: 1 }, { a: 'x' }], 'a'],
    [[{ a: { b: true } }, { a: { b: 1 } }], 'a.b'],
    [[{ a: [1, 'x'] }], 'a.element'],
    [[{ a: 1n << 64n }], 'a'],
  ])('is not guessed of %s', (objects, path) => {
    expect(() => inferSchema(objects)).toThrow(
      expect.objectContaining({ kind: 'invalid', context: expect.objectContaining({ path }) }),
    )
  })

  it.each([[[]], [[{}]], [[1]], [[null]]])('is nothing of %j', (objects) => {
    expect(() => inferSchema(objects)).toThrow(
      expect.objectContaining({ message: 'no columns can be seen: set a schema' }),
    )
  })
})
