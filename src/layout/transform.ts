import { unreachable } from '../base/assert.ts'
import { isPrimitive } from '../types/type.ts'
import type { PrimitiveType, Type } from '../types/type.ts'

/** A transform that takes a unit of time from a date or timestamp. */
export type TimeTransformKind = 'year' | 'month' | 'day' | 'hour'

/** A partition or sort transform (spec: Partition Transforms). One we do not know keeps its name and is opaque. */
export type Transform =
  | { readonly kind: 'identity' }
  | { readonly kind: 'void' }
  | { readonly kind: TimeTransformKind }
  | { readonly kind: 'unknown'; readonly name: string }

/**
 * The transform that metadata JSON spells so, in any case (spec: Partition Specs). What we do not know becomes `unknown`
 * and keeps its spelling.
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
      return { kind: 'unknown', name: text }
  }
}

/** The spelling used in metadata JSON; the inverse of {@link parseTransform}. */
export function formatTransform(transform: Transform): string {
  return transform.kind === 'unknown' ? transform.name : transform.kind
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
  return transform.kind === 'identity' || isTimeTransform(transform)
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
    case 'void':
      return source
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

function isTimestamp(type: PrimitiveType): boolean {
  return type.kind === 'timestamp' || type.kind === 'timestamptz'
}
