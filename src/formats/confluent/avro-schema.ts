// Schemas of Avro as other programs register them (Avro specification: Schema Declaration), with all that decides how values are
// read by another schema. Nothing is compiled from them to code.
import { IcebergError } from '../../base/errors.ts'
import { readObject } from '../../base/json-fields.ts'
import type { JsonFields } from '../../base/json-fields.ts'
import type { AvroPrimitiveKind } from '../avro/avro-type.ts'

/** How values are written. */
export type AvroSchema =
  | {
      readonly kind: AvroPrimitiveKind
      readonly logicalType: string | null
      readonly scale: number
    }
  | {
      readonly kind: 'fixed'
      readonly size: number
      readonly logicalType: string | null
      readonly scale: number
    }
  | { readonly kind: 'enum'; readonly symbols: readonly string[] }
  | { readonly kind: 'array'; readonly items: AvroSchema }
  | { readonly kind: 'map'; readonly values: AvroSchema }
  | { readonly kind: 'union'; readonly branches: readonly AvroSchema[] }
  | { readonly kind: 'record'; readonly fields: readonly AvroField[] }

export interface AvroField {
  readonly name: string
  readonly schema: AvroSchema
  /** As JSON; undefined where there is none. */
  readonly defaultJson: unknown
}

/** Types inside each other. */
const MAX_DEPTH = 100

/** Types once every name is replaced by what it stands for: names multiply. */
const MAX_TYPES = 100_000

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

/**
 * @throws IcebergError `corrupt` with the path of what is no schema, `unsupported` for one that holds itself
 * @throws IcebergError `limit` when it is nested too deep or has too many types
 */
export function parseAvroSchema(json: unknown): AvroSchema {
  return new SchemaParser().parse(json, { path: '', namespace: '', depth: 0 })
}

/** Where a schema stands. */
interface Spot {
  readonly path: string
  /** Of the nearest named type around it. */
  readonly namespace: string
  readonly depth: number
}

interface NamedSchema {
  readonly schema: AvroSchema
  /** Types in it. */
  readonly size: number
}

class SchemaParser {
  /** By full names; null while one is being read. */
  readonly #named = new Map<string, NamedSchema | null>()
  #typeCount = 0

  parse(json: unknown, spot: Spot): AvroSchema {
    if (spot.depth > MAX_DEPTH) throw tooMuch('the schema is nested too deep', MAX_DEPTH)
    this.#count(1)
    if (typeof json === 'string') return this.#byName(json, spot)
    if (Array.isArray(json)) {
      const branches = json.map((branch) => this.parse(branch, inside(spot, spot.path)))
      return { kind: 'union', branches }
    }
    const fields = readObject(json, spot.path)
    const kind = fields.unknown('type')
    if (typeof kind !== 'string') return this.parse(kind, inside(spot, fields.path('type')))
    return this.#complex(kind, fields, spot)
  }

  #complex(kind: string, fields: JsonFields, spot: Spot): AvroSchema {
    switch (kind) {
      case 'record':
      case 'error':
        return this.#record(fields, spot)
      case 'enum':
        return this.#define(fields, spot, { kind, symbols: fields.array('symbols').map(String) })
      case 'fixed':
        return this.#define(fields, spot, {
          kind,
          size: fields.int('size'),
          ...annotationOf(fields),
        })
      case 'array':
        return { kind, items: this.#inner('items', fields, spot) }
      case 'map':
        return { kind, values: this.#inner('values', fields, spot) }
      default:
        return isPrimitive(kind)
          ? { kind, ...annotationOf(fields) }
          : this.#byName(kind, { ...spot, path: fields.path('type') })
    }
  }

  #record(fields: JsonFields, spot: Spot): AvroSchema {
    const name = fullName(fields, spot)
    this.#named.set(name, null)
    const before = this.#typeCount
    const within = { ...spot, namespace: name.slice(0, Math.max(name.lastIndexOf('.'), 0)) }
    const members = fields.array('fields').map((json, index): AvroField => {
      const field = readObject(json, `${fields.path('fields')}[${index}]`)
      const hasDefault = field.names().includes('default')
      return {
        name: field.string('name'),
        schema: this.#inner('type', field, within),
        defaultJson: hasDefault ? field.unknown('default') : undefined,
      }
    })
    const schema: AvroSchema = { kind: 'record', fields: members }
    this.#named.set(name, { schema, size: this.#typeCount - before })
    return schema
  }

  #define(fields: JsonFields, spot: Spot, schema: AvroSchema): AvroSchema {
    this.#named.set(fullName(fields, spot), { schema, size: 1 })
    return schema
  }

  #inner(name: string, fields: JsonFields, spot: Spot): AvroSchema {
    return this.parse(fields.unknown(name), inside(spot, fields.path(name)))
  }

  #byName(name: string, { namespace, path }: Spot): AvroSchema {
    if (isPrimitive(name)) return { kind: name, logicalType: null, scale: 0 }
    const candidates =
      name.includes('.') || namespace === '' ? [name] : [`${namespace}.${name}`, name]
    const found = candidates.find((candidate) => this.#named.has(candidate))
    if (found === undefined) {
      throw new IcebergError('corrupt', 'no type of this name comes before', { context: { path } })
    }
    const named = this.#named.get(found) ?? null
    if (named === null) {
      throw new IcebergError('unsupported', 'a record that holds itself', { context: { path } })
    }
    this.#count(named.size)
    return named.schema
  }

  #count(types: number): void {
    this.#typeCount += types
    if (this.#typeCount > MAX_TYPES) throw tooMuch('the schema has too many types', MAX_TYPES)
  }
}

function isPrimitive(name: string): name is AvroPrimitiveKind {
  return PRIMITIVES.has(name)
}

function inside(spot: Spot, path: string): Spot {
  return { ...spot, path, depth: spot.depth + 1 }
}

function annotationOf(fields: JsonFields): {
  readonly logicalType: string | null
  readonly scale: number
} {
  const logicalType = fields.optionalString('logicalType') ?? null
  const scale = logicalType === 'decimal' ? (fields.optionalInt('scale') ?? 0) : 0
  return { logicalType, scale }
}

function fullName(fields: JsonFields, { namespace }: Spot): string {
  const name = fields.string('name')
  const space = fields.optionalString('namespace') ?? namespace
  return name.includes('.') || space === '' ? name : `${space}.${name}`
}

function tooMuch(message: string, limit: number): IcebergError {
  return new IcebergError('limit', message, { context: { limit } })
}
