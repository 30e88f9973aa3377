/**
 * Rows as other programs write them down, brought to the values that {@link rowConverter} takes. Nothing is judged here
 * but what has no such value: the converter says what is wrong with a value, and where.
 */
import { fromHex } from '../base/bytes.ts'
import { JsonNumber, isJsonObject } from '../base/json-exact.ts'
import type { JsonFractions } from '../base/json-exact.ts'
import { childFields } from './schema.ts'
import type { Field, Type } from './type.ts'

/** How objects are taken. */
export interface ObjectOptions {
  /** What becomes of names that a struct does not have: they stay, to be refused, or are passed over; refused when absent. */
  readonly others?: 'refused' | 'passed-over'
}

/** How JSON has to be read for values of a type: a decimal is what the digits say. */
export function fractionsOf(type: Type): JsonFractions {
  const isExact =
    type.kind === 'decimal' ||
    childFields(type).some((child) => fractionsOf(child.type) === 'exact')
  return isExact ? 'exact' : 'double'
}

/**
 * A value of parsed JSON as the value of a type: the reverse of what `ndjson.ts` prints, but that decimals may be numbers too
 * if the JSON was read as {@link fractionsOf} says.
 */
export function inputFromJson(type: Type, options: ObjectOptions = {}): (json: unknown) => unknown {
  if (type.kind === 'decimal') return decimalFromJson
  const convert = inputFromPlainJson(type, options)
  return (json) => convert(json instanceof JsonNumber ? Number(json.text) : json)
}

function inputFromPlainJson(type: Type, options: ObjectOptions): (json: unknown) => unknown {
  switch (type.kind) {
    case 'float':
    case 'double':
      return floatFromJson
    case 'date':
    case 'time':
    case 'timestamp':
    case 'timestamptz':
    case 'timestamp_ns':
    case 'timestamptz_ns':
      return textFromJson
    case 'fixed':
    case 'binary':
      return bytesFromText
    case 'struct':
      return objectConverter(type.fields, options)
    case 'list': {
      const convert = inputFromJson(type.element, options)
      return (json) => (Array.isArray(json) ? json.map(convert) : json)
    }
    case 'map':
      return mapConverter(inputFromJson(type.key, options), inputFromJson(type.value, options))
    default:
      return (json) => json
  }
}

/** A field of a line of separated values, without its quotes, as the value of a type. */
export function inputFromText(type: Type): (text: string) => unknown {
  switch (type.kind) {
    case 'boolean':
      return (text) => BOOLEANS.get(text.toLowerCase()) ?? text
    case 'int':
      return (text) => (/^[+-]?\d+$/.test(text) ? Number(text) : text)
    case 'long':
      return (text) => (/^[+-]?\d+$/.test(text) ? BigInt(text) : text)
    case 'float':
    case 'double':
      return (text) =>
        floatFromJson(isNumber(text) && Number.isFinite(Number(text)) ? Number(text) : text)
    case 'fixed':
    case 'binary':
      return bytesFromText
    default:
      return (text) => text
  }
}

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['false', false],
])

/** The floats that JSON cannot spell. */
const NAMED_FLOATS: ReadonlyMap<unknown, number> = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
])

/** A number that JSON spells and a double does not hold, such as `1e400`, stays text, which no float takes. */
function floatFromJson(json: unknown): unknown {
  if (typeof json === 'bigint') return Number(json)
  return typeof json === 'number' && !Number.isFinite(json)
    ? String(json)
    : (NAMED_FLOATS.get(json) ?? json)
}

/**
 * Only text: a caller may also give microseconds as a `bigint`, but in JSON that is a number, which arrives as `bigint` if
 * it is long and must not mean something else then. No such type takes `false`.
 */
function textFromJson(json: unknown): unknown {
  return typeof json === 'string' || json === null ? json : false
}

/** As text, the only input that has all digits. A `number` with a fraction has lost some that it was written with. */
function decimalFromJson(json: unknown): unknown {
  if (json instanceof JsonNumber) return json.text
  if (typeof json === 'bigint' || Number.isSafeInteger(json)) return String(json)
  return textFromJson(json)
}

function isNumber(text: string): boolean {
  return /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/.test(text)
}

function bytesFromText(text: unknown): unknown {
  return typeof text === 'string' ? (fromHex(text) ?? text) : text
}

/** An object with the values of known names converted; unknown names stay, for the row converter to refuse, or go. */
export function objectConverter(
  fields: readonly Field[],
  { others = 'refused' }: ObjectOptions = {},
): (json: unknown) => unknown {
  const converters = new Map(
    fields.map(({ name, type }) => [name, inputFromJson(type, { others })]),
  )
  return (json) => {
    if (!isJsonObject(json)) return json
    const entries = Object.entries(json).flatMap(([name, value]) => {
      const convert = converters.get(name)
      if (convert !== undefined) return [[name, convert(value)] as const]
      return others === 'refused' ? [[name, value] as const] : []
    })
    return Object.fromEntries(entries)
  }
}

/** `{"keys": [...], "values": [...]}` as entries. */
function mapConverter(
  convertKey: (json: unknown) => unknown,
  convertValue: (json: unknown) => unknown,
): (json: unknown) => unknown {
  return (json) => {
    if (typeof json !== 'object' || json === null || !('keys' in json) || !('values' in json)) {
      return json
    }
    const { keys, values } = json
    if (!Array.isArray(keys) || !Array.isArray(values) || keys.length !== values.length) return json
    return keys.map((key, index) => [convertKey(key), convertValue(values[index])])
  }
}
