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
import { IcebergError } from '../base/errors.ts'
import { nearestName } from '../base/nearest-name.ts'
import { valueKey } from './compare.ts'
import { STRUCT_DEFAULT, effectiveWriteDefault, hasNullDefault } from './default-values.ts'
import { expectationOf, isRecord, primitiveReader } from './primitive-input.ts'
import { formatType } from './type.ts'
import type { Field, ListType, MapType, PrimitiveType, Type } from './type.ts'
import type { Value } from './value.ts'
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
  const read = primitiveReader(type)
  const expected = `expected ${expectationOf(type)}`
  return (input, path) => {
    const value = read(input)
    if (value === null) throw refused(expected, path, type)
    return value
  }
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
