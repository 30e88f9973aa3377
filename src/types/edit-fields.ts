// Fields changed in place within their tree; what holds them is made anew.
import { makeField } from './make-field.ts'
import { promoteValue } from './promotion.ts'
import { childFields, withChildFields } from './schema.ts'
import type { Field, Type } from './type.ts'
import type { Value } from './value.ts'

/** The fields with those directly inside the struct, list or map at a path edited; the same where nothing is at the path. */
export function editFields(
  fields: readonly Field[],
  path: readonly string[],
  edit: (fields: readonly Field[]) => readonly Field[],
): readonly Field[] {
  const [name, ...rest] = path
  if (name === undefined) return edit(fields)
  return fields.map((field) => {
    if (field.name !== name) return field
    const children = editFields(childFields(field.type), rest, edit)
    return withType(field, withChildFields(field.type, children))
  })
}

/**
 * The field with another type, and with what its defaults are in that type.
 *
 * @throws IcebergError as {@link promoteValue} when a default has no value there
 */
export function withType(field: Field, type: Type): Field {
  return makeField({
    ...field,
    type,
    initialDefault: promoteDefault(field.type, type, field.initialDefault),
    writeDefault: promoteDefault(field.type, type, field.writeDefault),
  })
}

/** The default of a struct says nothing of its fields, so it stays. */
function promoteDefault(from: Type, to: Type, value: Value | undefined): Value | null {
  if (value === undefined) return null
  return from.kind === 'struct' ? value : promoteValue(from, to, value)
}
