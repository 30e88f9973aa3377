import { describe, expect, it } from 'vitest'
import { parseJson } from '../../../src/base/json-exact.ts'
import { readObject } from '../../../src/base/json-fields.ts'
import type { JsonFields } from '../../../src/base/json-fields.ts'
import { thrownBy } from '../../support/thrown.ts'

function open(text: string): JsonFields {
  return readObject(parseJson(text), 'refs.main')
}

describe('typed reads from a JSON object', () => {
  it('reads each shape', () => {
    const fields = open(
      `{"s": "x", "l": 9223372036854775807, "small": -5, "i": 2147483647, "n": 9007199254740991,
        "b": false, "a": [1], "o": {"k": 1}, "m": {"__proto__": "p", "1": "one", "b": "two"}}`,
    )
    expect(fields.string('s')).toBe('x')
    expect(fields.long('l')).toBe(9223372036854775807n)
    expect(fields.long('small')).toBe(-5n)
    expect(fields.int('i')).toBe(2147483647)
    expect(fields.integer('n')).toBe(9007199254740991)
    expect(fields.boolean('b')).toBe(false)
    expect(fields.array('a')).toEqual([1])
    expect(fields.object('o')).toEqual({ k: 1 })
    expect([...fields.stringMap('m')]).toEqual([
      ['1', 'one'],
      ['__proto__', 'p'],
      ['b', 'two'],
    ])
    expect(fields.names()).toEqual(['s', 'l', 'small', 'i', 'n', 'b', 'a', 'o', 'm'])
  })

  it('gives undefined for optional fields that are absent or null', () => {
    const fields = open('{"null": null}')
    for (const name of ['null', 'absent', 'toString', '__proto__']) {
      expect(fields.optionalString(name)).toBeUndefined()
      expect(fields.optionalLong(name)).toBeUndefined()
      expect(fields.optionalInt(name)).toBeUndefined()
      expect(fields.optionalInteger(name)).toBeUndefined()
      expect(fields.optionalBoolean(name)).toBeUndefined()
      expect(fields.optionalArray(name)).toBeUndefined()
      expect(fields.optionalObject(name)).toBeUndefined()
      expect(fields.optionalStringMap(name)).toBeUndefined()
    }
  })

  it.each<[string, (fields: JsonFields) => unknown, string]>([
    ['{"f": 1}', (fields) => fields.string('f'), 'field is not a string'],
    ['{"f": 9223372036854775808}', (fields) => fields.long('f'), 'field is not a 64-bit integer'],
    ['{"f": 1.5}', (fields) => fields.long('f'), 'field is not a 64-bit integer'],
    ['{"f": "1"}', (fields) => fields.long('f'), 'field is not a 64-bit integer'],
    ['{"f": 1e300}', (fields) => fields.long('f'), 'field is not a 64-bit integer'],
    ['{"f": 2147483648}', (fields) => fields.int('f'), 'field is not a 32-bit integer'],
    [
      '{"f": 9007199254740992}',
      (fields) => fields.integer('f'),
      'field is not an integer below 2^53',
    ],
    ['{"f": 1.5}', (fields) => fields.optionalInteger('f'), 'field is not an integer below 2^53'],
    ['{"f": 0}', (fields) => fields.boolean('f'), 'field is not a boolean'],
    ['{"f": {}}', (fields) => fields.array('f'), 'field is not an array'],
    ['{"f": []}', (fields) => fields.object('f'), 'field is not an object'],
    ['{"f": null}', (fields) => fields.object('f'), 'field is not an object'],
    ['{}', (fields) => fields.string('f'), 'required field is missing'],
    ['{}', (fields) => fields.string('f'), 'required field is missing'],
  ])('refuses %s and says where it stands', (text, read, message) => {
    const error = thrownBy(() => read(open(text)))
    expect(error).toMatchObject({ kind: 'corrupt', message, context: { path: 'refs.main.f' } })
  })

  it('points to the entry of a map that is no string', () => {
    const error = thrownBy(() => open('{"m": {"a": "x", "b": 1}}').stringMap('m'))
    expect(error.context).toEqual({ path: 'refs.main.m.b' })
  })

  it('takes what an object inherits for no field', () => {
    expect(thrownBy(() => open('{}').object('constructor')).message).toBe(
      'required field is missing',
    )
  })

  it('opens nothing but objects', () => {
    for (const json of [null, undefined, [], 'x', 1, true]) {
      expect(thrownBy(() => readObject(json, 'here'))).toMatchObject({
        kind: 'corrupt',
        context: { path: 'here' },
      })
    }
  })

  it('names the fields of the document itself without a dot', () => {
    expect(readObject({}, '').path('format-version')).toBe('format-version')
    expect(readObject({}, 'a[0]').path('b')).toBe('a[0].b')
  })
})
