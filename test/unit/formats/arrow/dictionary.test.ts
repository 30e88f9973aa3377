import { describe, expect, it } from 'vitest'
import { batchFromValues } from '../../../../src/formats/arrow/builders.ts'
import { plainColumns } from '../../../../src/formats/arrow/dictionary.ts'
import type { Field, Type } from '../../../../src/types/type.ts'

function required(id: number, name: string, type: Type): Field {
  return { id, name, required: true, type }
}

describe('columns without a dictionary', () => {
  it('are those of mostly distinct values, inside structs too', () => {
    const schema = {
      fields: [
        required(1, 'id', { kind: 'long' }),
        required(2, 'city', { kind: 'string' }),
        required(3, 'car', {
          kind: 'struct',
          fields: [required(4, 'plate', { kind: 'string' }), required(5, 'seats', { kind: 'int' })],
        }),
        required(6, 'paid', { kind: 'boolean' }),
        required(7, 'tags', {
          kind: 'list',
          elementId: 8,
          elementRequired: true,
          element: { kind: 'long' },
        }),
      ],
    }
    const rows = Array.from({ length: 10_000 }, (_, row) => [
      BigInt(row),
      row % 2 === 0 ? 'Oslo' : 'Bergen',
      [`EL ${row}`, 4],
      true,
      [BigInt(row)],
    ])
    expect(plainColumns(batchFromValues(schema, rows))).toEqual(['id', 'car.plate'])
  })

  it('are none while there are no rows', () => {
    const schema = { fields: [required(1, 'id', { kind: 'long' })] }
    expect(plainColumns(batchFromValues(schema, []))).toEqual([])
  })
})
