import { unreachable } from '../base/assert.ts'
import type { FieldSummary } from '../layout/field-summary.ts'
import { isFloating } from '../types/type.ts'
import type { PrimitiveType } from '../types/type.ts'
import { isUnary } from './bound.ts'
import type { BoundComparison, BoundLeaf, BoundPredicate, BoundSet } from './bound.ts'
import { compileTest } from './compile-test.ts'
import { rangeReader, rangeTest } from './match-range.ts'

type Summaries = readonly FieldSummary[] | null

/**
 * Whether a manifest might list a file whose partition matches (spec: Manifest Lists; Scan Planning). False only if none
 * can: summaries that are missing or unreadable keep the manifest. Compiled once a spec, to be asked a manifest at a time.
 *
 * @param projected a predicate on partition tuples
 * @param types of the partition tuple; summaries of a field whose values are opaque are not looked at
 */
export function summariesMatcher(
  projected: BoundPredicate,
  types: readonly (PrimitiveType | null)[],
): (summaries: Summaries) => boolean {
  return compileTest(projected, (leaf) => {
    const [position = -1] = leaf.column.positions
    if ((types[position] ?? null) === null) return () => true
    const mightMatch = compileLeaf(leaf)
    return (summaries: Summaries) => {
      const summary = summaries?.[position]
      return summary === undefined || mightMatch(summary)
    }
  })
}

function compileLeaf(leaf: BoundLeaf): (summary: FieldSummary) => boolean {
  if (!isUnary(leaf)) return compileComparison(leaf)
  switch (leaf.kind) {
    case 'is-null':
      return (summary) => summary.containsNull
    case 'not-null':
      return (summary) => !hasOnlyNulls(leaf, summary)
    case 'is-nan':
      return (summary) => summary.containsNan !== false && !hasOnlyNulls(leaf, summary)
    case 'not-nan':
      return (summary) => summary.containsNull || !hasNothingToCompare(summary)
    default:
      return unreachable(leaf)
  }
}

function compileComparison(leaf: BoundComparison | BoundSet): (summary: FieldSummary) => boolean {
  const read = rangeReader(leaf.column.type)
  const mightMatch = rangeTest(leaf)
  return (summary) =>
    !hasNothingToCompare(summary) && mightMatch(read(summary.lowerBound, summary.upperBound))
}

/** No bounds mean nothing but nulls and NaN; of which at least one must then be there. */
function hasNothingToCompare({
  containsNull,
  containsNan,
  lowerBound,
  upperBound,
}: FieldSummary): boolean {
  return lowerBound === null && upperBound === null && (containsNull || containsNan === true)
}

function hasOnlyNulls(leaf: BoundLeaf, summary: FieldSummary): boolean {
  const mayHoldNan = isFloating(leaf.column.type) && summary.containsNan !== false
  return summary.containsNull && !mayHoldNan && hasNothingToCompare(summary)
}
