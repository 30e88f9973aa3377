import { unreachable } from '../base/assert.ts'
import type { MetricsLookup } from '../types/metrics.ts'
import { isUnary } from './bound.ts'
import type { BoundComparison, BoundLeaf, BoundPredicate, BoundSet } from './bound.ts'
import { hasNoNans, hasNoNulls, hasOnlyNulls } from './column-counts.ts'
import type { CountedFile } from './column-counts.ts'
import { compileTest } from './compile-test.ts'
import { rangeReader, rangeTest } from './match-range.ts'
import { NEGATED_COMPARISONS, NEGATED_SETS } from './rewrite-not.ts'

type FileTest = (file: CountedFile) => boolean

/**
 * Whether a file holds nothing but matching rows, by its counts and bounds (spec: Field-level Metrics and Statistics).
 * True only if every row is known to match: what is missing, unreadable or contradictory gives false. Compiled once, to be
 * asked a file at a time.
 *
 * @returns a function of a file's metrics and its number of rows; a negative number is unknown
 */
export function strictMetricsMatcher(
  predicate: BoundPredicate,
): (metrics: MetricsLookup, recordCount: bigint) => boolean {
  const mustMatch = compileTest(predicate, compileLeaf)
  return (metrics, recordCount) => recordCount === 0n || mustMatch({ metrics, recordCount })
}

function compileLeaf(leaf: BoundLeaf): FileTest {
  if (!isUnary(leaf)) return compileComparison(leaf)
  const { column } = leaf
  switch (leaf.kind) {
    case 'is-null':
      return ({ metrics }) => hasOnlyNulls(column, metrics)
    case 'not-null':
      return ({ metrics, recordCount }) => hasNoNulls(column, metrics, recordCount)
    case 'is-nan':
      return ({ metrics, recordCount }) => metrics.nanCounts.get(column.fieldId) === recordCount
    case 'not-nan':
      return ({ metrics }) => hasNoNans(column, metrics) || hasOnlyNulls(column, metrics)
    default:
      return unreachable(leaf)
  }
}

/** Of values that are neither null nor NaN all pass a test if none can pass its negation. */
function compileComparison(leaf: BoundComparison | BoundSet): FileTest {
  const { column } = leaf
  const read = rangeReader(column.type)
  const mightFail = rangeTest(negated(leaf))
  return ({ metrics, recordCount }) => {
    const areNumbers = hasNoNans(column, metrics)
    if (!areNumbers || !(column.required || hasNoNulls(column, metrics, recordCount))) return false
    const lower = metrics.lowerBounds.get(column.fieldId) ?? null
    const upper = metrics.upperBounds.get(column.fieldId) ?? null
    return !mightFail(read(lower, upper))
  }
}

function negated(leaf: BoundComparison | BoundSet): BoundComparison | BoundSet {
  return 'literals' in leaf
    ? { ...leaf, kind: NEGATED_SETS[leaf.kind] }
    : { ...leaf, kind: NEGATED_COMPARISONS[leaf.kind] }
}
