import { describe, expect, it } from 'vitest'
import {
  checkNewSchema,
  newSchemaProblems,
  schemaProblems,
} from '../../../src/types/schema-check.ts'
import { parseSchemaText } from '../../../src/types/schema-text.ts'
import { findFieldByPath } from '../../../src/types/schema.ts'
import type { Schema } from '../../../src/types/schema.ts'
import { thrownBy } from '../../support/thrown.ts'

function identifiedBy(text: string, ...path: string[]): Schema {
  const schema = parseSchemaText(text)
  const entry = findFieldByPath(schema, path)
  return { ...schema, identifierFieldIds: [entry?.field.id ?? 99] }
}

describe('identifier fields (spec: Identifier Field IDs)', () => {
  it.each([
    ['id long not null', ['id']],
    ['s struct<id: uuid not null> not null', ['s', 'id']],
  ])('of %j may be %j', (text, path) => {
    expect(schemaProblems(identifiedBy(text, ...path))).toEqual([])
  })

  it.each([
    ['id long', ['id'], 'an identifier field and all around it must be required'],
    [
      's struct<id: int not null>',
      ['s', 'id'],
      'an identifier field and all around it must be required',
    ],
    ['id double not null', ['id'], 'an identifier field must not be floating point'],
    ['id float not null', ['id'], 'an identifier field must not be floating point'],
    ['s struct<id: int not null> not null', ['s'], 'an identifier field must be primitive'],
    [
      'l list<int not null> not null',
      ['l', 'element'],
      'an identifier field must not be inside a list or map',
    ],
    [
      'm map<int, int> not null',
      ['m', 'key'],
      'an identifier field must not be inside a list or map',
    ],
    ['id long not null', ['gone'], 'no field has this id'],
  ])('of %j are not %j: %s', (text, path, message) => {
    expect(schemaProblems(identifiedBy(text, ...path)).map((problem) => problem.message)).toEqual([
      message,
    ])
  })
})

describe('a column of unknown type', () => {
  it('is never required (spec: Primitive Types)', () => {
    for (const text of ['x unknown not null', 'x list<unknown not null>']) {
      const problems = thrownBy(() => parseSchemaText(text)).problems
      expect(problems.map(({ message }) => message)).toEqual([
        'a field of unknown type must be optional',
      ])
    }
    expect(parseSchemaText('x list<unknown>').fields).toHaveLength(1)
    expect(
      thrownBy(() => parseSchemaText('x map<unknown, int>')).problems.map(({ path }) => path),
    ).toEqual(['x.key'])
  })
})

describe('a new schema', () => {
  const dotted: Schema = {
    schemaId: 0,
    identifierFieldIds: [],
    fields: [
      { id: 1, name: 'a.b', required: false, type: { kind: 'int' } },
      {
        id: 2,
        name: 'a',
        required: false,
        type: {
          kind: 'struct',
          fields: [{ id: 3, name: 'b', required: false, type: { kind: 'int' } }],
        },
      },
    ],
  }

  it('has no two columns that read the same, though an old one may', () => {
    expect(newSchemaProblems(dotted)).toEqual([
      { path: 'a.b', message: 'two columns have this path' },
    ])
    expect(schemaProblems(dotted)).toEqual([])
  })

  it.each<Schema['fields'][number]['type']>([
    { kind: 'decimal', precision: 0, scale: 0 },
    { kind: 'decimal', precision: 39, scale: 0 },
    { kind: 'decimal', precision: 9, scale: 10 },
    { kind: 'decimal', precision: 9, scale: -1 },
    { kind: 'decimal', precision: 9.5, scale: 0 },
    { kind: 'fixed', length: 0 },
    { kind: 'fixed', length: Number.NaN },
    { kind: 'geometry', crs: '' },
    { kind: 'geometry', crs: ' EPSG:4326' },
    { kind: 'geometry', crs: 'a)' },
    { kind: 'geography', crs: 'a,b' },
  ])('has no type %j', (type) => {
    const fields = [{ id: 1, name: 'x', required: false, type }]
    expect(newSchemaProblems({ schemaId: 0, fields, identifierFieldIds: [] })).toEqual([
      { path: 'x', message: 'type has a parameter out of range' },
    ])
  })

  const UNIT: Schema['fields'][number]['type'] = {
    kind: 'struct',
    fields: [{ id: 2, name: 'a', required: true, type: { kind: 'int' } }],
  }

  it.each<[Schema['fields'][number], string]>([
    [
      { id: 2147483448, name: 'x', required: false, type: { kind: 'int' } },
      'id is reserved for metadata columns',
    ],
    [
      { id: 1, name: 'x', required: false, type: { kind: 'unknown' }, writeDefault: 1 },
      'type has no default but null',
    ],
    [
      { id: 1, name: 'x', required: false, type: { kind: 'variant' }, initialDefault: 1 },
      'type has no default but null',
    ],
    [
      { id: 1, name: 'x', required: false, type: UNIT, initialDefault: [] },
      'default of a struct leaves a required field null',
    ],
  ])('has no field like %j: %s', (field, message) => {
    const schema = { schemaId: 0, fields: [field], identifierFieldIds: [] }
    expect(newSchemaProblems(schema)).toEqual([{ path: 'x', message }])
  })

  it('has no default of a struct with values, which its fields have themselves', () => {
    const type = {
      kind: 'struct',
      fields: [{ id: 2, name: 'a', required: true, type: { kind: 'int' }, writeDefault: 1 }],
    } as const
    const field = { id: 1, name: 'x', required: false, type, writeDefault: [2] }
    const schema = { schemaId: 0, fields: [field], identifierFieldIds: [] }
    expect(newSchemaProblems(schema).map(({ message }) => message)).toEqual([
      'default of a struct has values of its fields',
    ])
  })

  it('is refused with all its faults', () => {
    const error = thrownBy(() => checkNewSchema(dotted))
    expect(error.kind).toBe('invalid')
    expect(error.problems).toHaveLength(1)
  })
})
