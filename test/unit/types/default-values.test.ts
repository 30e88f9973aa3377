import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  STRUCT_DEFAULT,
  effectiveInitialDefault,
  effectiveWriteDefault,
  isDefaultWhole,
} from '../../../src/types/default-values.ts'
import { allFields } from '../../../src/types/schema.ts'
import type { Field } from '../../../src/types/type.ts'
import type { Value } from '../../../src/types/value.ts'
import { anySchema } from '../../support/arbitraries/schemas.ts'
import { runs } from '../../support/runs.ts'
import { thrownBy } from '../../support/thrown.ts'

function point(initialDefault?: Value): Field {
  const coordinate = (id: number, name: string): Field => ({
    id,
    name,
    required: false,
    type: { kind: 'int' },
    initialDefault: 0,
    writeDefault: id,
  })
  const type = { kind: 'struct', fields: [coordinate(2, 'x'), coordinate(3, 'y')] } as const
  const field = { id: 1, name: 'point', required: false, type }
  return initialDefault === undefined ? field : { ...field, initialDefault, writeDefault: [] }
}

describe('default values (spec: Default values)', () => {
  it('are null where there is none', () => {
    expect(effectiveInitialDefault(point())).toBeNull()
    expect(effectiveWriteDefault(point())).toBeNull()
  })

  it('of a struct come from its fields', () => {
    expect(effectiveInitialDefault(point(STRUCT_DEFAULT))).toEqual([0, 0])
    expect(effectiveWriteDefault(point(STRUCT_DEFAULT))).toEqual([2, 3])
  })

  it('of a struct need one for every required field inside', () => {
    const inner: Field = { id: 2, name: 'x', required: true, type: { kind: 'int' } }
    const type = { kind: 'struct', fields: [inner] } as const
    const outer: Field = { id: 1, name: 's', required: false, type, initialDefault: [] }
    expect(isDefaultWhole(outer)).toBe(false)
    expect(isDefaultWhole({ id: 1, name: 's', required: false, type })).toBe(true)
    expect(thrownBy(() => effectiveInitialDefault(outer))).toMatchObject({
      kind: 'corrupt',
      context: { field: 'x' },
    })
    expect(effectiveWriteDefault(outer)).toBeNull()
  })

  it('never leave a required field null where they are whole', () => {
    fc.assert(
      fc.property(anySchema({ formatVersion: 3 }), (schema) => {
        for (const { field } of allFields(schema)) {
          expect(isDefaultWhole(field)).toBe(true)
          expectNoNulls(field, effectiveInitialDefault(field))
          expectNoNulls(field, effectiveWriteDefault(field))
        }
      }),
      runs(100),
    )
  })
})

function expectNoNulls({ type }: Field, value: Value | null): void {
  if (value === null || type.kind !== 'struct') return
  const parts = value as readonly (Value | null)[]
  expect(parts).toHaveLength(type.fields.length)
  for (const [index, inner] of type.fields.entries()) {
    const part = parts[index] ?? null
    if (inner.required) expect(part).not.toBeNull()
    expectNoNulls(inner, part)
  }
}
