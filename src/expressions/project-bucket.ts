import { unreachable } from '../base/assert.ts'
import { bucketFunction } from '../layout/bucket.ts'
import type { PrimitiveType } from '../types/type.ts'
import { boundFalse, boundTrue } from './bound.ts'
import type { BoundComparison, BoundSet, PrimitiveColumn } from './bound.ts'
import { saysNothing } from './leaf-projection.ts'
import type { LeafProjection } from './leaf-projection.ts'
import { isNoneOf, isOneOf } from './literal-set.ts'

/**
 * A value is only ever in its own bucket, so that rows equal to a literal are nowhere else; but a bucket holds other
 * values too, in no order.
 */
export function projectBucket(
  numBuckets: number,
  leaf: BoundComparison | BoundSet,
  { field, source }: { readonly field: PrimitiveColumn; readonly source: PrimitiveType },
): LeafProjection {
  const bucket = bucketFunction(numBuckets, source)
  switch (leaf.kind) {
    case 'eq':
      return { inclusive: isOneOf(field, [bucket(leaf.literal)]), strict: boundFalse }
    case 'in':
      return { inclusive: isOneOf(field, leaf.literals.map(bucket)), strict: boundFalse }
    case 'not-eq':
      return { inclusive: boundTrue, strict: isNoneOf(field, [bucket(leaf.literal)]) }
    case 'not-in':
      return { inclusive: boundTrue, strict: isNoneOf(field, leaf.literals.map(bucket)) }
    case 'lt':
    case 'lt-eq':
    case 'gt':
    case 'gt-eq':
    case 'starts-with':
    case 'not-starts-with':
      return saysNothing
    default:
      return unreachable(leaf)
  }
}
