import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  formatNameMapping,
  mappedFieldId,
  nameMappingOf,
  parseNameMapping,
  updateNameMapping,
} from '../../../src/types/name-mapping.ts'
import { changeSchema } from '../../../src/types/schema-change.ts'
import type { SchemaEdit } from '../../../src/types/schema-change.ts'
import { parseSchemaText } from '../../../src/types/schema-text.ts'
import { allFields, highestFieldId } from '../../../src/types/schema.ts'
import type { Schema } from '../../../src/types/schema.ts'
import { anySchema } from '../../support/arbitraries/schemas.ts'
import { runs } from '../../support/runs.ts'
import { thrownBy } from '../../support/thrown.ts'

const PLACES = `[ { "field-id": 1, "names": ["id", "record_id"] },
  { "field-id": 2, "names": ["data", "a.b"] },
  { "names": ["only in files"] },
  { "field-id": 9, "names": [] },
  { "field-id": 3, "names": ["location"], "fields": [
    { "field-id": 4, "names": ["latitude", "lat"] },
    { "field-id": 5, "names": ["longitude", "long"] } ] } ]`

function changed(schema: Schema, change: (edit: SchemaEdit) => void): Schema {
  const lastColumnId = highestFieldId(schema)
  return changeSchema({ schema, lastColumnId, formatVersion: 2 }, change).schema
}

describe('a name mapping (spec: Name Mapping Serialization)', () => {
  const mapping = parseNameMapping(PLACES)

  it.each<[string[], number | null]>([
    [['id'], 1],
    [['record_id'], 1],
    [['a.b'], 2],
    [['a', 'b'], null],
    [['location', 'lat'], 4],
    [['location', 'long'], 5],
    [['lat'], null],
    [['location'], 3],
    [['only in files'], null],
    [['ID'], null],
    [[], null],
  ])('finds for the column %j the field %s', (path, fieldId) => {
    expect(mappedFieldId(mapping, path)).toBe(fieldId)
  })

  it('is written without what is not there', () => {
    expect(formatNameMapping(mapping)).toBe(
      '[{"field-id":1,"names":["id","record_id"]},{"field-id":2,"names":["data","a.b"]},' +
        '{"names":["only in files"]},{"field-id":9,"names":[]},' +
        '{"field-id":3,"names":["location"],"fields":[' +
        '{"field-id":4,"names":["latitude","lat"]},{"field-id":5,"names":["longitude","long"]}]}]',
    )
  })

  it.each([
    '',
    '{}',
    '[1]',
    '[{"field-id": 1}]',
    '[{"names": [1]}]',
    '[{"field-id": "1", "names": []}]',
    '[{"names": ["a"], "fields": {}}]',
    '[{"field-id": 1, "names": ["a"]}, {"field-id": 2, "names": ["b", "a"]}]',
    '[{"field-id": 1, "names": ["a"]}, {"field-id": 1, "names": ["b"]}]',
    '[{"field-id": 1, "names": ["a"], "fields": [{"field-id": 1, "names": ["b"]}]}]',
  ])('is not %s', (text) => {
    expect(thrownBy(() => parseNameMapping(text)).kind).toBe('corrupt')
  })

  it('may name a field twice, and use a name again in another struct', () => {
    const text =
      '[{"field-id": 1, "names": ["a", "a"]},' +
      '{"field-id": 2, "names": ["b"], "fields": [{"field-id": 3, "names": ["a"]}]}]'
    expect(mappedFieldId(parseNameMapping(text), ['b', 'a'])).toBe(3)
  })

  it('of a schema always finds each field by its path', () => {
    fc.assert(
      fc.property(anySchema({ maxDepth: 3, formatVersion: 3, carried: true }), (schema) => {
        const written = parseNameMapping(formatNameMapping(nameMappingOf(schema)))
        for (const { field, path } of allFields(schema)) {
          expect(mappedFieldId(written, path)).toBe(field.id)
        }
      }),
      runs(100),
    )
  })
})

describe('a name mapping of a schema that changes', () => {
  const before = parseSchemaText('id int, s struct<a: int, b: int>, l list<struct<x: int>>')

  function updated(change: (edit: SchemaEdit) => void): string {
    const after = changed(before, change)
    return formatNameMapping(updateNameMapping(nameMappingOf(before), before, after))
  }

  it('stays when nothing is named', () => {
    expect(updated((edit) => edit.move(['id'], { after: 's' }))).toBe(
      formatNameMapping(nameMappingOf(before)),
    )
  })

  it('knows a renamed field by both names', () => {
    const mapping = parseNameMapping(updated((edit) => edit.rename(['s', 'a'], 'c')))
    expect(mappedFieldId(mapping, ['s', 'a'])).toBe(4)
    expect(mappedFieldId(mapping, ['s', 'c'])).toBe(4)
  })

  it('gains what was added, at every depth', () => {
    const mapping = parseNameMapping(
      updated((edit) => {
        edit.add(['m'], parsedField('m map<string, struct<y: int>>'))
        edit.add(['l', 'element', 'z'], { type: { kind: 'int' } })
      }),
    )
    expect(mappedFieldId(mapping, ['m', 'value', 'y'])).toBe(11)
    expect(mappedFieldId(mapping, ['l', 'element', 'z'])).toBe(12)
  })

  it('gives a name that is used again to the field that has it now', () => {
    const mapping = parseNameMapping(
      updated((edit) => {
        edit.drop(['id'])
        edit.add(['id'], { type: { kind: 'string' } })
        edit.rename(['s', 'a'], 'old')
        edit.rename(['s', 'b'], 'a')
      }),
    )
    expect(mappedFieldId(mapping, ['id'])).toBe(8)
    expect(mappedFieldId(mapping, ['s', 'a'])).toBe(5)
    expect(mappedFieldId(mapping, ['s', 'b'])).toBe(5)
    expect(mappedFieldId(mapping, ['s', 'old'])).toBe(4)
  })

  it('keeps names that only files have, and what was dropped', () => {
    const mapping = parseNameMapping(
      '[{"field-id": 1, "names": ["id", "key"]}, {"names": ["extra"]}]',
    )
    const after = changed(before, (edit) => edit.drop(['id']))
    expect(updateNameMapping(mapping, before, after)).toEqual(mapping)
  })
})

function parsedField(text: string): { readonly type: Schema['fields'][number]['type'] } {
  const [field] = parseSchemaText(text).fields
  if (field === undefined) throw new Error('no field')
  return field
}
