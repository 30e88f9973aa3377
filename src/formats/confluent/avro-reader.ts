/**
 * Values of Avro, written by one schema and read into the columns of a table (Avro specification: Schema Resolution). Fields are the
 * same by their names; what the table does not have is passed over, and what the writer does not have is its default, or null.
 */
import { unreachable } from '../../base/assert.ts'
import { IcebergError, withContext } from '../../base/errors.ts'
import type { Field, ListType, MapType, StructType, Type } from '../../types/type.ts'
import type { NestedValue, Value } from '../../types/value.ts'
import { BinaryReader } from '../avro/binary-reader.ts'
import { fromBytes, fromFloat, fromInt, fromLong, fromText } from './avro-conversions.ts'
import type { AvroSchema } from './avro-schema.ts'
import type { Defaults } from './avro-defaults.ts'

/** Reads the rows of one writer. @throws IcebergError `invalid` or `corrupt` for bytes that are no row */
export type AvroRowReader = (bytes: Uint8Array) => readonly (Value | null)[]

/**
 * @param defaults what stands for fields that the writer does not have, where that is not null
 * @throws IcebergError `invalid` with the `path` of a column that cannot hold what the writer writes
 */
export function avroRowReader(
  writer: AvroSchema,
  fields: readonly Field[],
  defaults: Defaults,
): AvroRowReader {
  if (writer.kind !== 'record') {
    throw new IcebergError('invalid', 'the schema of a message is no record')
  }
  const read = structReader(writer, { kind: 'struct', fields }, { path: '', defaults })
  return (bytes) => {
    const reader = new BinaryReader(bytes)
    const row = read(reader)
    if (reader.remaining === 0) return row
    throw new IcebergError('corrupt', 'the message goes on after its value')
  }
}

/** Where a value is read to. */
interface Target {
  /** Names from the root, with dots. */
  readonly path: string
  readonly defaults: Defaults
}

type Read<Result = Value | null> = (reader: BinaryReader) => Result

type Record = Extract<AvroSchema, { readonly kind: 'record' }>

/** One step for each field of the writer, in its order; null for values that nobody wants. */
function structReader(
  writer: Record,
  { fields }: StructType,
  { path, defaults }: Target,
): Read<NestedValue> {
  const absent = fields.map((field) => absentValue(writer, field, { path, defaults }))
  const steps = writer.fields.map(({ name, schema }) => {
    const index = fields.findIndex((field) => field.name === name)
    const field = fields[index]
    if (field === undefined) return { index, read: skipper(schema) }
    const target = { path: joined(path, name), defaults }
    return {
      index,
      read: requiring(field.required, valueReader(schema, field.type, target), target),
    }
  })
  return (reader) => {
    const values = absent.slice()
    for (const { index, read } of steps) {
      const value = read(reader)
      if (index >= 0) values[index] = value ?? null
    }
    return values
  }
}

/** What a field has that the writer does not know of. */
function absentValue(
  writer: Record,
  { name, required }: Field,
  { path, defaults }: Target,
): Value | null {
  if (writer.fields.some((field) => field.name === name)) return null
  const place = joined(path, name)
  const value = defaults.get(place) ?? null
  if (value !== null || !required) return value
  throw new IcebergError('invalid', 'the writer does not know a column that needs a value', {
    context: { path: place },
  })
}

function requiring(isRequired: boolean, read: Read, { path }: Target): Read {
  if (!isRequired) return read
  return (reader) => {
    const value = read(reader)
    if (value !== null) return value
    throw new IcebergError('invalid', 'required value is missing', { context: { path } })
  }
}

function valueReader(writer: AvroSchema, type: Type, target: Target): Read {
  switch (writer.kind) {
    case 'null':
      return () => null
    case 'union':
      return unionReader(writer.branches, type, target)
    case 'boolean':
      return type.kind === 'boolean' ? (reader) => reader.boolean() : misfit(target)
    case 'int':
      return converting(fromInt(writer, type), (reader) => reader.int(), target)
    case 'long':
      return converting(fromLong(writer, type), (reader) => reader.long(), target)
    case 'float':
      return converting(fromFloat('float', type), (reader) => reader.float(), target)
    case 'double':
      return converting(fromFloat('double', type), (reader) => reader.double(), target)
    case 'string':
      return converting(fromText(type), (reader) => reader.string(), target)
    case 'enum': {
      const { symbols } = writer
      const read: Read<string> = (reader) => symbols[reader.index(symbols.length)] ?? ''
      return converting(fromText(type), read, target)
    }
    case 'bytes':
      return converting(fromBytes(writer, null, type), (reader) => reader.bytes(), target)
    case 'fixed': {
      const { size } = writer
      return converting(fromBytes(writer, size, type), (reader) => reader.fixed(size), target)
    }
    case 'array':
      return type.kind === 'list' ? listReader(writer.items, type, target) : misfit(target)
    case 'map':
      return type.kind === 'map' ? mapReader(writer.values, type, target) : misfit(target)
    case 'record':
      return type.kind === 'struct' ? structReader(writer, type, target) : misfit(target)
    default:
      return unreachable(writer)
  }
}

