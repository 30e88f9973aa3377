import fc from 'fast-check'
import { isPrimitive } from '../../../src/types/type.ts'
import type { Field } from '../../../src/types/type.ts'
import type { Schema } from '../../../src/types/schema.ts'
import { assignFreshIds } from '../../../src/types/schema-walk.ts'
import { anyFields, anyTypeOfDepth } from './types.ts'

/** Schemas of a new table: ids as they are assigned there, some with identifier fields. */
export function anySchema(
  options: { readonly maxDepth?: number; readonly maxFields?: number } = {},
): fc.Arbitrary<Schema> {
  const { maxDepth = 2, maxFields = 6 } = options
  return anyFields(anyTypeOfDepth(maxDepth), maxFields)
    .map((fields) => assignFreshIds(fields))
    .chain((fields) =>
      anyIdentifiersOf(fields).map((identifierFieldIds) => ({
        schemaId: 0,
        fields,
        identifierFieldIds,
      })),
    )
}

function anyIdentifiersOf(fields: readonly Field[]): fc.Arbitrary<number[]> {
  const candidates = fields.filter(mightIdentify).map(({ id }) => id)
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant<number[]>([]) },
    { weight: 1, arbitrary: fc.subarray(candidates) },
  )
}

/** Identifier fields are required primitives but floats (spec: Identifier Field IDs). */
function mightIdentify(field: Field): boolean {
  const { kind } = field.type
  return field.required && isPrimitive(field.type) && kind !== 'float' && kind !== 'double'
}
