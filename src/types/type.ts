import { unreachable } from '../base/assert.ts'
import type { Value } from './value.ts'

/** Types without parameters (spec: Primitive Types). */
export type PlainTypeKind =
  | 'boolean'
  | 'int'
  | 'long'
  | 'float'
  | 'double'
  | 'date'
  | 'time'
  | 'timestamp'
  | 'timestamptz'
  | 'timestamp_ns'
  | 'timestamptz_ns'
  | 'string'
  | 'uuid'
  | 'binary'
  /** Every value is null; what the column will hold is not known yet. */
  | 'unknown'

/** A type of one value (spec: Primitive Types). */
export type PrimitiveType =
  | { readonly kind: PlainTypeKind }
  /** `precision` in `[1, 38]`, `scale` in `[0, precision]`. */
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  /** `length` in bytes, at least 1. */
  | { readonly kind: 'fixed'; readonly length: number }
  /** Well-known binary; `crs` is absent for the default, `OGC:CRS84`. */
  | { readonly kind: 'geometry'; readonly crs?: string }
  /** As `geometry`; edges follow `algorithm`, which is absent for the default, `spherical`. */
  | { readonly kind: 'geography'; readonly crs?: string; readonly algorithm?: EdgeAlgorithm }

/** How a geography goes from one point to the next (spec: Primitive Types). */
export type EdgeAlgorithm = 'spherical' | 'vincenty' | 'thomas' | 'andoyer' | 'karney'

/** A field of a struct. Field ids are unique in the whole schema. */
export interface Field {
  readonly id: number
  readonly name: string
  readonly required: boolean
  readonly type: Type
  readonly doc?: string
  /** What rows hold that were written before the field was added; absent means null (spec: Default values). */
  readonly initialDefault?: Value
  /** What a writer puts where a row says nothing; absent means null. */
  readonly writeDefault?: Value
}

/** Fields, each with a name and an id. */
export interface StructType {
  readonly kind: 'struct'
  readonly fields: readonly Field[]
}

/** Elements of one type, which have a field id of their own. */
export interface ListType {
  readonly kind: 'list'
  readonly elementId: number
  readonly elementRequired: boolean
  readonly element: Type
}

/** Keys are always required. */
export interface MapType {
  readonly kind: 'map'
  readonly keyId: number
  readonly key: Type
  readonly valueId: number
  readonly valueRequired: boolean
  readonly value: Type
}

/** A value of any shape that each row brings along (spec: Semi-structured Types). */
export interface VariantType {
  readonly kind: 'variant'
}

/** Any type of a field (spec: Schemas and Data Types). */
export type Type = PrimitiveType | VariantType | StructType | ListType | MapType

export function isPrimitive(type: Type): type is PrimitiveType {
  return (
    type.kind !== 'struct' && type.kind !== 'list' && type.kind !== 'map' && type.kind !== 'variant'
  )
}

/** Whether values may be NaN, and zero has two signs. */
export function isFloating({ kind }: { readonly kind: string }): boolean {
  return kind === 'float' || kind === 'double'
}

/** The specification's spelling of a primitive, `decimal(9, 2)`; nested types as in `struct<1: a: optional int>`. */
export function formatType(type: Type): string {
  switch (type.kind) {
    case 'decimal':
      return `decimal(${type.precision}, ${type.scale})`
    case 'fixed':
      return `fixed[${type.length}]`
    case 'struct':
      return `struct<${type.fields.map(formatField).join(', ')}>`
    case 'list':
      return `list<${formatType(type.element)}>`
    case 'map':
      return `map<${formatType(type.key)}, ${formatType(type.value)}>`
    case 'boolean':
    case 'int':
    case 'long':
    case 'float':
    case 'double':
    case 'date':
    case 'time':
    case 'timestamp':
    case 'timestamptz':
    case 'timestamp_ns':
    case 'timestamptz_ns':
    case 'string':
    case 'uuid':
    case 'binary':
    case 'unknown':
    case 'variant':
      return type.kind
    case 'geometry':
      return `geometry(${type.crs ?? DEFAULT_CRS})`
    case 'geography':
      return `geography(${type.crs ?? DEFAULT_CRS}, ${type.algorithm ?? DEFAULT_ALGORITHM})`
    default:
      return unreachable(type)
  }
}

/** Longitude and latitude on WGS84, the reference system of types that name none. */
export const DEFAULT_CRS = 'OGC:CRS84'

/** The way between two points of a geography that names none. */
export const DEFAULT_ALGORITHM: EdgeAlgorithm = 'spherical'

function formatField(field: Field): string {
  return `${field.id}: ${field.name}: ${field.required ? 'required' : 'optional'} ${formatType(field.type)}`
}
