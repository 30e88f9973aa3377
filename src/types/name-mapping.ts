/**
 * Which columns of files without field ids belong to which fields (spec: Column Projection; Name Mapping Serialization).
 * Tables keep it in the property {@link NAME_MAPPING_PROPERTY}.
 */
import { IcebergError } from '../base/errors.ts'
import { parseJson, stringifyJson } from '../base/json-exact.ts'
import { arrayAt, readObject, stringAt } from '../base/json-fields.ts'
import { allFields, childFields } from './schema.ts'
import type { Schema } from './schema.ts'
import type { Field } from './type.ts'

export const NAME_MAPPING_PROPERTY = 'schema.name-mapping.default'

/** The fields of a table's root, by their names in files. */
export type NameMapping = readonly MappedField[]

/** One field by its names in files. */
export interface MappedField {
  /** Null for a column of the files that the table does not have. */
  readonly fieldId: number | null
  /** Literal names: a dot in one is no way into a struct. None for a field that no file has. */
  readonly names: readonly string[]
  /** What lies inside: `element` of a list, `key` and `value` of a map, the fields of a struct. */
  readonly fields: NameMapping
}

/**
 * Reads a mapping.
 *
 * @throws IcebergError `corrupt` when the text is none, when two fields of one parent share a name, or two of all an id
 */
export function parseNameMapping(text: string): NameMapping {
  const mapping = fieldsFromJson(parseJson(text), NAME_MAPPING_PROPERTY)
  checkNames(mapping, '')
  checkIds(mapping)
  return mapping
}

/** The text of a mapping, which {@link parseNameMapping} reads. */
export function formatNameMapping(mapping: NameMapping): string {
  return stringifyJson(mapping.map(fieldToJson))
}

/** The mapping of files whose columns are named as the schema names them. */
export function nameMappingOf(schema: Schema): NameMapping {
  return schema.fields.map(mappedField)
}

/**
 * The id of the field that a file's column belongs to; null when the mapping has none for it.
 *
 * @param path names from the root of the file, `element` for what a list holds, `key` and `value` for a map
 */
export function mappedFieldId(mapping: NameMapping, path: readonly string[]): number | null {
  let fields = mapping
  let found: MappedField | undefined
  for (const name of path) {
    found = fields.find(({ names }) => names.includes(name))
    if (found === undefined) return null
    fields = found.fields
  }
  return found?.fieldId ?? null
}

/**
 * The mapping for a table after its schema changed: fields that were added or renamed gain their new names, and a name
 * that they took is no longer one of another field. What was dropped stays, for files that still have it.
 */
export function updateNameMapping(
  mapping: NameMapping,
  before: Schema,
  after: Schema,
): NameMapping {
  const oldNames = new Map(allFields(before).map(({ field }) => [field.id, field.name]))
  return updateFields(mapping, after.fields, (field) => oldNames.get(field.id) !== field.name)
}

function updateFields(
  mapping: NameMapping,
  fields: readonly Field[],
  isNamedAnew: (field: Field) => boolean,
): NameMapping {
  const byId = new Map(fields.map((field) => [field.id, field]))
  const taken = new Map(fields.filter(isNamedAnew).map(({ id, name }) => [name, id]))
  const kept = mapping.map((mapped): MappedField => {
    const names = mapped.names.filter(
      (name) => (taken.get(name) ?? mapped.fieldId) === mapped.fieldId,
    )
    const field = mapped.fieldId === null ? undefined : byId.get(mapped.fieldId)
    if (field === undefined) return { ...mapped, names }
    const isMissing = taken.get(field.name) === field.id && !names.includes(field.name)
    return {
      fieldId: field.id,
      names: isMissing ? [...names, field.name] : names,
      fields: updateFields(mapped.fields, childFields(field.type), isNamedAnew),
    }
  })
  const mappedIds = new Set(mapping.map(({ fieldId }) => fieldId))
  const added = fields.filter((field) => isNamedAnew(field) && !mappedIds.has(field.id))
  return [...kept, ...added.map(mappedField)]
}

function mappedField(field: Field): MappedField {
  return {
    fieldId: field.id,
    names: [field.name],
    fields: childFields(field.type).map(mappedField),
  }
}

function fieldsFromJson(json: unknown, path: string): NameMapping {
  return arrayAt(json, path).map((field, index) => fieldFromJson(field, `${path}[${index}]`))
}

function fieldFromJson(json: unknown, path: string): MappedField {
  const object = readObject(json, path)
  const fields = object.optionalArray('fields') ?? []
  const namesPath = object.path('names')
  return {
    fieldId: object.optionalInt('field-id') ?? null,
    names: object.array('names').map((name, index) => stringAt(name, `${namesPath}[${index}]`)),
    fields: fieldsFromJson(fields, object.path('fields')),
  }
}

function fieldToJson({ fieldId, names, fields }: MappedField): unknown {
  return {
    ...(fieldId === null ? {} : { 'field-id': fieldId }),
    names,
    ...(fields.length === 0 ? {} : { fields: fields.map(fieldToJson) }),
  }
}

function checkNames(mapping: NameMapping, parent: string): void {
  const seen = new Map<string, MappedField>()
  for (const field of mapping) {
    for (const name of field.names) {
      if ((seen.get(name) ?? field) !== field) {
        throw ambiguous('two fields of a name mapping have the same name', parent + name)
      }
      seen.set(name, field)
    }
    checkNames(field.fields, `${parent}${field.names[0] ?? ''}.`)
  }
}

function checkIds(mapping: NameMapping, seen: Set<number> = new Set()): void {
  for (const { fieldId, names, fields } of mapping) {
    if (fieldId !== null && seen.has(fieldId)) {
      throw ambiguous('two fields of a name mapping have the same id', names[0] ?? '')
    }
    if (fieldId !== null) seen.add(fieldId)
    checkIds(fields, seen)
  }
}

function ambiguous(message: string, field: string): IcebergError {
  return new IcebergError('corrupt', message, { context: { path: NAME_MAPPING_PROPERTY, field } })
}
