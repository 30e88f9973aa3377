import { assert } from '../base/assert.ts'
import type { FieldEntry, Schema } from '../types/schema.ts'
import type { Field } from '../types/type.ts'
import type { NestedValue, PrimitiveValue, Value } from '../types/value.ts'

/** A row as model values, in the order of the schema's fields. */
export type RowValues = readonly (Value | null)[]

/** Where a column's value sits: the position in the row, then in each struct on the way. The column is of the schema. */
export function positionsOf(schema: Schema, entry: FieldEntry): readonly number[] {
  let fields: readonly Field[] = schema.fields
  return entry.ids.map((id) => {
    const position = fields.findIndex((field) => field.id === id)
    const field = fields[position]
    assert(field !== undefined, 'column does not lie in structs of this schema')
    fields = field.type.kind === 'struct' ? field.type.fields : []
    return position
  })
}

/** Reads the value at {@link positionsOf} a column; null where the column or a struct on the way is null. */
export function valueReader(positions: readonly number[]): (row: RowValues) => Value | null {
  const [first, ...rest] = positions
  assert(first !== undefined, 'a column has a position')
  if (rest.length === 0) return (row) => row[first] ?? null
  return (row) => {
    let value = row[first] ?? null
    for (const position of rest) {
      if (value === null) return null
      // All but the last position are of structs, which are held as arrays.
      value = (value as NestedValue)[position] ?? null
    }
    return value
  }
}

/** As {@link valueReader}, for a column of primitive type. */
export function primitiveReader(
  positions: readonly number[],
): (row: RowValues) => PrimitiveValue | null {
  // Values of primitive types are never arrays.
  return valueReader(positions) as (row: RowValues) => PrimitiveValue | null
}