function converting<Written>(
  convert: ((written: Written) => Value) | null,
  read: Read<Written>,
  target: Target,
): Read {
  if (convert === null) return misfit(target)
  return (reader) => {
    const written = read(reader)
    try {
      return convert(written)
    } catch (error) {
      throw withContext(error, { path: target.path })
    }
  }
}

/** A branch that does not fit is a fault of the messages that have it; where none fits, it is one of the schema. */
function unionReader(branches: readonly AvroSchema[], type: Type, target: Target): Read {
  const readers = branches.map((branch): Read => {
    try {
      return valueReader(branch, type, target)
    } catch (error) {
      return () => {
        throw error
      }
    }
  })
  const fits = branches.some((branch) => branch.kind !== 'null' && isReadable(branch, type, target))
  if (!fits && branches.some(({ kind }) => kind !== 'null')) return misfit(target)
  return (reader) => {
    const read = readers[reader.index(readers.length)]
    return read === undefined ? null : read(reader)
  }
}

function isReadable(writer: AvroSchema, type: Type, target: Target): boolean {
  try {
    valueReader(writer, type, target)
    return true
  } catch {
    return false
  }
}

function listReader(items: AvroSchema, type: ListType, { path, defaults }: Target): Read {
  const target = { path: joined(path, 'element'), defaults }
  const read = requiring(type.elementRequired, valueReader(items, type.element, target), target)
  return (reader) => {
    const values: (Value | null)[] = []
    for (let count = reader.blockCount(); count > 0; count = reader.blockCount()) {
      for (let left = count; left > 0; left -= 1) values.push(read(reader))
    }
    return values
  }
}

/** Of a key that comes again the last value counts, as in every program's own maps. */
function mapReader(values: AvroSchema, type: MapType, { path, defaults }: Target): Read {
  if (type.key.kind !== 'string') return misfit({ path, defaults })
  const target = { path: joined(path, 'value'), defaults }
  const read = requiring(type.valueRequired, valueReader(values, type.value, target), target)
  return (reader) => {
    const entries = new Map<string, Value | null>()
    for (let count = reader.blockCount(); count > 0; count = reader.blockCount()) {
      for (let left = count; left > 0; left -= 1) entries.set(reader.string(), read(reader))
    }
    return [...entries]
  }
}

/** Passes over a value. */
function skipper(writer: AvroSchema): Read<null> {
  const read = skipperOf(writer)
  return (reader) => {
    read(reader)
    return null
  }
}

function skipperOf(writer: AvroSchema): (reader: BinaryReader) => void {
  switch (writer.kind) {
    case 'null':
      return () => undefined
    case 'boolean':
      return (reader) => reader.skipFixed(1)
    case 'int':
    case 'long':
    case 'enum':
      return (reader) => reader.skipIntegers(1)
    case 'float':
      return (reader) => reader.skipFixed(4)
    case 'double':
      return (reader) => reader.skipFixed(8)
    case 'string':
    case 'bytes':
      return (reader) => reader.skipBytes()
    case 'fixed':
      return (reader) => reader.skipFixed(writer.size)
    case 'union': {
      const branches = writer.branches.map(skipperOf)
      return (reader) => branches[reader.index(branches.length)]?.(reader)
    }
    case 'array':
      return skipItems(skipperOf(writer.items))
    case 'map': {
      const skipValue = skipperOf(writer.values)
      return skipItems((reader) => {
        reader.skipBytes()
        skipValue(reader)
      })
    }
    case 'record': {
      const fields = writer.fields.map(({ schema }) => skipperOf(schema))
      return (reader) => {
        for (const skip of fields) skip(reader)
      }
    }
    default:
      return unreachable(writer)
  }
}

function skipItems(skip: (reader: BinaryReader) => void): (reader: BinaryReader) => void {
  return (reader) => {
    for (let count = reader.blockCount(); count > 0; count = reader.blockCount()) {
      for (let left = count; left > 0; left -= 1) skip(reader)
    }
  }
}

function misfit({ path }: Target): never {
  throw new IcebergError('invalid', 'the column cannot hold what the schema of a message has', {
    context: { path },
  })
}

function joined(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`
}
