/**
 * Values as callers write them, in rows and in predicates, made into the library's own: exactly, or not at all.
 *
 * | type | taken |
 * | --- | --- |
 * | boolean | `boolean` |
 * | int | integer `number` or `bigint` of 32 bits |
 * | long | `bigint` of 64 bits, integer `number` within 2^53 |
 * | float, double | `number`; a `bigint` that is exact as one |
 * | decimal | text, or `{ unscaled, scale }`, that the type holds exactly; never a `number` |
 * | date, time, timestamp | ISO text; `bigint` in the type's unit; for a date also a `Date` at midnight UTC |
 * | timestamptz | ISO text with an offset; `bigint` of microseconds; `Date` |
 * | timestamp_ns, timestamptz_ns | as those without `_ns`, in nanoseconds |
 * | string | well-formed `string` |
 * | uuid | text |
 * | fixed, binary | `Uint8Array`, which is not copied |
 * | struct | object, without names that the struct does not have |
 * | list | array |
 * | map | `Map`, or array of `[key, value]`, with different keys |
 * | unknown | nothing but null |
 *
 * A field of an object that is absent or `undefined` has its write default (spec: Default values), where there is one;
 * null is null.
 *
 * A `float` takes the nearest of its values, as every writer does: hardly any decimal fraction has one of its own, and
 * to refuse 0.1 would serve nobody. Only what lies beyond its largest value is refused.
 *
 * Converters are compiled once for a type and called for each of many rows.
 */
import { unreachable } from '../base/assert.ts'
import { IcebergError } from '../base/errors.ts'
import { roundToFloat32 } from '../base/floats.ts'
import { isInt32, isInt64 } from '../base/integers.ts'
import { nearestName } from '../base/nearest-name.ts'
import { isWellFormed } from '../base/unicode.ts'
import { valueKey } from './compare.ts'
import { STRUCT_DEFAULT, effectiveWriteDefault, hasNullDefault } from './default-values.ts'
import { parseDecimal } from './decimal-text.ts'
import {
  parseDate,
  parseTime,
  parseTimestamp,
  parseTimestampNs,
  parseTimestamptz,
  parseTimestamptzNs,
} from './temporal-text.ts'
import { formatType } from './type.ts'
import type { Field, ListType, MapType, PrimitiveType, Type } from './type.ts'
import { parseUuid } from './uuid-text.ts'
import type { PrimitiveValue, Value } from './value.ts'
import { withoutValues } from './without-values.ts'

/** Where a value sits, spelled like `rows[3].fare`; asked for only when there is a fault. */
export type PathOf = () => string

/**
 * Makes what a caller wrote into a value; null from null and undefined.
 *
 * @throws IcebergError `invalid` with the path and the type, for what the type does not take
 */
export type InputConverter = (input: unknown, path: PathOf) => Value | null

/** {@link inputConverter} for one value. */
export function valueFromInput(type: Type, input: unknown, path: string): Value | null {
  return inputConverter(type)(input, () => path)
}

/** The converter for values of a type. */
export function inputConverter(type: Type): InputConverter {
  const convert = converterOf(type)
  return (input, path) => (input === null || input === undefined ? null : convert(input, path))
}

/**
 * As {@link inputConverter} for the type of a field, but undefined is the field's write default, and null is refused where
 * the field is required.
 */
export function fieldConverter(field: Field): InputConverter {
  const convert = requiring(field.required, inputConverter(field.type))
  const absent = effectiveWriteDefault(field)
  if (absent === null) return convert
  return (input, path) => (input === undefined ? absent : convert(input, path))
}

/**
 * What a field of the type holds as a default: a struct only that it is not null, for its fields have their own.
 *
 * @throws IcebergError `invalid` when the type has no such default
 */
export function defaultFromInput(type: Type, input: unknown, path: string): Value {
  if (hasNullDefault(type)) throw refused('type has no default but null', () => path)
  if (type.kind === 'struct' && isRecord(input) && Object.keys(input).length > 0) {
    throw refused('fields of a struct have defaults of their own', () => path)
  }
  const value =
    type.kind === 'struct' && isRecord(input) ? STRUCT_DEFAULT : valueFromInput(type, input, path)
  if (value === null) throw refused('a default must be more than null', () => path)
  return value
}

/** One value a field, in the order of the fields. */
export type RowConverter = (input: unknown, path: PathOf) => (Value | null)[]

/** The converter for rows, or for values of a struct: objects with the fields' names as keys. */
export function rowConverter(fields: readonly Field[]): RowConverter {
  const names = new Set(fields.map(({ name }) => name))
  const columns = fields.map((field) => ({
    name: field.name,
    isInherited: field.name in Object.prototype,
    convert: fieldConverter(field),
  }))
  return (input, path) => {
    if (!isRecord(input)) throw refused('expected an object', path)
    for (const name of Object.keys(input)) {
      if (!names.has(name)) throw unknownName(name, names, path)
    }
    return columns.map(({ name, isInherited, convert }) => {
      const item = isInherited && !Object.hasOwn(input, name) ? undefined : input[name]
      return convert(item, () => joinPath(path, name))
    })
  }
}

