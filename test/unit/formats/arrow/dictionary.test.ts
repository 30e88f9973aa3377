import { describe, expect, it } from 'vitest'
import { batchFromValues } from '../../../../src/formats/arrow/builders.ts'
import { chooseDictionaries } from '../../../../src/formats/arrow/dictionary.ts'
import { sliceBatch } from '../../../../src/formats/arrow/take.ts'
import type { Field, Type } from '../../../../src/types/type.ts'
import type { Value } from '../../../../src/types/value.ts'

const MAX_BYTES = 1024 * 1024

function required(id: number, name: string, type: Type): Field {
  return { id, name, required: true, type }
}

/** Whether a column of such strings has a dictionary. */
function choice(values: readonly string[], maxBytes = MAX_BYTES): boolean {
  const schema = { fields: [required(1, 'text', { kind: 'string' })] }
  const batch = batchFromValues(
    schema,
    values.map((value) => [value]),
  )
  const { byDefault, exceptions } = chooseDictionaries([batch], maxBytes)
  return byDefault !== exceptions.includes('text')
}

describe('the choice of dictionaries', () => {
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
      required(9, 'words', {
        kind: 'map',
        keyId: 10,
        key: { kind: 'string' },
        valueId: 11,
        valueRequired: true,
        value: { kind: 'long' },
      }),
    ],
  }
  const rows = Array.from({ length: 10_000 }, (_, row): Value[] => [
    BigInt(row),
    row % 2 === 0 ? 'Oslo' : 'Bergen',
    [`EL ${row}`, 4],
    true,
    [BigInt(row)],
    [['word', BigInt(row)]],
  ])

  it('leaves out columns of mostly distinct values, wherever they are', () => {
    expect(chooseDictionaries([batchFromValues(schema, rows)], MAX_BYTES)).toEqual({
      byDefault: false,
      exceptions: ['city', 'car.seats', 'words.entries.key'],
    })
  })

  it('is the same for rows that come in parts', () => {
    const whole = batchFromValues(schema, rows)
    const parts = [0, 3000, 6500].map((start, index) =>
      sliceBatch(whole, start, [3000, 6500, 10_000][index] ?? 0),
    )
    expect(chooseDictionaries(parts, MAX_BYTES)).toEqual(chooseDictionaries([whole], MAX_BYTES))
  })

  it('finds values that come three times, far from each other', () => {
    expect(choice(Array.from({ length: 60_000 }, (_, row) => `v${row % 20_000}`))).toBe(true)
    expect(choice(Array.from({ length: 60_000 }, (_, row) => `v${row}`))).toBe(false)
  })

  it('looks at more than the first rows', () => {
    const later = Array.from({ length: 60_000 }, (_, row) => (row < 5000 ? 'same' : `v${row}`))
    expect(choice(later)).toBe(false)
  })

  it('leaves out a dictionary that would be given up for its size', () => {
    const values = Array.from({ length: 4000 }, (_, row) => `${row % 1000}`.padStart(1000, '-'))
    expect(choice(values)).toBe(true)
    expect(choice(values, 500_000)).toBe(false)
  })

  it('names as few columns as it can, as the encoder copies the names for each column', () => {
    const wide = {
      fields: Array.from({ length: 20 }, (_, at) => required(at + 1, `c${at}`, { kind: 'int' })),
    }
    const same = batchFromValues(
      wide,
      Array.from({ length: 10 }, () => Array.from({ length: 20 }, () => 1)),
    )
    expect(chooseDictionaries([same], MAX_BYTES)).toEqual({ byDefault: true, exceptions: [] })
  })

  it('is none while there are no rows', () => {
    const empty = batchFromValues({ fields: [required(1, 'id', { kind: 'long' })] }, [])
    const { exceptions } = chooseDictionaries([empty], MAX_BYTES)
    expect(exceptions.length).toBeLessThanOrEqual(1)
  })
})
