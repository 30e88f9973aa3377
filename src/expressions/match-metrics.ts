import { unreachable } from '../base/assert.ts'
import type { MetricsLookup } from '../types/metrics.ts'
import { isUnary } from './bound.ts'
import type { BoundComparison, BoundLeaf, BoundPredicate, BoundSet } from './bound.ts'
import { hasNoNulls, hasNothingToCompare, hasOnlyNulls } from './column-counts.ts'
import type { CountedFile } from './column-counts.ts'
import { compileTest } from './compile-test.ts'
import { rangeReader, rangeTest } from './match-range.ts'

type FileTest = (file: CountedFile) => boolean

/**
 * Whether a file might hold a matching row, by its counts and bounds (spec: Scan Planning; Field-level Metrics and
 * Statistics). False only if none can match: what is missing, unreadable or contradictory keeps the file. Compiled once,
 * to be asked a file or a row group at a time.
 *
 * @returns a function of a file's metrics and its number of rows; a negative number is unknown
 */
export function metricsMatcher(
  predicate: BoundPredicate,
): (metrics: MetricsLookup, recordCount: bigint) => boolean {
  const mightMatch = compileTest(predicate, compileLeaf)
  return (metrics, recordCount) => {
    if (recordCount === 0n) return false
    return recordCount < 0n || mightMatch({ metrics, recordCount })
  }
}

function compileLeaf(leaf: BoundLeaf): FileTest {
  if (!isUnary(leaf)) return compileComparison(leaf)
  const { column } = leaf
  switch (leaf.kind) {
    case 'is-null':
      return ({ metrics, recordCount }) => !hasNoNulls(column, metrics, recordCount)
    case 'not-null':
      return ({ metrics }) => !hasOnlyNulls(column, metrics)
    case 'is-nan':
      return ({ metrics }) =>
        metrics.nanCounts.get(column.fieldId) !== 0n && !hasOnlyNulls(column, metrics)
    case 'not-nan':
      return ({ metrics, recordCount }) => metrics.nanCounts.get(column.fieldId) !== recordCount
    default:
      return unreachable(leaf)
  }
}

function compileComparison(leaf: BoundComparison | BoundSet): FileTest {
  const { fieldId } = leaf.column
  const read = rangeReader(leaf.column.type)
  const mightMatch = rangeTest(leaf)
  return ({ metrics }) => {
    const lower = metrics.lowerBounds.get(fieldId) ?? null
    const upper = metrics.upperBounds.get(fieldId) ?? null
    // Bounds decide most files, and looking for counts in a manifest takes as long as for them.
    return mightMatch(read(lower, upper)) && !hasNothingToCompare(leaf.column, metrics)
  }
}
