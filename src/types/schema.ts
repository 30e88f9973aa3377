import type { Field, ListType, MapType, Type } from './type.ts'

/** The columns of a table at one schema version (spec: Schemas). */
export interface Schema {
  readonly schemaId: number
  readonly fields: readonly Field[]
  /** Ids of the fields that identify a row (spec: Identifier Field IDs). */
  readonly identifierFieldIds: readonly number[]
}

/** A field with the way to it from the root. */
export interface FieldEntry {
  readonly field: Field
  /** Names from the root, the field's own last; list elements are `element`, map parts `key` and `value`. */
  readonly path: readonly string[]
  /** Ids of the enclosing fields from the root, the field's own id last. */
  readonly ids: readonly number[]
  /** Whether a list or a map lies on the way, so that a row may hold many of it. */
  readonly isRepeated: boolean
}

interface SchemaIndex {
  readonly byId: ReadonlyMap<number, FieldEntry>
  readonly byPath: ReadonlyMap<string, FieldEntry>
}

const indexes = new WeakMap<Schema, SchemaIndex>()

/** The field of that id at any depth; undefined when there is none. */
export function findField(schema: Schema, fieldId: number): FieldEntry | undefined {
  return indexOf(schema).byId.get(fieldId)
}

/** The field at a path of names; undefined when there is none. A name may itself hold a dot. */
export function findFieldByPath(schema: Schema, path: readonly string[]): FieldEntry | undefined {
  return indexOf(schema).byPath.get(pathKey(path))
}

/** Every field at any depth, parents before children, in schema order. */
export function allFields(schema: Schema): readonly FieldEntry[] {
  return [...indexOf(schema).byId.values()]
}

/** The highest field id in use, 0 for a schema without fields. */
export function highestFieldId(schema: Schema): number {
  return allFields(schema).reduce((highest, entry) => Math.max(highest, entry.field.id), 0)
}

function indexOf(schema: Schema): SchemaIndex {
  const known = indexes.get(schema)
  if (known !== undefined) return known
  const byId = new Map<number, FieldEntry>()
  const byPath = new Map<string, FieldEntry>()
  const visit = (field: Field, parent: FieldEntry | null, isRepeated: boolean): void => {
    const path = [...(parent?.path ?? []), field.name]
    const entry = { field, path, ids: [...(parent?.ids ?? []), field.id], isRepeated }
    byId.set(field.id, entry)
    byPath.set(pathKey(path), entry)
    const repeats = isRepeated || field.type.kind === 'list' || field.type.kind === 'map'
    for (const child of childFields(field.type)) visit(child, entry, repeats)
  }
  for (const field of schema.fields) visit(field, null, false)
  const index = { byId, byPath }
  indexes.set(schema, index)
  return index
}

/** The fields directly inside a type: of a struct, the element of a list, key and value of a map; none otherwise. */
export function childFields(type: Type): readonly Field[] {
  switch (type.kind) {
    case 'struct':
      return type.fields
    case 'list':
      return [elementField(type)]
    case 'map':
      return [keyField(type), valueField(type)]
    default:
      return []
  }
}

/** The type with other fields in place of {@link childFields}, as many of them but in a struct. */
export function withChildFields(type: Type, fields: readonly Field[]): Type {
  const [first, second] = fields
  if (type.kind === 'struct') return { kind: 'struct', fields }
  if (type.kind === 'list' && first !== undefined) return listOf(first)
  if (type.kind === 'map' && first !== undefined && second !== undefined)
    return mapOf(first, second)
  return type
}

function listOf({ id, required, type }: Field): ListType {
  return { kind: 'list', elementId: id, elementRequired: required, element: type }
}

function mapOf(key: Field, value: Field): MapType {
  return {
    kind: 'map',
    keyId: key.id,
    key: key.type,
    valueId: value.id,
    valueRequired: value.required,
    value: value.type,
  }
}

/** The elements of a list as a field, named `element`. */
export function elementField(type: ListType): Field {
  return {
    id: type.elementId,
    name: 'element',
    required: type.elementRequired,
    type: type.element,
  }
}

/** The keys of a map as a field, named `key`. */
export function keyField(type: MapType): Field {
  return { id: type.keyId, name: 'key', required: true, type: type.key }
}

/** The values of a map as a field, named `value`. */
export function valueField(type: MapType): Field {
  return { id: type.valueId, name: 'value', required: type.valueRequired, type: type.value }
}

/** NUL cannot end up in the middle of two different paths alike: lengths are part of the key. */
function pathKey(path: readonly string[]): string {
  return path.map((name) => `${name.length}:${name}`).join('/')
}
