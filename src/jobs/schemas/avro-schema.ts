// Schemas of Avro records, as jobs are given them: the types that tables have for Avro's, as Spark reads them. What is read
// here never decodes bytes, so that only meaning counts.
import { IcebergError } from '../../base/errors.ts'
import { readObject } from '../../base/json-fields.ts'
import type { JsonFields } from '../../base/json-fields.ts'
import { makeField } from '../../types/make-field.ts'
import { parseTypeText } from '../../types/type-text.ts'
import type { Field, PlainTypeKind, Type } from '../../types/type.ts'

/** Types inside each other; more is refused rather than overflow the stack. */
const MAX_DEPTH = 100

/** Types of one schema once every name is replaced by what it stands for: names multiply. */
const MAX_TYPES = 100_000

/**
 * The fields of an Avro record; ids are all 0.
 *
 * @throws IcebergError `corrupt` with the path of what is no Avro schema, `unsupported` for what no table can hold
 */
export function avroFieldsFromJson(json: unknown): readonly Field[] {
  const { type } = new AvroReader().read(json, { path: '', namespace: '', depth: 0 })
  if (type.kind === 'struct') return type.fields
  throw wrong('a schema is a record', '')
}

interface AvroPart {
  readonly type: Type
  readonly isOptional: boolean
}

/** Where a type stands. */
interface Spot {
  readonly path: string
  /** Of the nearest named type around it. */
  readonly namespace: string
  readonly depth: number
}

const PRIMITIVES: ReadonlyMap<string, PlainTypeKind> = new Map<string, PlainTypeKind>([
  ['boolean', 'boolean'],
  ['int', 'int'],
  ['long', 'long'],
  ['float', 'float'],
  ['double', 'double'],
  ['bytes', 'binary'],
  ['string', 'string'],
])

/** What an annotation makes of a type. An instant is `timestamp-*`, a reading of a clock on a wall `local-timestamp-*`. */
const LOGICAL_TYPES: ReadonlyMap<string, PlainTypeKind> = new Map<string, PlainTypeKind>([
  ['int date', 'date'],
  ['int time-millis', 'time'],
  ['long time-micros', 'time'],
  ['long timestamp-millis', 'timestamptz'],
  ['long timestamp-micros', 'timestamptz'],
  ['long local-timestamp-millis', 'timestamp'],
  ['long local-timestamp-micros', 'timestamp'],
])

/** Unions of two numbers that Spark reads as the wider one. */
const WIDENED: ReadonlyMap<string, PlainTypeKind> = new Map<string, PlainTypeKind>([
  ['int long', 'long'],
  ['double float', 'double'],
])

interface NamedType {
  readonly type: Type
  /** Types in it. */
  readonly size: number
}

class AvroReader {
  /** Named types by their full names; null while one is being read. */
  readonly #named = new Map<string, NamedType | null>()
  /** Types so far, those that names stand for included. */
  #typeCount = 0

  read(json: unknown, spot: Spot): AvroPart {
    if (spot.depth > MAX_DEPTH) throw wrong('the schema is nested too deep', spot.path)
    this.#count(1, spot)
    if (Array.isArray(json)) return this.#union(json, spot)
    if (typeof json === 'string') return required(this.#byName(json, spot))
    const fields = readObject(json, spot.path)
    const kind = fields.unknown('type')
    // A type may stand in braces of its own, without saying more.
    if (typeof kind !== 'string') return this.read(kind, inside(spot, fields.path('type')))
    return required(this.#complex(kind, fields, spot))
  }

  #complex(kind: string, fields: JsonFields, spot: Spot): Type {
    switch (kind) {
      case 'record':
        return this.#record(fields, spot)
      case 'enum':
        return this.#define(fields, spot, { kind: 'string' })
      case 'fixed':
        return this.#define(fields, spot, fixedType(fields))
      case 'array': {
        const { type, isOptional } = this.#inner('items', fields, spot)
        return { kind: 'list', elementId: 0, elementRequired: !isOptional, element: type }
      }
      case 'map': {
        const { type, isOptional } = this.#inner('values', fields, spot)
        const key: Type = { kind: 'string' }
        return { kind, keyId: 0, key, valueId: 0, valueRequired: !isOptional, value: type }
      }
      default:
        return annotated(kind, fields) ?? this.#byName(kind, spot)
    }
  }

  #record(fields: JsonFields, spot: Spot): Type {
    const name = fullName(fields, spot)
    this.#named.set(name, null)
    const before = this.#typeCount
    const within = { ...spot, namespace: name.slice(0, Math.max(name.lastIndexOf('.'), 0)) }
    const columns = fields.array('fields').map((json, index): Field => {
      const field = readObject(json, `${fields.path('fields')}[${index}]`)
      const { type, isOptional } = this.#inner('type', field, within)
      const doc = field.optionalString('doc')
      return makeField({ id: 0, name: field.string('name'), required: !isOptional, type, doc })
    })
    const type: Type = { kind: 'struct', fields: columns }
    this.#named.set(name, { type, size: this.#typeCount - before })
    return type
  }

