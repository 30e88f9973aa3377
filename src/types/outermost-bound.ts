import { comparatorOf } from './compare.ts'
import { valueFromBytes } from './single-value-binary.ts'
import type { PrimitiveType } from './type.ts'
import type { PrimitiveValue } from './value.ts'

/**
 * The lowest of lower bounds or the highest of upper ones, such as those of all row groups that hold values.
 *
 * @returns null where one is not known, or there is none
 */
export function outermostBound(
  type: PrimitiveType,
  side: 'lower' | 'upper',
  bounds: readonly (Uint8Array | undefined)[],
): PrimitiveValue | null {
  const compare = comparatorOf(type)
  const outward = side === 'lower' ? -1 : 1
  let outermost: PrimitiveValue | null = null
  for (const bytes of bounds) {
    if (bytes === undefined) return null
    const value = valueFromBytes(type, bytes)
    if (outermost === null || compare(value, outermost) * outward > 0) outermost = value
  }
  return outermost
}
