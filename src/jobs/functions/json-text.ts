// JSON of rows that somebody else wrote, made into JSON that holds just what a schema asks for.
import { IcebergError, isKind } from '../../base/errors.ts'
import { isInt32, isInt64 } from '../../base/integers.ts'
import { parseJson, stringifyJson } from '../../base/json-exact.ts'
import { formatDecimal, parseDecimal } from '../../types/decimal-text.ts'
import { parseDate, parseTimestamp, parseTimestamptz } from '../../types/temporal-text.ts'
import { childFields } from '../../types/schema.ts'
import { formatType } from '../../types/type.ts'
import type { Field, Type } from '../../types/type.ts'
import { parseDeclaredSchema } from '../schemas/declared-schema.ts'
import type { SchemaLanguage } from '../schemas/declared-schema.ts'

/** How texts are read: a schema, and the language it is declared in. */
export function declaration(schema: string, language: SchemaLanguage): string {
  return stringifyJson([schema, language])
}

/**
 * Reads texts by a {@link declaration}. As Spark's `from_json`: what is no object is null, and so is each value that is not
 * of its type; names that the schema does not have are left out. Numbers come as texts, which lose nothing.
 *
 * @throws IcebergError `invalid` or `unsupported` for the declaration; what it gives throws `limit` for a decimal that a
 *   double cannot hold and that is not spelled as text
 */
export function jsonText(declared: string): (text: string) => string | null {
  const [schema, language] = parseJson(declared) as [string, SchemaLanguage]
  const { fields } = parseDeclaredSchema(schema, language)
  for (const { type } of fields) checkReadable(type)
  return (text) => {
    const value = objectIn(text)
    return value === null ? null : stringifyJson(structOf(fields, value))
  }
}

/** Types that {@link valueOf} has a case for. */
const READABLE: ReadonlySet<Type['kind']> = new Set([
  'boolean',
  'int',
  'long',
  'float',
  'double',
  'decimal',
  'string',
  'date',
  'timestamp',
  'timestamptz',
  'struct',
  'list',
  'map',
])

function checkReadable(type: Type): void {
  const isReadable = READABLE.has(type.kind) && (type.kind !== 'map' || type.key.kind === 'string')
  if (!isReadable) {
    throw new IcebergError('unsupported', `JSON of type ${formatType(type)}`)
  }
  for (const child of childFields(type)) checkReadable(child.type)
}

type JsonObject = Readonly<Record<string, unknown>>

function objectIn(text: string): JsonObject | null {
  try {
    const value = parseJson(text)
    return isObject(value) ? value : null
  } catch (error) {
    if (isKind(error, 'corrupt')) return null
    throw error
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function structOf(fields: readonly Field[], object: JsonObject): Map<string, unknown> {
  return new Map(
    fields.map(({ name, type }) => [
      name,
      Object.hasOwn(object, name) ? valueOf(type, object[name]) : null,
    ]),
  )
}

function valueOf(type: Type, value: unknown): unknown {
  switch (type.kind) {
    case 'boolean':
      return typeof value === 'boolean' ? value : null
    case 'int':
      return typeof value === 'number' && isInt32(value) ? String(value) : null
    case 'long':
      return longOf(value)
    case 'float':
    case 'double':
      return floatOf(value)
    case 'decimal':
      return decimalOf(value, type.precision, type.scale)
    case 'string':
      return textOf(value)
    case 'date':
      return typeof value === 'string' && parseDate(value) !== null ? value : null
    case 'timestamp':
      return typeof value === 'string' && parseTimestamp(value) !== null ? value : null
    case 'timestamptz':
      return typeof value === 'string' ? momentOf(value) : null
    case 'struct':
      return isObject(value) ? structOf(type.fields, value) : null
    case 'list':
      return Array.isArray(value) ? value.map((item: unknown) => valueOf(type.element, item)) : null
    case 'map':
      return isObject(value) ? mapOf(type.value, value) : null
    default:
      return null
  }
}

function mapOf(type: Type, object: JsonObject): Map<string, unknown> {
  return new Map(Object.entries(object).map(([key, value]) => [key, valueOf(type, value)]))
}

function longOf(value: unknown): string | null {
  if (typeof value === 'bigint') return isInt64(value) ? String(value) : null
  return Number.isSafeInteger(value) ? String(value) : null
}

const SPELLED_FLOATS: ReadonlyMap<string, string> = new Map([
  ['NaN', 'NaN'],
  ['Infinity', 'Infinity'],
  ['+INF', 'Infinity'],
  ['INF', 'Infinity'],
  ['+Infinity', 'Infinity'],
  ['-INF', '-Infinity'],
  ['-Infinity', '-Infinity'],
])

function floatOf(value: unknown): string | null {
  if (typeof value === 'string') return SPELLED_FLOATS.get(value) ?? null
  if (Object.is(value, -0)) return '-0.0'
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : null
}

/** What a double is sure to hold as it was written. */
const SURE_DIGITS = 15

function decimalOf(value: unknown, precision: number, scale: number): string | null {
  const text = typeof value === 'string' ? value : numberText(value)
  const unscaled = text === null ? null : parseDecimal(text, precision, scale)
  return unscaled === null ? null : formatDecimal(unscaled, scale)
}

function numberText(value: unknown): string | null {
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'number') return null
  const text = String(value)
  if (text.replaceAll(/\D/g, '').replace(/^0+/, '').length <= SURE_DIGITS) return text
  throw new IcebergError('limit', 'decimal of JSON has more than 15 digits: spell it as text')
}

/** What is no text is the text of its JSON. */
function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null
  return typeof value === 'string' ? value : stringifyJson(value)
}

/** In UTC unless it says otherwise. */
function momentOf(text: string): string | null {
  if (parseTimestamptz(text) !== null) return text
  return parseTimestamp(text) === null ? null : `${text}+00:00`
}
