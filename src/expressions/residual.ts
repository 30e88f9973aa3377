import type { PartitionSpec } from '../layout/partition-spec.ts'
import type { PartitionTuple } from '../layout/partition-tuple.ts'
import type { Schema } from '../types/schema.ts'
import { boundFalse, boundTrue, mapLeaves } from './bound.ts'
import type { BoundLeaf, BoundPredicate } from './bound.ts'
import { rowMatcher } from './match-row.ts'
import { leafProjector } from './project.ts'

/**
 * What is left of a predicate to be tested on the rows of a partition, once its tuple has decided what it can. On rows of
 * that partition it holds exactly where the predicate does. A tuple that decides nothing gives the same predicate back.
 *
 * @param schema the schema that the predicate is bound to
 */
export function residualOf(
  predicate: BoundPredicate,
  spec: PartitionSpec,
  schema: Schema,
): (tuple: PartitionTuple) => BoundPredicate {
  const project = leafProjector(spec, schema)
  const decisions = new Map<BoundLeaf, (tuple: PartitionTuple) => BoundPredicate>()
  mapLeaves(predicate, (leaf) => {
    const { inclusive, strict } = project(leaf)
    const mightMatch = rowMatcher(inclusive)
    const mustMatch = rowMatcher(strict)
    decisions.set(leaf, (tuple) => {
      if (!mightMatch(tuple)) return boundFalse
      return mustMatch(tuple) ? boundTrue : leaf
    })
    return leaf
  })
  return (tuple) => mapLeaves(predicate, (leaf) => decisions.get(leaf)?.(tuple) ?? leaf)
}