type PresentConverter = (input: unknown, path: PathOf) => Value

function converterOf(type: Type): PresentConverter {
  switch (type.kind) {
    case 'struct':
      return rowConverter(type.fields)
    case 'list':
      return listConverter(type)
    case 'map':
      return mapConverter(type)
    case 'variant':
      throw withoutValues(type)
    default:
      return primitiveConverter(type)
  }
}

function requiring(required: boolean, convert: InputConverter): InputConverter {
  if (!required) return convert
  return (input, path) => {
    const value = convert(input, path)
    if (value === null) throw refused('required value is missing', path)
    return value
  }
}

function listConverter(type: ListType): PresentConverter {
  const convert = requiring(type.elementRequired, inputConverter(type.element))
  return (input, path) => {
    if (!Array.isArray(input)) throw refused('expected an array', path)
    return Array.from(input, (item: unknown, index) => convert(item, () => `${path()}[${index}]`))
  }
}

function mapConverter(type: MapType): PresentConverter {
  const convertKey = requiring(true, inputConverter(type.key))
  const convertItem = requiring(type.valueRequired, inputConverter(type.value))
  return (input, path) => {
    const seen = new Set<unknown>()
    return Array.from(entriesOf(input, path), (entry, index) => {
      const at =
        (part: string): PathOf =>
        () =>
          `${path()}[${index}].${part}`
      const key = convertKey(entry[0], at('key'))
      // Keys are required.
      const id = valueKey(type.key, key as Value)
      if (seen.has(id)) throw refused('two entries have the same key', at('key'))
      seen.add(id)
      return [key, convertItem(entry[1], at('value'))]
    })
  }
}

function entriesOf(input: unknown, path: PathOf): Iterable<readonly unknown[]> {
  if (input instanceof Map) return input.entries()
  if (!Array.isArray(input))
    throw refused('expected a Map, an array of entries, or in a file { keys, values }', path)
  const entries: readonly unknown[] = input
  for (const entry of entries) {
    if (!Array.isArray(entry) || entry.length !== 2) {
      throw refused('expected entries of a key and a value', path)
    }
  }
  // Each entry was seen to be an array.
  return entries as readonly (readonly unknown[])[]
}

function primitiveConverter(type: PrimitiveType): PresentConverter {
  const read = readerOf(type)
  const expected = `expected ${expectationOf(type)}`
  return (input, path) => {
    const value = read(input)
    if (value === null) throw refused(expected, path, type)
    return value
  }
}

/** The value that an input stands for; null when the type does not take it. */
type Reader = (input: unknown) => PrimitiveValue | null

function readerOf(type: PrimitiveType): Reader {
  switch (type.kind) {
    case 'boolean':
      return (input) => (typeof input === 'boolean' ? input : null)
    case 'int':
      return readInt32
    case 'long':
      return readInt64
    case 'float':
      return readFloat
    case 'double':
      return readDouble
    case 'decimal':
      return (input) => readDecimal(input, type.precision, type.scale)
    case 'date':
      return readDate
    case 'time':
      return readTime
    case 'timestamp':
      return (input) => (typeof input === 'string' ? parseTimestamp(input) : readTicks(input))
    case 'timestamptz':
      return readTimestamptz
    case 'timestamp_ns':
      return (input) => (typeof input === 'string' ? parseTimestampNs(input) : readTicks(input))
    case 'timestamptz_ns':
      return readTimestamptzNs
    case 'string':
      return (input) => (typeof input === 'string' && isWellFormed(input) ? input : null)
    case 'uuid':
      return (input) => (typeof input === 'string' ? parseUuid(input) : null)
    case 'fixed':
      return (input) => (input instanceof Uint8Array && input.length === type.length ? input : null)
    case 'binary':
      return (input) => (input instanceof Uint8Array ? input : null)
    case 'unknown':
      return () => null
    case 'geometry':
    case 'geography':
      throw withoutValues(type)
    default:
      return unreachable(type)
  }
}

