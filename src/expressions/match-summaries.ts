import { unreachable } from '../base/assert.ts'
import type { FieldSummary } from '../layout/field-summary.ts'
import type { PrimitiveType } from '../types/type.ts'
import type { BoundLeaf, BoundPredicate } from './bound.ts'
import { rangeReader, rangeTest } from './match-range.ts'

type SummariesTest = (summaries: readonly FieldSummary[] | null) => boolean

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
): SummariesTest {
  switch (projected.kind) {
    case 'true':
      return () => true
    case 'false':
      return () => false
    case 'and': {
      const tests = projected.children.map((child) => summariesMatcher(child, types))
      return (summaries) => tests.every((mightMatch) => mightMatch(summaries))
    }
    case 'or': {
      const tests = projected.children.map((child) => summariesMatcher(child, types))
      return (summaries) => tests.some((mightMatch) => mightMatch(summaries))
    }
    default: {
      const [position = -1] = projected.column.positions
      if ((types[position] ?? null) === null) return () => true
      const mightMatch = compileLeaf(projected)
      return (summaries) => {
        const summary = summaries?.[position]
        return summary === undefined || mightMatch(summary)
      }
    }
  }
}

function compileLeaf(leaf: BoundLeaf): (summary: FieldSummary) => boolean {
  switch (leaf.kind) {
    case 'is-null':
      return (summary) => summary.containsNull
    case 'not-null':
      return (summary) => !hasOnlyNulls(leaf, summary)
    case 'is-nan':
      return (summary) => summary.containsNan !== false && !hasOnlyNulls(leaf, summary)
    case 'not-nan':
      return (summary) => summary.containsNull || !hasNothingToCompare(summary)
    case 'in':
    case 'not-in':
    case 'eq':
    case 'not-eq':
    case 'lt':
    case 'lt-eq':
    case 'gt':
    case 'gt-eq':
    case 'starts-with':
    case 'not-starts-with': {
      const read = rangeReader(leaf.column.type)
      const mightMatch = rangeTest(leaf)
      return (summary) =>
        !hasNothingToCompare(summary) && mightMatch(read(summary.lowerBound, summary.upperBound))
    }
    default:
      return unreachable(leaf)
  }
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
  const { kind } = leaf.column.type
  const mayHoldNan = (kind === 'float' || kind === 'double') && summary.containsNan !== false
  return summary.containsNull && !mayHoldNan && hasNothingToCompare(summary)
}
