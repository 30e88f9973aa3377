/**
 * Values as JSON (spec: JSON single-value serialization). Numbers that JSON cannot spell are the strings `NaN`,
 * `Infinity` and `-Infinity`, of which the specification says nothing.
 */
import { unreachable } from '../base/assert.ts'
import { fromHex, toHex } from '../base/bytes.ts'
import { IcebergError } from '../base/errors.ts'
import { roundToFloat32 } from '../base/floats.ts'
import { JsonFloat } from '../base/json-exact.ts'
import { arrayAt, booleanAt, intAt, longAt, readObject, stringAt } from '../base/json-fields.ts'
import { isWellFormed } from '../base/unicode.ts'
import { formatDecimal, parseDecimal } from './decimal-text.ts'
import {
  formatDate,
  formatTime,
  formatTimestamp,
  formatTimestampNs,
  formatTimestamptz,
  formatTimestamptzNs,
  parseDate,
  parseTime,
  parseTimestamp,
  parseTimestampNs,
  parseTimestamptz,
  parseTimestamptzNs,
} from './temporal-text.ts'
import { formatType } from './type.ts'
import type { ListType, MapType, PrimitiveType, StructType, Type } from './type.ts'
import { formatUuid, parseUuid } from './uuid-text.ts'
import type { NestedValue, PrimitiveValue, Value } from './value.ts'
import { withoutValues } from './without-values.ts'

/**
 * The JSON of a value, for `stringifyJson`: a `long` is a `bigint`, a struct a `Map` by field id with every field present.
 */
export function valueToJson(type: Type, value: Value | null): unknown {
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
      // Java takes a number without a point for an integer, and then refuses the whole document.
      return Number.isFinite(value) ? new JsonFloat(Number(value)) : String(value)
    case 'decimal':
      return formatDecimal(value as bigint, type.scale)
    case 'date':
      return formatDate(value as number)
    case 'time':
      return formatTime(value as bigint)
    case 'timestamp':
      return formatTimestamp(value as bigint)
    case 'timestamptz':
      return formatTimestamptz(value as bigint)
    case 'timestamp_ns':
      return formatTimestampNs(value as bigint)
    case 'timestamptz_ns':
      return formatTimestamptzNs(value as bigint)
    case 'uuid':
      return formatUuid(value as Uint8Array)
    case 'fixed':
    case 'binary':
      return toHex(value as Uint8Array)
    case 'struct':
      return structToJson(type, value as NestedValue)
    case 'list':
      return (value as NestedValue).map((item) => valueToJson(type.element, item))
    case 'map':
      return mapToJson(type, value as readonly NestedValue[])
    case 'unknown':
    case 'variant':
    case 'geometry':
    case 'geography':
      throw withoutValues(type)
    default:
      return unreachable(type)
  }
}

function structToJson(type: StructType, values: NestedValue): unknown {
  return new Map(
    type.fields.map((field, index) => [
      String(field.id),
      valueToJson(field.type, values[index] ?? null),
    ]),
  )
}

function mapToJson(type: MapType, entries: readonly NestedValue[]): unknown {
  return {
    keys: entries.map(([key = null]) => valueToJson(type.key, key)),
    values: entries.map(([, value = null]) => valueToJson(type.value, value)),
  }
}

/**
 * The value that JSON spells; null for null. Fields of a struct that are absent are null, ids it does not have are
 * passed over.
 *
 * @param json as `parseJson` gives it
 * @param path where in the document this value sits, for messages
 * @throws IcebergError `corrupt` when the type has no such value
 */
export function valueFromJson(type: Type, json: unknown, path: string): Value | null {
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
      return structFromJson(type, json, path)
    case 'list':
      return listFromJson(type, json, path)
    case 'map':
      return mapFromJson(type, json, path)
    case 'variant':
      throw withoutValues(type)
    default:
      return textFromJson(type, json, path)
  }
}

const NON_FINITE: ReadonlySet<unknown> = new Set(['NaN', 'Infinity', '-Infinity'])

function floatFromJson(type: PrimitiveType, json: unknown, path: string): Value {
  if (NON_FINITE.has(json)) return Number(json)
  if (typeof json !== 'number' && typeof json !== 'bigint') throw notOfType(type, path)
  const value = type.kind === 'float' ? roundToFloat32(Number(json)) : Number(json)
  if (value === null || !Number.isFinite(value)) throw notOfType(type, path)
  return value
}

function textFromJson(type: PrimitiveType, json: unknown, path: string): Value {
  const value = valueOfText(type, stringAt(json, path))
  if (value === null) throw notOfType(type, path)
  return value
}

/** The value of a type whose JSON is a string; null when the text is none. */
function valueOfText(type: PrimitiveType, text: string): PrimitiveValue | null {
  switch (type.kind) {
    case 'string':
      return isWellFormed(text) ? text : null
    case 'decimal':
      return parseDecimal(text, type.precision, type.scale)
    case 'date':
      return parseDate(text)
    case 'time':
      return parseTime(text)
    case 'timestamp':
      return parseTimestamp(text)
    case 'timestamptz':
      return parseTimestamptz(text)
    case 'timestamp_ns':
      return parseTimestampNs(text)
    case 'timestamptz_ns':
      return parseTimestamptzNs(text)
    case 'uuid':
      return parseUuid(text)
    case 'fixed':
      return text.length === type.length * 2 ? fromHex(text) : null
    case 'binary':
      return fromHex(text)
    default:
      return null
  }
}

function structFromJson(type: StructType, json: unknown, path: string): NestedValue {
  const fields = readObject(json, path)
  return type.fields.map((field) => {
    const key = String(field.id)
    const value = valueFromJson(field.type, fields.unknown(key), fields.path(key))
    return checkRequired(field.required, value, fields.path(key))
  })
}

function listFromJson(type: ListType, json: unknown, path: string): NestedValue {
  return arrayAt(json, path).map((item, index) => {
    const itemPath = `${path}[${index}]`
    const value = valueFromJson(type.element, item, itemPath)
    return checkRequired(type.elementRequired, value, itemPath)
  })
}

function mapFromJson(type: MapType, json: unknown, path: string): NestedValue {
  const fields = readObject(json, path)
  const parts = (name: string, part: Type, required: boolean): NestedValue =>
    fields.array(name).map((item, index) => {
      const itemPath = `${fields.path(name)}[${index}]`
      return checkRequired(required, valueFromJson(part, item, itemPath), itemPath)
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
