import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { schemaProblems } from '../../../src/types/schema-check.ts'
import { parseSchemaText } from '../../../src/types/schema-text.ts'
import { assignFreshIds, withFreshIds } from '../../../src/types/schema-walk.ts'
import { allFields, highestFieldId } from '../../../src/types/schema.ts'
import { anySchema } from '../../support/arbitraries/schemas.ts'
import { runs } from '../../support/runs.ts'

describe('fresh ids', () => {
  it('number a level before what is inside it, and a key before its value', () => {
    const { fields } = parseSchemaText(
      'a int, s struct<x: int, l: list<struct<y: int>>>, m map<string, struct<z: int>>, b int',
    )
    const ids = allFields({ schemaId: 0, fields, identifierFieldIds: [] }).map(
      ({ path, field }) => `${path.join('.')} ${field.id}`,
    )
    expect(ids).toEqual([
      'a 1',
      's 2',
      's.x 5',
      's.l 6',
      's.l.element 7',
      's.l.element.y 8',
      'm 3',
      'm.key 9',
      'm.value 10',
      'm.value.z 11',
      'b 4',
    ])
  })

  it('leave the identifier fields the same fields', () => {
    const { fields } = parseSchemaText('a int not null, b int not null')
    const moved = fields.map((field) => ({ ...field, id: field.id + 40 }))
    const fresh = withFreshIds({ schemaId: 3, fields: moved, identifierFieldIds: [42] })
    expect(fresh).toEqual({ schemaId: 3, fields, identifierFieldIds: [2] })
  })

  it('always are all the numbers from 1 to the highest', () => {
    fc.assert(
      fc.property(anySchema({ maxDepth: 3, formatVersion: 3, carried: true }), (schema) => {
        const ids = allFields(schema).map(({ field }) => field.id)
        expect(ids.toSorted((a, b) => a - b)).toEqual(ids.map((_, index) => index + 1))
        expect(highestFieldId(schema)).toBe(ids.length)
        expect(schemaProblems(schema)).toEqual([])
      }),
      runs(100),
    )
  })

  it('never change when they are assigned again', () => {
    fc.assert(
      fc.property(anySchema({ maxDepth: 3, formatVersion: 3, carried: true }), (schema) => {
        expect(assignFreshIds(schema.fields)).toEqual(schema.fields)
        expect(withFreshIds(schema)).toEqual(schema)
      }),
      runs(100),
    )
  })
})