/** What the message names; `context` has the type with its parameters. */
function expectationOf(type: PrimitiveType): string {
  switch (type.kind) {
    case 'boolean':
      return 'a boolean'
    case 'int':
      return 'an integer of 32 bits'
    case 'long':
      return 'an integer of 64 bits, as a bigint beyond 2^53'
    case 'float':
    case 'double':
      return 'a number that the type can hold'
    case 'decimal':
      return 'a decimal as text or as { unscaled, scale }, exact in the type'
    case 'date':
      return 'a date as text, a bigint of days, or a Date at midnight UTC'
    case 'time':
      return 'a time as text or a bigint of microseconds within a day'
    case 'timestamp':
      return 'a timestamp as text without offset, or a bigint of microseconds'
    case 'timestamptz':
      return 'a timestamp as text with an offset, a bigint of microseconds, or a Date'
    case 'timestamp_ns':
      return 'a timestamp as text without offset, or a bigint of nanoseconds'
    case 'timestamptz_ns':
      return 'a timestamp as text with an offset, a bigint of nanoseconds, or a Date'
    case 'string':
      return 'a well-formed string'
    case 'uuid':
      return 'a uuid as text with hyphens'
    case 'fixed':
      return 'bytes of the length of the type, as a Uint8Array or in a file as hex'
    case 'binary':
      return 'bytes, as a Uint8Array or in a file as hex'
    case 'unknown':
      return 'nothing but null'
    case 'geometry':
    case 'geography':
      throw withoutValues(type)
    default:
      return unreachable(type)
  }
}

function readInt32(input: unknown): number | null {
  const number = typeof input === 'bigint' ? Number(input) : input
  if (typeof number !== 'number' || !isInt32(number)) return null
  // Minus zero is zero among integers.
  return number + 0
}

function readInt64(input: unknown): bigint | null {
  if (typeof input === 'bigint') return isInt64(input) ? input : null
  return typeof input === 'number' && Number.isSafeInteger(input) ? BigInt(input) : null
}

function readDouble(input: unknown): number | null {
  if (typeof input === 'number') return input
  if (typeof input !== 'bigint') return null
  const number = Number(input)
  return Number.isFinite(number) && BigInt(number) === input ? number : null
}

function readFloat(input: unknown): number | null {
  const number = readDouble(input)
  return number === null ? null : roundToFloat32(number)
}

function readDecimal(input: unknown, precision: number, scale: number): bigint | null {
  if (typeof input === 'string') return parseDecimal(input, precision, scale)
  if (!isRecord(input)) return null
  const { unscaled, scale: givenScale } = input
  if (typeof unscaled !== 'bigint' || !Number.isSafeInteger(givenScale)) return null
  return parseDecimal(`${unscaled}e${-Number(givenScale)}`, precision, scale)
}

function readDate(input: unknown): number | null {
  if (typeof input === 'string') return parseDate(input)
  const days = input instanceof Date ? input.getTime() / MS_PER_DAY : readBigInt(input)
  return days !== null && isInt32(days) ? days + 0 : null
}

const MS_PER_DAY = 86_400_000

function readBigInt(input: unknown): number | null {
  return typeof input === 'bigint' ? Number(input) : null
}

function readTime(input: unknown): bigint | null {
  if (typeof input === 'string') return parseTime(input)
  return typeof input === 'bigint' && input >= 0n && input < MICROS_PER_DAY ? input : null
}

const MICROS_PER_DAY = 86_400_000_000n

function readTicks(input: unknown): bigint | null {
  return typeof input === 'bigint' && isInt64(input) ? input : null
}

function readTimestamptz(input: unknown): bigint | null {
  if (typeof input === 'string') return parseTimestamptz(input)
  if (!(input instanceof Date)) return readTicks(input)
  const ms = input.getTime()
  return Number.isNaN(ms) ? null : BigInt(ms) * 1000n
}

function readTimestamptzNs(input: unknown): bigint | null {
  if (typeof input === 'string') return parseTimestamptzNs(input)
  if (!(input instanceof Date)) return readTicks(input)
  const ms = input.getTime()
  return Number.isNaN(ms) ? null : checkedInt64(BigInt(ms) * 1_000_000n)
}

function checkedInt64(value: bigint): bigint | null {
  return isInt64(value) ? value : null
}

function isRecord(input: unknown): input is Readonly<Record<string, unknown>> {
  return (
    typeof input === 'object' &&
    input !== null &&
    !Array.isArray(input) &&
    !(input instanceof Map) &&
    !(input instanceof Date) &&
    !ArrayBuffer.isView(input)
  )
}

function joinPath(path: PathOf, name: string): string {
  const parent = path()
  return parent === '' ? name : `${parent}.${name}`
}

function refused(message: string, path: PathOf, type?: PrimitiveType): IcebergError {
  const where = { path: path() }
  return new IcebergError('invalid', message, {
    context: type === undefined ? where : { ...where, type: formatType(type) },
  })
}

function unknownName(name: string, names: Iterable<string>, path: PathOf): IcebergError {
  const nearest = nearestName(name, names)
  return new IcebergError('invalid', 'there is no field of this name', {
    context: {
      path: joinPath(path, name),
      ...(nearest === null ? {} : { nearest }),
    },
  })
}
