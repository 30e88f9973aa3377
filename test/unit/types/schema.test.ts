import { describe, expect, it } from 'vitest'
import { parseSchemaText } from '../../../src/types/schema-text.ts'
import { allFields, findField, findFieldByPath, highestFieldId } from '../../../src/types/schema.ts'
import type { Schema } from '../../../src/types/schema.ts'
import { equalTypes } from '../../../src/types/equal-types.ts'
import { formatType } from '../../../src/types/type.ts'
import type { Type } from '../../../src/types/type.ts'

const WITHOUT_DOT = parseSchemaText(
  'id long not null, dotted int, a struct<b: string>, l list<struct<x: int>>, m map<string, date>',
)

/** An old table may have both `a.b` and `a` with `b` in it; no new one has. */
const SCHEMA: Schema = {
  ...WITHOUT_DOT,
  fields: WITHOUT_DOT.fields.map((field) =>
    field.name === 'dotted' ? { ...field, name: 'a.b' } : field,
  ),
}

describe('the fields of a schema', () => {
  it('are found at any depth, with the way to them', () => {
    const entry = findFieldByPath(SCHEMA, ['l', 'element', 'x'])
    expect(entry).toMatchObject({ path: ['l', 'element', 'x'], ids: [4, 7, 8], isRepeated: true })
    expect(findField(SCHEMA, 8)).toBe(entry)
    expect(findFieldByPath(SCHEMA, ['a', 'b'])).toMatchObject({ isRepeated: false })
    expect(findFieldByPath(SCHEMA, ['m', 'value'])?.field.type).toEqual({ kind: 'date' })
  })

  it('are told apart when a name has a dot', () => {
    expect(findFieldByPath(SCHEMA, ['a.b'])?.field.type.kind).toBe('int')
    expect(findFieldByPath(SCHEMA, ['a', 'b'])?.field.type.kind).toBe('string')
    expect(findFieldByPath(SCHEMA, ['a', 'c'])).toBeUndefined()
    expect(findField(SCHEMA, 99)).toBeUndefined()
  })

  it('come with parents before their children', () => {
    expect(allFields(SCHEMA).map(({ field }) => field.id)).toEqual([1, 2, 3, 6, 4, 7, 8, 5, 9, 10])
    expect(highestFieldId(SCHEMA)).toBe(10)
    expect(highestFieldId({ schemaId: 0, fields: [], identifierFieldIds: [] })).toBe(0)
  })
})

describe('types', () => {
  function typeOf(text: string): Type {
    return { kind: 'struct', fields: parseSchemaText(text).fields }
  }

  it('are the same when all but the docs is', () => {
    const type = typeOf('a decimal(9,2), l list<int>, m map<string, fixed[4]>, s struct<x: int>')
    const fields = type.kind === 'struct' ? type.fields : []
    const documented: Type = {
      kind: 'struct',
      fields: fields.map((field) => ({ ...field, doc: 'x' })),
    }
    expect(equalTypes(type, documented)).toBe(true)
  })

  it('are printed with ids, names and what is required', () => {
    expect(
      formatType(typeOf('a decimal(9,2) not null, l list<fixed[4]>, m map<string, int>')),
    ).toBe(
      'struct<1: a: required decimal(9, 2), 2: l: optional list<fixed[4]>, 3: m: optional map<string, int>>',
    )
  })

  it.each([
    ['a int', 'a long'],
    ['a int', 'b int'],
    ['a int', 'a int not null'],
    ['a int', 'a int, b int'],
    ['a decimal(9,2)', 'a decimal(9,3)'],
    ['a decimal(9,2)', 'a decimal(8,2)'],
    ['a fixed[4]', 'a fixed[5]'],
    ['a list<int>', 'a list<int not null>'],
    ['a list<int>', 'a list<long>'],
    ['a map<int, int>', 'a map<int, int not null>'],
    ['a map<int, int>', 'a map<long, int>'],
    ['a map<int, int>', 'a map<int, long>'],
    ['a struct<b: int>', 'a struct<b: long>'],
  ])('of %s and %s differ', (left, right) => {
    expect(equalTypes(typeOf(left), typeOf(right))).toBe(false)
  })
})
