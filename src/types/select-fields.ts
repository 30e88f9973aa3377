import { IcebergError } from '../base/errors.ts'
import type { Field } from './type.ts'
import { findFieldByPath } from './schema.ts'
import type { Schema } from './schema.ts'

/**
 * The part of a schema that a list of columns names, columns and fields in the schema's order of first mention: a path
 * into a struct keeps the struct with only the named fields; a path to a list, a map or a struct keeps all of it.
 *
 * @throws IcebergError `invalid` when a path names no column, or one inside a list or a map
 */
export function selectFields(
  schema: Schema,
  paths: readonly (readonly string[])[],
): readonly Field[] {
  const roots = new Map<string, (readonly string[])[]>()
  for (const path of paths) {
    const entry = findFieldByPath(schema, path)
    if (entry === undefined || entry.isRepeated) {
      throw new IcebergError('invalid', 'no such column to select', {
        context: { column: path.join('.') },
      })
    }
    const [root = '', ...rest] = path
    roots.set(root, [...(roots.get(root) ?? []), rest])
  }
  return [...roots].map(([name, rests]) => {
    const field = findFieldByPath(schema, [name])?.field
    if (field === undefined) throw new IcebergError('internal', 'a selected column vanished')
    return narrow(field, rests)
  })
}

/** The field with only what the paths below it name; an empty path names all of it. */
function narrow(field: Field, paths: readonly (readonly string[])[]): Field {
  if (field.type.kind !== 'struct' || paths.some((path) => path.length === 0)) return field
  const kept = field.type.fields.flatMap((child) => {
    const below = paths.filter((path) => path[0] === child.name).map((path) => path.slice(1))
    return below.length === 0 ? [] : [narrow(child, below)]
  })
  return { ...field, type: { kind: 'struct', fields: kept } }
}

/** The fields of `first` with those of `second` added to them, structs merged by field id, in the order of mention. */
export function mergeFields(first: readonly Field[], second: readonly Field[]): readonly Field[] {
  const merged = new Map(first.map((field) => [field.id, field]))
  for (const field of second) {
    const known = merged.get(field.id)
    merged.set(field.id, known === undefined ? field : mergeField(known, field))
  }
  return [...merged.values()]
}

function mergeField(first: Field, second: Field): Field {
  if (first.type.kind !== 'struct' || second.type.kind !== 'struct') return first
  return {
    ...first,
    type: { kind: 'struct', fields: mergeFields(first.type.fields, second.type.fields) },
  }
}
