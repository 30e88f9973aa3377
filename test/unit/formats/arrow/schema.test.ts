import { Table, Field as ArrowField, Int32, tableFromIPC, tableToIPC } from 'apache-arrow'
import type { Field as AnyArrowField } from 'apache-arrow'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { batchFromValues } from '../../../../src/formats/arrow/builders.ts'
import {
  FIELD_ID_KEY,
  arrowFieldOf,
  arrowSchemaOf,
  fieldIdOf,
} from '../../../../src/formats/arrow/schema.ts'
import { allFields } from '../../../../src/types/schema.ts'
import { anySchema } from '../../../support/arbitraries/schemas.ts'
import { runs } from '../../../support/runs.ts'

/** Every field of an Arrow schema with an id, parents before children. */
function idsAndNames(fields: readonly AnyArrowField[]): [number, string, boolean][] {
  return fields.flatMap((field) => {
    const id = fieldIdOf(field)
    const own: [number, string, boolean][] = id === null ? [] : [[id, field.name, field.nullable]]
    const children: readonly AnyArrowField[] = field.type.children ?? []
    return [...own, ...idsAndNames(children)]
  })
}

describe('the Arrow schema of a table schema', () => {
  it('spells types as Parquet needs them', () => {
    const fields = [
      { kind: 'timestamp' } as const,
      { kind: 'timestamptz' } as const,
      { kind: 'time' } as const,
      { kind: 'uuid' } as const,
      { kind: 'decimal', precision: 9, scale: 2 } as const,
    ].map((type, index) => ({ id: index + 1, name: type.kind, required: false, type }))
    expect(arrowSchemaOf({ fields }).fields.map((field) => String(field))).toEqual([
      'timestamp: Timestamp<MICROSECOND>',
      'timestamptz: Timestamp<MICROSECOND, UTC>',
      'time: Time64<MICROSECOND>',
      'uuid: FixedSizeBinary[16]',
      'decimal: Decimal[9e+2]',
    ])
  })

  it('has no field id where the table has no field: the pairs of a map', () => {
    const field = arrowFieldOf({
      id: 1,
      name: 'm',
      required: true,
      type: {
        kind: 'map',
        keyId: 2,
        key: { kind: 'string' },
        valueId: 3,
        valueRequired: true,
        value: { kind: 'int' },
      },
    })
    const [entries] = field.type.children
    expect(entries?.name).toBe('entries')
    expect(entries?.metadata.size).toBe(0)
    expect(idsAndNames([field])).toEqual([
      [1, 'm', false],
      [2, 'key', false],
      [3, 'value', false],
    ])
  })

  it('takes only a number for a field id', () => {
    const withId = (text: string): AnyArrowField =>
      new ArrowField('a', new Int32(), true, new Map([[FIELD_ID_KEY, text]]))
    expect(fieldIdOf(withId('2147483546'))).toBe(2147483546)
    expect(fieldIdOf(withId(''))).toBeNull()
    expect(fieldIdOf(withId('1e3'))).toBeNull()
    expect(fieldIdOf(new ArrowField('a', new Int32()))).toBeNull()
  })

  it('always carries every id, name and nullability through a stream', () => {
    fc.assert(
      fc.property(anySchema(), (schema) => {
        const table = tableFromIPC(tableToIPC(new Table(batchFromValues(schema, []))))
        const expected = allFields(schema).map(({ field }) => [
          field.id,
          field.name,
          !field.required,
        ])
        expect(idsAndNames(table.schema.fields)).toEqual(expected)
      }),
      runs(100),
    )
  })
})
