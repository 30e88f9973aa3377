import type { Schema } from './schema.ts'
import type { Field, Type } from './type.ts'

/**
 * The same fields under new ids, counted as a new table counts them, from 1 unless told: all fields of a struct first, then what is
 * inside the first of them, and so on; key and value of a map before what is inside the key. The ids that are there are
 * not looked at.
 *
 * @param lastId the id before the first that is given
 */
export function assignFreshIds(fields: readonly Field[], lastId = 0): Field[] {
  let last = lastId
  return renumberFields(fields, () => {
    last += 1
    return last
  })
}

/** {@link assignFreshIds} for a schema; its identifier fields stay the same fields. */
export function withFreshIds(schema: Schema): Schema {
  const newIds = new Map<number, number>()
  const fields = renumberFields(schema.fields, (oldId) => {
    newIds.set(oldId, newIds.size + 1)
    return newIds.size
  })
  const identifierFieldIds = schema.identifierFieldIds.flatMap((id) => newIds.get(id) ?? [])
  return { schemaId: schema.schemaId, fields, identifierFieldIds }
}

/** The new id of a field that has this one. */
export type NewId = (oldId: number) => number

function renumberFields(fields: readonly Field[], newId: NewId): Field[] {
  const numbered = fields.map((field) => ({ ...field, id: newId(field.id) }))
  return numbered.map((field) => ({ ...field, type: renumberType(field.type, newId) }))
}

/** The type with other ids for all fields inside it, asked for in the order of {@link assignFreshIds}. */
export function renumberType(type: Type, newId: NewId): Type {
  switch (type.kind) {
    case 'struct':
      return { kind: 'struct', fields: renumberFields(type.fields, newId) }
    case 'list': {
      const elementId = newId(type.elementId)
      return { ...type, elementId, element: renumberType(type.element, newId) }
    }
    case 'map': {
      const keyId = newId(type.keyId)
      const valueId = newId(type.valueId)
      const key = renumberType(type.key, newId)
      return { ...type, keyId, valueId, key, value: renumberType(type.value, newId) }
    }
    default:
      return type
  }
}
