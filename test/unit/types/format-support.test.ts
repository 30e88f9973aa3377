import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { schemaVersionProblems } from '../../../src/types/format-support.ts'
import { parseSchemaText } from '../../../src/types/schema-text.ts'
import { anySchema } from '../../support/arbitraries/schemas.ts'
import { runs } from '../../support/runs.ts'

describe('what a schema may hold by format version', () => {
  it.each([1, 2])('excludes the types of version 3 from version %i', (version) => {
    const schema = parseSchemaText(
      'a timestamp_ns, b timestamptz_ns, c unknown, d variant, e geometry, f geography, ' +
        'ok timestamptz, s struct<l: list<variant>>',
    )
    const problems = schemaVersionProblems(schema, version)
    expect(problems.map(({ path }) => path)).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 's.l.element'])
    expect(problems[0]?.message).toBe('type timestamp_ns needs format version 3')
    expect(schemaVersionProblems(schema, 3)).toEqual([])
  })

  it('excludes default values before version 3', () => {
    const fields = [
      { id: 1, name: 'a', required: false, type: { kind: 'int' }, initialDefault: 0 },
      { id: 2, name: 'b', required: false, type: { kind: 'int' }, writeDefault: 0 },
    ] as const
    const schema = { schemaId: 0, fields, identifierFieldIds: [] }
    expect(schemaVersionProblems(schema, 2)).toEqual([
      { path: 'a', message: 'a default value needs format version 3' },
      { path: 'b', message: 'a default value needs format version 3' },
    ])
    expect(schemaVersionProblems(schema, 3)).toEqual([])
  })

  it('never excludes a schema made of what all versions have', () => {
    fc.assert(
      fc.property(anySchema(), fc.constantFrom(1, 2, 3), (schema, version) => {
        expect(schemaVersionProblems(schema, version)).toEqual([])
      }),
      runs(50),
    )
  })
})
