import { boundFalse, boundTrue } from './bound.ts'
import type { BoundPredicate } from './bound.ts'

/** What a partition field says about one test of its column, as predicates on the field. */
export interface LeafProjection {
  /** Holds for every partition that might have a matching row. */
  readonly inclusive: BoundPredicate
  /** Holds only for partitions whose rows all match. */
  readonly strict: BoundPredicate
}

export const saysNothing: LeafProjection = { inclusive: boundTrue, strict: boundFalse }

/** For a test that the value of the partition decides for all its rows alike. */
export function exactly(predicate: BoundPredicate): LeafProjection {
  return { inclusive: predicate, strict: predicate }
}
