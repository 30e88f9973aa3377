import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseJson, stringifyJson } from '../../../src/base/json-exact.ts'
import {
  schemaFromJson,
  schemaToJson,
  typeFromJson,
  typeToJson,
} from '../../../src/types/schema-json.ts'
import type { Type } from '../../../src/types/type.ts'
import { anySchema } from '../../support/arbitraries/schemas.ts'
import { runs } from '../../support/runs.ts'
import { thrownBy } from '../../support/thrown.ts'

function schemaText(fields: string, more = ''): string {
  return `{"type": "struct", "schema-id": 1, ${more} "fields": [${fields}]}`
}

const ID = '{"id": 1, "name": "id", "required": true, "type": "long"}'

describe('schemas as JSON (spec: Schemas)', () => {
  it('hold each kind of type', () => {
    const text = schemaText(
      `{"id": 1, "name": "id", "required": true, "type": "long", "doc": "the key"},
       {"id": 2, "name": "fare", "required": false, "type": "decimal(9,2)"},
       {"id": 3, "name": "hash", "required": false, "type": "fixed[16]"},
       {"id": 4, "name": "tags", "required": false,
        "type": {"type": "list", "element-id": 5, "element": "string", "element-required": true}},
       {"id": 6, "name": "counts", "required": false,
        "type": {"type": "map", "key-id": 7, "key": "string",
                 "value-id": 8, "value": "int", "value-required": false}},
       {"id": 9, "name": "driver", "required": false,
        "type": {"type": "struct", "fields": [
          {"id": 10, "name": "name", "required": true, "type": "string"}]}}`,
      '"identifier-field-ids": [1],',
    )
    expect(schemaFromJson(parseJson(text), 'schemas[0]')).toEqual({
      schemaId: 1,
      identifierFieldIds: [1],
      fields: [
        { id: 1, name: 'id', required: true, type: { kind: 'long' }, doc: 'the key' },
        { id: 2, name: 'fare', required: false, type: { kind: 'decimal', precision: 9, scale: 2 } },
        { id: 3, name: 'hash', required: false, type: { kind: 'fixed', length: 16 } },
        {
          id: 4,
          name: 'tags',
          required: false,
          type: { kind: 'list', elementId: 5, elementRequired: true, element: { kind: 'string' } },
        },
        {
          id: 6,
          name: 'counts',
          required: false,
          type: {
            kind: 'map',
            keyId: 7,
            key: { kind: 'string' },
            valueId: 8,
            valueRequired: false,
            value: { kind: 'int' },
          },
        },
        {
          id: 9,
          name: 'driver',
          required: false,
          type: {
            kind: 'struct',
            fields: [{ id: 10, name: 'name', required: true, type: { kind: 'string' } }],
          },
        },
      ],
    })
  })

  it('are spelled as other writers spell them', () => {
    const schema = schemaFromJson(parseJson(schemaText(ID, '"identifier-field-ids": [1],')), '')
    expect(stringifyJson(schemaToJson(schema))).toBe(
      '{"type":"struct","schema-id":1,"identifier-field-ids":[1],' +
        '"fields":[{"id":1,"name":"id","required":true,"type":"long"}]}',
    )
    expect(typeToJson({ kind: 'decimal', precision: 9, scale: 2 })).toBe('decimal(9, 2)')
    expect(typeToJson({ kind: 'fixed', length: 16 })).toBe('fixed[16]')
  })

  it('have the id 0 where version 1 left it out', () => {
    expect(schemaFromJson({ type: 'struct', fields: [] }, '').schemaId).toBe(0)
  })

  it.each(['decimal(9,2)', 'decimal(9, 2)', 'decimal( 9 , 2 )'])('read the spelling %s', (text) => {
    expect(typeFromJson(text, '')).toEqual({ kind: 'decimal', precision: 9, scale: 2 })
  })

  it.each([
    '',
    'Long',
    'int32',
    'decimal(39,0)',
    'decimal(0,0)',
    'decimal(3,4)',
    'decimal(3)',
    'decimal(3,-1)',
    'fixed[0]',
    'fixed(16)',
    'list',
  ])('refuse the type %j', (text) => {
    expect(thrownBy(() => typeFromJson(text, 'fields[0].type'))).toMatchObject({
      kind: 'corrupt',
      context: { path: 'fields[0].type', type: text },
    })
  })

  it.each<[string, Type, string]>([
    ['timestamp_ns', { kind: 'timestamp_ns' }, 'timestamp_ns'],
    ['timestamptz_ns', { kind: 'timestamptz_ns' }, 'timestamptz_ns'],
    ['unknown', { kind: 'unknown' }, 'unknown'],
    ['variant', { kind: 'variant' }, 'variant'],
    ['geometry', { kind: 'geometry' }, 'geometry(OGC:CRS84)'],
    ['geometry(OGC:CRS84)', { kind: 'geometry' }, 'geometry(OGC:CRS84)'],
    ['geometry (  srid:4326 )', { kind: 'geometry', crs: 'srid:4326' }, 'geometry(srid:4326)'],
    ['geography', { kind: 'geography' }, 'geography(OGC:CRS84, spherical)'],
    [
      'geography(srid:4326)',
      { kind: 'geography', crs: 'srid:4326' },
      'geography(srid:4326, spherical)',
    ],
    [
      'geography( OGC:CRS84 ,karney )',
      { kind: 'geography', algorithm: 'karney' },
      'geography(OGC:CRS84, karney)',
    ],
  ])('read %j of version 3 and write it in full', (text, type, written) => {
    expect(typeFromJson(text, '')).toEqual(type)
    expect(typeToJson(type)).toBe(written)
  })

  it.each(['geometry()', 'geometry(', 'geometry(a)b', 'geography(a, flat)', 'geography(a, b, c)'])(
    'refuse the type %j',
    (text) => {
      expect(thrownBy(() => typeFromJson(text, '')).kind).toBe('corrupt')
    },
  )

  describe('with default values (spec: Default values)', () => {
    const fieldWith = (type: string, defaults: string): string =>
      schemaText(`{"id": 1, "name": "x", "required": false, "type": ${type}, ${defaults}}`)

    it('hold them as values of the type', () => {
      const text = fieldWith('"long"', '"initial-default":9007199254740993,"write-default":-1')
      const schema = schemaFromJson(parseJson(text), '')
      expect(schema.fields[0]).toMatchObject({
        initialDefault: 9007199254740993n,
        writeDefault: -1n,
      })
      expect(stringifyJson(schemaToJson(schema))).toContain(
        '"initial-default":9007199254740993,"write-default":-1',
      )
    })

    it('hold none where it is null', () => {
      const text = fieldWith('"long"', '"initial-default": null, "write-default": null')
      expect(schemaFromJson(parseJson(text), '').fields[0]).toEqual({
        id: 1,
        name: 'x',
        required: false,
        type: { kind: 'long' },
      })
    })

    it('have no more to say of a struct than that it is not null', () => {
      const struct = `{"type": "struct", "fields": [
        {"id": 2, "name": "a", "required": false, "type": "int", "initial-default": 7}]}`
      const schema = schemaFromJson(parseJson(fieldWith(struct, '"initial-default": {}')), '')
      expect(schema.fields[0]).toMatchObject({ initialDefault: [] })
      expect(stringifyJson(schemaToJson(schema))).toContain('"initial-default":{}')
      const full = parseJson(fieldWith(struct, '"initial-default": {"2": 3}'))
      expect(thrownBy(() => schemaFromJson(full, 'schemas[0]'))).toMatchObject({
        kind: 'corrupt',
        context: { path: 'schemas[0].fields[0].initial-default' },
      })
    })

    it.each([
      ['"int"', '"write-default": "1"'],
      ['"timestamp_ns"', '"write-default": "2026-01-31"'],
      ['"unknown"', '"write-default": 1'],
      ['"variant"', '"initial-default": 1'],
      ['"geometry"', '"initial-default": "POINT (30 10)"'],
      ['"geography"', '"write-default": "POINT (30 10)"'],
    ])('refuse for %s the default %s', (type, defaults) => {
      const text = parseJson(fieldWith(type, defaults))
      expect(thrownBy(() => schemaFromJson(text, '')).kind).toBe('corrupt')
    })
  })

  it.each([
    [schemaText(`${ID}, {"id": 1, "name": "b", "required": true, "type": "int"}`), 'b'],
    [schemaText(`${ID}, {"id": 2, "name": "id", "required": true, "type": "int"}`), 'id'],
    [schemaText(ID, '"identifier-field-ids": [7],'), 'identifier-field-ids: 7'],
  ])('point to what is wrong with %s', (text, path) => {
    const error = thrownBy(() => schemaFromJson(parseJson(text), 'schemas[0]'))
    expect(error.kind).toBe('corrupt')
    expect(error.problems.map((problem) => problem.path)).toEqual([path])
  })

  it.each([
    '[]',
    '"struct"',
    '{"fields": []}',
    '{"type": "list", "fields": []}',
    '{"type": "struct"}',
  ])('are not %s', (text) => {
    expect(thrownBy(() => schemaFromJson(parseJson(text), '')).kind).toBe('corrupt')
  })

  it('always read back what was written', () => {
    fc.assert(
      fc.property(anySchema({ maxDepth: 3, formatVersion: 3, carried: true }), (schema) => {
        const text = stringifyJson(schemaToJson(schema))
        expect(schemaFromJson(parseJson(text), '')).toStrictEqual(schema)
      }),
      runs(150),
    )
  })
})
