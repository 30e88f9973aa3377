/** One schema extended by another, fields being the same by their paths (spec: Schema Evolution). */
import { IcebergError } from '../base/errors.ts'
import { canPromote } from './promotion.ts'
import type { SchemaEdit } from './schema-change.ts'
import { childFields, findFieldByPath } from './schema.ts'
import type { Schema } from './schema.ts'
import { isPrimitive } from './type.ts'
import type { Field } from './type.ts'

/**
 * Adds what another schema has more: new fields come last and are optional unless they have a default, types widen, and
 * what is optional there becomes so here. A narrower type there changes nothing.
 *
 * @throws IcebergError `invalid` with the `path` where the schemas do not fit together
 */
export function unionByName(edit: SchemaEdit, other: Schema): void {
  unionFields(edit, other.fields, [])
}

function unionFields(edit: SchemaEdit, fields: readonly Field[], parent: readonly string[]): void {
  for (const field of fields) unionField(edit, field, [...parent, field.name])
}

function unionField(edit: SchemaEdit, field: Field, path: readonly string[]): void {
  const known = findFieldByPath(edit.schema, path)?.field
  if (known === undefined) return addField(edit, field, path)
  if (known.required && !field.required) edit.makeOptional(path)
  if (field.doc !== undefined && field.doc !== known.doc) edit.setDoc(path, field.doc)
  unionType(edit, known, { field, path })
}

/** Rows that are there have nothing in the field, so it is required only with a default. */
function addField(edit: SchemaEdit, field: Field, path: readonly string[]): void {
  const { type, required, doc, initialDefault } = field
  edit.add(path, {
    type,
    required: required && initialDefault !== undefined,
    ...(doc === undefined ? {} : { doc }),
    ...(initialDefault === undefined ? {} : { defaultValue: initialDefault }),
  })
}

function unionType(
  edit: SchemaEdit,
  known: Field,
  { field, path }: { readonly field: Field; readonly path: readonly string[] },
): void {
  const { formatVersion } = edit
  const isNested = !isPrimitive(field.type) && field.type.kind !== 'variant'
  if (isNested && known.type.kind === field.type.kind) {
    return unionFields(edit, childFields(field.type), path)
  }
  if (canPromote(field.type, known.type, formatVersion)) return
  if (canPromote(known.type, field.type, formatVersion)) return edit.widen(path, field.type)
  throw new IcebergError('invalid', 'the schemas have types here that do not fit each other', {
    context: { path: path.join('.') },
  })
}
