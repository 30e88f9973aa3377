import { unreachable } from '../base/assert.ts'
import { INT32_MAX } from '../base/integers.ts'
import { isPrimitive } from '../types/type.ts'
import type { PrimitiveType, Type } from '../types/type.ts'
import { isHashable } from './bucket.ts'
import { isTruncatable } from './truncate.ts'

/** A transform that takes a unit of time from a date or timestamp. */
export type TimeTransformKind = 'year' | 'month' | 'day' | 'hour'

/** A partition or sort transform (spec: Partition Transforms). One we do not know keeps its name and is opaque. */
export type Transform =
  | { readonly kind: 'identity' }
  | { readonly kind: 'void' }
  | { readonly kind: TimeTransformKind }
  /** In `[1, 2147483647]`. */
  | { readonly kind: 'bucket'; readonly numBuckets: number }
  /** In `[1, 2147483647]`: code points, bytes, or what numbers are multiples of. */
  | { readonly kind: 'truncate'; readonly width: number }
  | { readonly kind: 'unknown'; readonly name: string }

/**
 * The transform that metadata JSON spells so, in any case (spec: Partition Specs). What we do not know becomes `unknown`
 * and keeps its spelling, and so does a transform with a parameter out of range.
 */
export function parseTransform(text: string): Transform {
  const kind = text.toLowerCase()
  switch (kind) {
    case 'identity':
    case 'void':
    case 'year':
    case 'month':
    case 'day':
    case 'hour':
      return { kind }
    default:
      return parseSized(kind) ?? { kind: 'unknown', name: text }
  }
}

const SIZED = /^(\w+)\[(\d{1,10})\]$/

function parseSized(text: string): Transform | null {
  const [, name = '', size = ''] = SIZED.exec(text) ?? []
  return sizedTransform(name, Number(size))
}

/** `bucket` or `truncate` with its parameter; null for another name, or a parameter out of range. */
export function sizedTransform(name: string, size: number): Transform | null {
  if (!Number.isInteger(size) || size < 1 || size > INT32_MAX) return null
  if (name === 'bucket') return { kind: name, numBuckets: size }
  return name === 'truncate' ? { kind: name, width: size } : null
}

/** The spelling used in metadata JSON; the inverse of {@link parseTransform}. */
export function formatTransform(transform: Transform): string {
  switch (transform.kind) {
    case 'identity':
    case 'void':
    case 'year':
    case 'month':
    case 'day':
    case 'hour':
      return transform.kind
    case 'bucket':
      return `bucket[${transform.numBuckets}]`
    case 'truncate':
      return `truncate[${transform.width}]`
    case 'unknown':
      return transform.name
    default:
      return unreachable(transform)
  }
}

export function equalTransforms(left: Transform, right: Transform): boolean {
  return formatTransform(left) === formatTransform(right)
}

export function isTimeTransform(
  transform: Transform,
): transform is { readonly kind: TimeTransformKind } {
  switch (transform.kind) {
    case 'year':
    case 'month':
    case 'day':
    case 'hour':
      return true
    case 'identity':
    case 'void':
    case 'bucket':
    case 'truncate':
    case 'unknown':
      return false
    default:
      return unreachable(transform)
  }
}

/**
 * Whether a greater value never gives a smaller result, so that a range of values is a range of results. Also false where
 * the result says nothing.
 */
export function preservesOrder(transform: Transform): boolean {
  const { kind } = transform
  return kind === 'identity' || kind === 'truncate' || isTimeTransform(transform)
}

/** Whether the transform takes values of that type (spec: Partition Transforms). Never for a transform we do not know. */
export function canTransform(transform: Transform, source: Type): boolean {
  return resultType(transform, source) !== null
}

/**
 * The type of the transform's values; null when it does not take that source type, or is one we do not know. A day is a
 * `date`, though some writers store it as `int`; both are held alike.
 */
export function resultType(transform: Transform, source: Type): PrimitiveType | null {
  if (!isPrimitive(source)) return null
  switch (transform.kind) {
    case 'identity':
      return isShape(source) ? null : source
    case 'void':
      return isShape(source) ? { kind: 'int' } : source
    case 'bucket':
      return isHashable(source) ? { kind: 'int' } : null
    case 'truncate':
      return isTruncatable(source) ? source : null
    case 'year':
    case 'month':
      return isDate(source) || isTimestamp(source) ? { kind: 'int' } : null
    case 'day':
      return isDate(source) || isTimestamp(source) ? { kind: 'date' } : null
    case 'hour':
      return isTimestamp(source) ? { kind: 'int' } : null
    case 'unknown':
      return null
    default:
      return unreachable(transform)
  }
}

function isDate(type: PrimitiveType): boolean {
  return type.kind === 'date'
}

function isTimestamp({ kind }: PrimitiveType): boolean {
  return (
    kind === 'timestamp' ||
    kind === 'timestamptz' ||
    kind === 'timestamp_ns' ||
    kind === 'timestamptz_ns'
  )
}

/** Shapes on a plane or a sphere are neither equal nor ordered. */
function isShape({ kind }: PrimitiveType): boolean {
  return kind === 'geometry' || kind === 'geography'
}
