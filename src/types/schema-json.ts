/** Schemas and types as metadata JSON spells them (spec: Schemas). */
import { IcebergError } from '../base/errors.ts'
import { intAt, readObject } from '../base/json-fields.ts'
import type { JsonFields } from '../base/json-fields.ts'
import { STRUCT_DEFAULT, hasNullDefault } from './default-values.ts'
import { makeField } from './make-field.ts'
import { schemaProblems } from './schema-check.ts'
import type { Schema } from './schema.ts'
import { valueFromJson, valueToJson } from './single-value-json.ts'
import { parseTypeText } from './type-text.ts'
import { formatType } from './type.ts'
import type { Field, Type } from './type.ts'
import type { Value } from './value.ts'

/**
 * Reads a schema. A missing `schema-id` is 0, as version 1 tables have it.
 *
 * @param path where in the document the schema sits, for messages
 * @throws IcebergError `corrupt` when it is no schema, with all `problems` where several were found
 */
export function schemaFromJson(json: unknown, path: string): Schema {
  const object = readObject(json, path)
  if (object.string('type') !== 'struct') {
    throw new IcebergError('corrupt', 'schema is not a struct', { context: { path } })
  }
  const schema: Schema = {
    schemaId: object.optionalInt('schema-id') ?? 0,
    fields: fieldsFromJson(object),
    identifierFieldIds: (object.optionalArray('identifier-field-ids') ?? []).map((id, index) =>
      intAt(id, `${object.path('identifier-field-ids')}[${index}]`),
    ),
  }
  const problems = schemaProblems(schema)
  if (problems.length === 0) return schema
  throw new IcebergError('corrupt', 'schema has faults', { context: { path }, problems })
}

/** The JSON of a schema, for `stringifyJson`. */
export function schemaToJson(schema: Schema): unknown {
  const { schemaId, fields, identifierFieldIds } = schema
  return {
    type: 'struct',
    'schema-id': schemaId,
    ...(identifierFieldIds.length > 0 ? { 'identifier-field-ids': identifierFieldIds } : {}),
    fields: fields.map(fieldToJson),
  }
}

/** Reads a type. Throws as {@link schemaFromJson} does, but takes any ids and names. */
export function typeFromJson(json: unknown, path: string): Type {
  if (typeof json === 'string') {
    const type = parseTypeText(json)
    if (type === null) throw unknownType(json, path)
    return type
  }
  const object = readObject(json, path)
  const kind = object.string('type')
  switch (kind) {
    case 'struct':
      return { kind, fields: fieldsFromJson(object) }
    case 'list':
      return {
        kind,
        elementId: object.int('element-id'),
        elementRequired: object.boolean('element-required'),
        element: typeAt(object, 'element'),
      }
    case 'map':
      return {
        kind,
        keyId: object.int('key-id'),
        key: typeAt(object, 'key'),
        valueId: object.int('value-id'),
        valueRequired: object.boolean('value-required'),
        value: typeAt(object, 'value'),
      }
    default:
      throw unknownType(kind, path)
  }
}

function unknownType(text: string, path: string): IcebergError {
  return new IcebergError('corrupt', 'type is not one of the specification', {
    context: { path, type: text },
  })
}

function typeAt(object: JsonFields, name: string): Type {
  return typeFromJson(object.unknown(name), object.path(name))
}

function fieldsFromJson(object: JsonFields): Field[] {
  return object
    .array('fields')
    .map((field, index) => fieldFromJson(field, `${object.path('fields')}[${index}]`))
}

function fieldFromJson(json: unknown, path: string): Field {
  const object = readObject(json, path)
  const type = typeAt(object, 'type')
  return makeField({
    id: object.int('id'),
    name: object.string('name'),
    required: object.boolean('required'),
    type,
    doc: object.optionalString('doc'),
    initialDefault: defaultFromJson(object, 'initial-default', type),
    writeDefault: defaultFromJson(object, 'write-default', type),
  })
}

/** The default of a struct is `{}`: what lies in it is said by the defaults of its fields (spec: Default values). */
function defaultFromJson(object: JsonFields, name: string, type: Type): Value | null {
  const json = object.unknown(name) ?? null
  const path = object.path(name)
  if (json === null) return null
  if (hasNullDefault(type)) {
    throw new IcebergError('corrupt', 'type has no default but null', { context: { path } })
  }
  if (type.kind !== 'struct') return valueFromJson(type, json, path)
  if (readObject(json, path).names().length === 0) return STRUCT_DEFAULT
  throw new IcebergError('corrupt', 'default of a struct has values of its fields', {
    context: { path },
  })
}

/** The JSON of a type, for `stringifyJson`. */
export function typeToJson(type: Type): unknown {
  switch (type.kind) {
    case 'struct':
      return { type: 'struct', fields: type.fields.map(fieldToJson) }
    case 'list':
      return {
        type: 'list',
        'element-id': type.elementId,
        element: typeToJson(type.element),
        'element-required': type.elementRequired,
      }
    case 'map':
      return {
        type: 'map',
        'key-id': type.keyId,
        key: typeToJson(type.key),
        'value-id': type.valueId,
        value: typeToJson(type.value),
        'value-required': type.valueRequired,
      }
    default:
      return formatType(type)
  }
}

function fieldToJson(field: Field): unknown {
  const { id, name, required, type, doc, initialDefault, writeDefault } = field
  return {
    id,
    name,
    required,
    type: typeToJson(type),
    doc,
    'initial-default': defaultToJson(type, initialDefault),
    'write-default': defaultToJson(type, writeDefault),
  }
}

function defaultToJson(type: Type, value: Value | undefined): unknown {
  if (value === undefined) return undefined
  return type.kind === 'struct' ? {} : valueToJson(type, value)
}
