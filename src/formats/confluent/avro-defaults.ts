// What stands for fields that a writer did not know of yet (Avro specification: Complex Types, Records): the defaults of the schema
// that values are read by, as values of the columns.
import { IcebergError } from '../../base/errors.ts'
import { childFields } from '../../types/schema.ts'
import type { Field, Type } from '../../types/type.ts'
import type { Value } from '../../types/value.ts'
import { fromBytes, fromFloat, fromInt, fromLong, fromText } from './avro-conversions.ts'
import type { AvroSchema } from './avro-schema.ts'

/** By the names from the root, with dots. What is not there is null. */
export type Defaults = ReadonlyMap<string, Value>

export const NO_DEFAULTS: Defaults = new Map()

/**
 * The defaults of a record's fields, and of those of records in it.
 *
 * @param fields the columns that the schema has been made into
 * @throws IcebergError `corrupt` for a default that its type does not have
 */
export function avroDefaults(schema: AvroSchema, fields: readonly Field[]): Defaults {
  const defaults = new Map<string, Value>()
  collect(schema, fields, '', defaults)
  return defaults
}

function collect(
  schema: AvroSchema,
  fields: readonly Field[],
  path: string,
  defaults: Map<string, Value>,
): void {
  const record = recordIn(schema)
  for (const { name, schema: inner, defaultJson } of record?.fields ?? []) {
    const field = fields.find((candidate) => candidate.name === name)
    if (field === undefined) continue
    const place = path === '' ? name : `${path}.${name}`
    const value = defaultJson === undefined ? null : valueOf(defaultJson, inner, field.type, place)
    if (value !== null) defaults.set(place, value)
    collectInside(inner, field.type, place, defaults)
  }
}

function collectInside(
  schema: AvroSchema,
  type: Type,
  path: string,
  defaults: Map<string, Value>,
): void {
  const [item] = childFields(type).slice(-1)
  const inner = soleBranch(schema)
  if (type.kind === 'struct') collect(inner, type.fields, path, defaults)
  else if (inner.kind === 'array' && item !== undefined) {
    collectInside(inner.items, item.type, `${path}.element`, defaults)
  } else if (inner.kind === 'map' && item !== undefined) {
    collectInside(inner.values, item.type, `${path}.value`, defaults)
  }
}

function recordIn(schema: AvroSchema): Extract<AvroSchema, { readonly kind: 'record' }> | null {
  const inner = soleBranch(schema)
  return inner.kind === 'record' ? inner : null
}

/** Of a union with null the other branch. */
function soleBranch(schema: AvroSchema): AvroSchema {
  if (schema.kind !== 'union') return schema
  return schema.branches.find(({ kind }) => kind !== 'null') ?? schema
}

/** A default in JSON; that of a union is one of its first branch. */
function valueOf(json: unknown, schema: AvroSchema, type: Type, path: string): Value | null {
  if (json === null) return null
  const value = convertedOf(json, schema, type, path)
  if (value !== undefined) return value
  throw new IcebergError('corrupt', 'a default is none of its type', { context: { path } })
}

/** Undefined where the default is none. */
function convertedOf(
  json: unknown,
  schema: AvroSchema,
  type: Type,
  path: string,
): Value | null | undefined {
  switch (schema.kind) {
    case 'union': {
      const fitting = schema.branches.find(
        (branch) => branch.kind !== 'null' && convertedOf(json, branch, type, path) !== undefined,
      )
      return fitting && convertedOf(json, fitting, type, path)
    }
    case 'boolean':
      return typeof json === 'boolean' && type.kind === 'boolean' ? json : undefined
    case 'int':
      return Number.isSafeInteger(json) ? fromInt(schema, type)?.(Number(json)) : undefined
    case 'long':
      return typeof json === 'bigint' || Number.isSafeInteger(json)
        ? fromLong(schema, type)?.(BigInt(json as bigint | number))
        : undefined
    case 'float':
    case 'double':
      return typeof json === 'number' ? fromFloat(schema.kind, type)?.(json) : undefined
    case 'string':
    case 'enum':
      return typeof json === 'string' ? fromText(type)?.(json) : undefined
    case 'bytes':
      return typeof json === 'string' ? fromBytes(schema, null, type)?.(bytesOf(json)) : undefined
    case 'fixed':
      return typeof json === 'string'
        ? fromBytes(schema, schema.size, type)?.(bytesOf(json))
        : undefined
    case 'array':
      return Array.isArray(json) && type.kind === 'list'
        ? json.map((item) => valueOf(item, schema.items, type.element, path))
        : undefined
    case 'map':
      return isObject(json) && type.kind === 'map'
        ? Object.entries(json).map(([key, item]) => [
            key,
            valueOf(item, schema.values, type.value, path),
          ])
        : undefined
    case 'record':
      return isObject(json) && type.kind === 'struct'
        ? type.fields.map((field) => memberOf(json, schema, field, path))
        : undefined
    default:
      return undefined
  }
}

function memberOf(
  json: Readonly<Record<string, unknown>>,
  { fields }: Extract<AvroSchema, { readonly kind: 'record' }>,
  { name, type }: Field,
  path: string,
): Value | null {
  const member = fields.find((field) => field.name === name)
  if (member === undefined) return null
  const given = Object.hasOwn(json, name) ? json[name] : (member.defaultJson ?? null)
  return valueOf(given, member.schema, type, `${path}.${name}`)
}

function isObject(json: unknown): json is Readonly<Record<string, unknown>> {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}

/** Bytes stand in JSON as characters of their numbers. */
function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'latin1'))
}
