import type { Schema } from '../../types/schema.ts'
import { isPrimitive } from '../../types/type.ts'
import type { PrimitiveType } from '../../types/type.ts'

/** The type of a column of the root, found without case as SQL finds it; null when it is not there, or is nested. */
export function columnKind(schema: Schema, column: string): PrimitiveType['kind'] | null {
  const field = schema.fields.find(({ name }) => name.toLowerCase() === column.toLowerCase())
  return field !== undefined && isPrimitive(field.type) ? field.type.kind : null
}
