import { IcebergError } from '../../base/errors.ts'
import { readObject } from '../../base/json-fields.ts'
import type { JsonFields } from '../../base/json-fields.ts'

/** How a file says its values are written; only what decides how to read them is kept. */
export type AvroType =
  | ({ readonly kind: AvroPrimitiveKind } & Annotation)
  | ({ readonly kind: 'fixed'; readonly size: number } & Annotation)
  | { readonly kind: 'enum'; readonly symbols: number }
  | { readonly kind: 'array'; readonly items: AvroType }
  | { readonly kind: 'map'; readonly values: AvroType }
  | { readonly kind: 'union'; readonly branches: readonly AvroType[] }
  | { readonly kind: 'record'; readonly fields: readonly AvroField[] }

export type AvroPrimitiveKind =
  | 'null'
  | 'boolean'
  | 'int'
  | 'long'
  | 'float'
  | 'double'
  | 'bytes'
  | 'string'

/** What a type says of the meaning of its values. */
export interface Annotation {
  readonly logicalType: string | null
  /** Digits after the point, for decimals. */
  readonly scale: number
}

export interface AvroField {
  readonly name: string
  /** Null when the writer gave none. */
  readonly fieldId: number | null
  readonly type: AvroType
}

/** Levels of types inside each other. */
const MAX_DEPTH = 32

/** Types in a schema once every name is replaced by what it stands for. */
const MAX_TYPES = 100_000

/**
 * Reads the schema that a file carries. It comes from whoever wrote the file, so nothing is compiled from it, and it is
 * refused when reading by it could take more time than the bytes are worth: types that hold themselves, names that
 * multiply, and items of no bytes, of which a count of ten digits could claim any number.
 *
 * @throws IcebergError `corrupt` when it is no Avro schema
 * @throws IcebergError `limit` when it is nested too deep or has too many types
 */
export function parseAvroType(json: unknown): AvroType {
  const type = new SchemaParser().parse(json, 'schema', 0)
  if (measure(type).types > MAX_TYPES) {
    throw new IcebergError('limit', 'Avro schema has too many types', {
      context: { limit: MAX_TYPES },
    })
  }
  return type
}

const PRIMITIVES: ReadonlySet<string> = new Set<AvroPrimitiveKind>([
  'null',
  'boolean',
  'int',
  'long',
  'float',
  'double',
  'bytes',
  'string',
])

function isPrimitive(name: string): name is AvroPrimitiveKind {
  return PRIMITIVES.has(name)
}

class SchemaParser {
  readonly #named = new Map<string, AvroType>()

  parse(json: unknown, path: string, depth: number): AvroType {
    if (depth > MAX_DEPTH) {
      throw new IcebergError('limit', 'Avro schema is nested too deep', {
        context: { limit: MAX_DEPTH },
      })
    }
    if (typeof json === 'string') return this.#byName(json, path)
    if (Array.isArray(json)) return this.#union(json, path, depth)
    const fields = readObject(json, path)
    const kind = fields.unknown('type')
    // A type may stand in braces of its own, without saying more.
    if (typeof kind !== 'string') return this.parse(kind, fields.path('type'), depth + 1)
    return this.#complex(kind, fields, depth)
  }

  #complex(kind: string, fields: JsonFields, depth: number): AvroType {
    switch (kind) {
      case 'record':
        return this.#define(fields, this.#record(fields, depth))
      case 'fixed':
        return this.#define(fields, { kind, size: fixedSize(fields), ...annotationOf(fields) })
      case 'enum':
        return this.#define(fields, { kind, symbols: fields.array('symbols').length })
      case 'array':
        return { kind, items: this.#items(fields, 'items', depth) }
      case 'map':
        return {
          kind,
          values: this.parse(fields.unknown('values'), fields.path('values'), depth + 1),
        }
      default:
        if (isPrimitive(kind)) return { kind, ...annotationOf(fields) }
        return this.#byName(kind, fields.path('type'))
    }
  }

  #record(fields: JsonFields, depth: number): AvroType {
    const path = fields.path('fields')
    const parsed = fields.array('fields').map((json, index): AvroField => {
      const field = readObject(json, `${path}[${index}]`)
      return {
        name: field.string('name'),
        fieldId: field.optionalInt('field-id') ?? null,
        type: this.parse(field.unknown('type'), field.path('type'), depth + 1),
      }
    })
    return { kind: 'record', fields: parsed }
  }

  #items(fields: JsonFields, name: string, depth: number): AvroType {
    const items = this.parse(fields.unknown(name), fields.path(name), depth + 1)
    if (measure(items).minimumBytes > 0) return items
    throw new IcebergError('corrupt', 'Avro array has items of no bytes', {
      context: { path: fields.path(name) },
    })
  }

  #union(branches: readonly unknown[], path: string, depth: number): AvroType {
    const parsed = branches.map((branch, index) =>
      this.parse(branch, `${path}[${index}]`, depth + 1),
    )
    return { kind: 'union', branches: parsed }
  }

  /** A name counts from the end of its definition on, so no type can hold itself. */
  #define(fields: JsonFields, type: AvroType): AvroType {
    this.#named.set(unqualified(fields.string('name')), type)
    return type
  }

  #byName(name: string, path: string): AvroType {
    if (isPrimitive(name)) return { kind: name, logicalType: null, scale: 0 }
    const type = this.#named.get(unqualified(name))
    if (type !== undefined) return type
    throw new IcebergError('corrupt', 'Avro schema names an unknown type', { context: { path } })
  }
}

/** Namespaces are passed over: no schema of the table format has them. */
function unqualified(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1)
}

function annotationOf(fields: JsonFields): Annotation {
  const logicalType = fields.unknown('logicalType')
  const scale = fields.unknown('scale')
  return {
    logicalType: typeof logicalType === 'string' ? logicalType : null,
    scale: typeof scale === 'number' ? scale : 0,
  }
}

function fixedSize(fields: JsonFields): number {
  const size = fields.int('size')
  if (size >= 0) return size
  throw new IcebergError('corrupt', 'Avro fixed type has a negative size', {
    context: { path: fields.path('size') },
  })
}

interface Measure {
  /** Types in it, once every name is replaced by what it stands for. */
  readonly types: number
  /** What any value of it takes at least. */
  readonly minimumBytes: number
}

const measures = new WeakMap<AvroType, Measure>()

/** Each type is measured once, however often it is named: names that double each other would take forever otherwise. */
function measure(type: AvroType): Measure {
  const known = measures.get(type)
  if (known !== undefined) return known
  const inner = innerTypes(type).map(measure)
  const types = inner.reduce((sum, child) => sum + child.types, 1)
  const measured = { types, minimumBytes: minimumBytes(type, inner) }
  measures.set(type, measured)
  return measured
}

function minimumBytes(type: AvroType, inner: readonly Measure[]): number {
  switch (type.kind) {
    case 'null':
      return 0
    case 'float':
      return 4
    case 'double':
      return 8
    case 'fixed':
      return type.size
    case 'record':
      return inner.reduce((sum, child) => sum + child.minimumBytes, 0)
    default:
      return 1
  }
}

function innerTypes(type: AvroType): readonly AvroType[] {
  switch (type.kind) {
    case 'record':
      return type.fields.map((field) => field.type)
    case 'union':
      return type.branches
    case 'array':
      return [type.items]
    case 'map':
      return [type.values]
    default:
      return []
  }
}