  #define(fields: JsonFields, spot: Spot, type: Type): Type {
    this.#named.set(fullName(fields, spot), { type, size: 1 })
    return type
  }

  #count(types: number, { path }: Spot): void {
    this.#typeCount += types
    if (this.#typeCount > MAX_TYPES) throw wrong('the schema has too many types', path)
  }

  #inner(name: string, fields: JsonFields, spot: Spot): AvroPart {
    return this.read(fields.unknown(name), inside(spot, fields.path(name)))
  }

  #byName(name: string, spot: Spot): Type {
    const { namespace, path } = spot
    const kind = PRIMITIVES.get(name)
    if (kind !== undefined) return { kind }
    const candidates =
      name.includes('.') || namespace === '' ? [name] : [`${namespace}.${name}`, name]
    const found = candidates.find((candidate) => this.#named.has(candidate))
    if (found === undefined) throw wrong('no type of this name comes before', path)
    const named = this.#named.get(found) ?? null
    if (named !== null) {
      this.#count(named.size, spot)
      return named.type
    }
    throw new IcebergError('unsupported', 'a record that holds itself', { context: { path } })
  }

  /** Of `null` and one more, the one, which may then be absent. */
  #union(branches: readonly unknown[], spot: Spot): AvroPart {
    const others = branches.filter((branch) => branch !== 'null')
    const isOptional = others.length < branches.length
    const [only, second] = others
    if (only !== undefined && second === undefined) {
      return { type: this.read(only, inside(spot, spot.path)).type, isOptional }
    }
    const widened = WIDENED.get(others.map(String).toSorted().join(' '))
    if (widened !== undefined) return { type: { kind: widened }, isOptional }
    throw new IcebergError('unsupported', 'a union of several types', {
      context: { path: spot.path },
    })
  }
}

function required(type: Type): AvroPart {
  return { type, isOptional: false }
}

function inside(spot: Spot, path: string): Spot {
  return { ...spot, path, depth: spot.depth + 1 }
}

/** A primitive with what its annotation makes of it; null for the name of another type. */
function annotated(kind: string, fields: JsonFields): Type | null {
  const plain = PRIMITIVES.get(kind)
  if (plain === undefined) return null
  const logicalType = fields.optionalString('logicalType')
  if (kind === 'bytes' && logicalType === 'decimal') return decimalType(fields)
  return { kind: LOGICAL_TYPES.get(`${kind} ${logicalType}`) ?? plain }
}

function fixedType(fields: JsonFields): Type {
  const logicalType = fields.optionalString('logicalType')
  if (logicalType === 'decimal') return decimalType(fields)
  if (logicalType === 'duration') {
    throw new IcebergError('unsupported', 'a column of durations', {
      context: { path: fields.path('logicalType') },
    })
  }
  const type = parseTypeText(`fixed[${fields.int('size')}]`)
  if (type === null) throw wrong('a size is above zero', fields.path('size'))
  return type.kind === 'fixed' && type.length === 16 && logicalType === 'uuid'
    ? { kind: 'uuid' }
    : type
}

function decimalType(fields: JsonFields): Type {
  const type = parseTypeText(
    `decimal(${fields.int('precision')},${fields.optionalInt('scale') ?? 0})`,
  )
  if (type !== null) return type
  throw wrong('a decimal has up to 38 digits', fields.path('precision'))
}

function fullName(fields: JsonFields, { namespace }: Spot): string {
  const name = fields.string('name')
  const space = fields.optionalString('namespace') ?? namespace
  return name.includes('.') || space === '' ? name : `${space}.${name}`
}

function wrong(message: string, path: string): IcebergError {
  return new IcebergError('corrupt', message, { context: path === '' ? {} : { path } })
}
