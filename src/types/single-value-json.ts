/**
 * Values as JSON (spec: JSON single-value serialization). Numbers that JSON cannot spell are the strings `NaN`,
 * `Infinity` and `-Infinity`, of which the specification says nothing.
 */
import { unreachable } from '../base/assert.ts'
import { IcebergError } from '../base/errors.ts'
import { arrayAt, booleanAt, intAt, longAt, readObject, stringAt } from '../base/json-fields.ts'
import { formatType } from './type.ts'
import type { Field, ListType, MapType, PrimitiveType, StructType, Type } from './type.ts'
import { roundToFloat, valueFromText, valueToText } from './value-text.ts'
import type { NestedValue, PrimitiveValue, Value } from './value.ts'

/** What names a field of a struct in JSON. */
export type FieldKey = (field: Field) => string

/** As the specification has it. */
export const byFieldId: FieldKey = (field) => String(field.id)

/** As people read it. */
export const byFieldName: FieldKey = (field) => field.name

/** The JSON of a value, for `stringifyJson`: a `long` is a `bigint`, a struct a `Map` with every field present. */
export function valueToJson(
  type: Type,
  value: Value | null,
  fieldKey: FieldKey = byFieldId,
): unknown {
  if (value === null) return null
  // The type says how the value is held, as value.ts lists.
  switch (type.kind) {
    case 'boolean':
    case 'int':
    case 'long':
    case 'string':
      return value
    case 'float':
    case 'double':
      return Number.isFinite(value) ? value : String(value)
    case 'decimal':
    case 'date':
    case 'time':
    case 'timestamp':
    case 'timestamptz':
    case 'uuid':
    case 'fixed':
    case 'binary':
      return valueToText(type, value as PrimitiveValue)
    case 'struct':
      return structToJson(type, value as NestedValue, fieldKey)
    case 'list':
      return (value as NestedValue).map((item) => valueToJson(type.element, item, fieldKey))
    case 'map':
      return mapToJson(type, value as readonly NestedValue[], fieldKey)
    default:
      return unreachable(type)
  }
}

function structToJson(type: StructType, values: NestedValue, fieldKey: FieldKey): unknown {
  return new Map(
    type.fields.map((field, index) => [
      fieldKey(field),
      valueToJson(field.type, values[index] ?? null, fieldKey),
    ]),
  )
}

function mapToJson(type: MapType, entries: readonly NestedValue[], fieldKey: FieldKey): unknown {
  return {
    keys: entries.map(([key = null]) => valueToJson(type.key, key, fieldKey)),
    values: entries.map(([, value = null]) => valueToJson(type.value, value, fieldKey)),
  }
}

/**
 * The value that JSON spells; null for null. Fields of a struct that are absent are null, names it does not have are
 * passed over.
 *
 * @param json as `parseJson` gives it
 * @param path where in the document this value sits, for messages
 * @throws IcebergError `corrupt` when the type has no such value
 */
export function valueFromJson(
  type: Type,
  json: unknown,
  path: string,
  fieldKey: FieldKey = byFieldId,
): Value | null {
  if (json === null || json === undefined) return null
  switch (type.kind) {
    case 'boolean':
      return booleanAt(json, path)
    case 'int':
      return intAt(json, path)
    case 'long':
      return longAt(json, path)
    case 'float':
    case 'double':
      return floatFromJson(type, json, path)
    case 'struct':
      return structFromJson(type, json, path, fieldKey)
    case 'list':
      return listFromJson(type, json, path, fieldKey)
    case 'map':
      return mapFromJson(type, json, path, fieldKey)
    default:
      return textFromJson(type, json, path)
  }
}

const NON_FINITE: ReadonlySet<unknown> = new Set(['NaN', 'Infinity', '-Infinity'])

function floatFromJson(type: PrimitiveType, json: unknown, path: string): Value {
  if (NON_FINITE.has(json)) return Number(json)
  if (typeof json !== 'number' && typeof json !== 'bigint') throw notOfType(type, path)
  const value = type.kind === 'float' ? roundToFloat(Number(json)) : Number(json)
  if (value === null || !Number.isFinite(value)) throw notOfType(type, path)
  return value
}

function textFromJson(type: PrimitiveType, json: unknown, path: string): Value {
  const value = valueFromText(type, stringAt(json, path))
  if (value === null) throw notOfType(type, path)
  return value
}

function structFromJson(
  type: StructType,
  json: unknown,
  path: string,
  fieldKey: FieldKey,
): NestedValue {
  const fields = readObject(json, path)
  return type.fields.map((field) => {
    const key = fieldKey(field)
    const value = valueFromJson(field.type, fields.unknown(key), fields.path(key), fieldKey)
    return checkRequired(field.required, value, fields.path(key))
  })
}

function listFromJson(
  type: ListType,
  json: unknown,
  path: string,
  fieldKey: FieldKey,
): NestedValue {
  return arrayAt(json, path).map((item, index) => {
    const itemPath = `${path}[${index}]`
    const value = valueFromJson(type.element, item, itemPath, fieldKey)
    return checkRequired(type.elementRequired, value, itemPath)
  })
}

function mapFromJson(type: MapType, json: unknown, path: string, fieldKey: FieldKey): NestedValue {
  const fields = readObject(json, path)
  const parts = (name: string, part: Type, required: boolean): NestedValue =>
    fields.array(name).map((item, index) => {
      const itemPath = `${fields.path(name)}[${index}]`
      return checkRequired(required, valueFromJson(part, item, itemPath, fieldKey), itemPath)
    })
  const keys = parts('keys', type.key, true)
  const values = parts('values', type.value, type.valueRequired)
  if (keys.length === values.length) return keys.map((key, index) => [key, values[index] ?? null])
  throw new IcebergError('corrupt', 'map has not as many values as keys', { context: { path } })
}

function checkRequired(required: boolean, value: Value | null, path: string): Value | null {
  if (value !== null || !required) return value
  throw new IcebergError('corrupt', 'required value is null', { context: { path } })
}

function notOfType(type: PrimitiveType, path: string): IcebergError {
  return new IcebergError('corrupt', 'value is not of its type', {
    context: { path, type: formatType(type) },
  })
}
