import { unreachable } from '../base/assert.ts'
import type { MetricsLookup } from '../types/metrics.ts'
import type { BoundComparison, BoundLeaf, BoundPredicate, BoundSet } from './bound.ts'
import { hasNoNulls, hasNothingToCompare, hasOnlyNulls } from './column-counts.ts'
import { rangeReader, rangeTest } from './match-range.ts'

type MetricsTest = (metrics: MetricsLookup, recordCount: bigint) => boolean

/**
 * Whether a file might hold a matching row, by its counts and bounds (spec: Scan Planning; Field-level Metrics and
 * Statistics). False only if none can match: what is missing, unreadable or contradictory keeps the file. Compiled once,
 * to be asked a file or a row group at a time.
 *
 * @returns a function of a file's metrics and its number of rows; a negative number is unknown
 */
export function metricsMatcher(predicate: BoundPredicate): MetricsTest {
  const mightMatch = compile(predicate)
  return (metrics, recordCount) => {
    if (recordCount === 0n) return false
    return recordCount < 0n || mightMatch(metrics, recordCount)
  }
}

function compile(predicate: BoundPredicate): MetricsTest {
  switch (predicate.kind) {
    case 'true':
      return () => true
    case 'false':
      return () => false
    case 'and': {
      const tests = predicate.children.map(compile)
      return (metrics, count) => tests.every((mightMatch) => mightMatch(metrics, count))
    }
    case 'or': {
      const tests = predicate.children.map(compile)
      return (metrics, count) => tests.some((mightMatch) => mightMatch(metrics, count))
    }
    default:
      return compileLeaf(predicate)
  }
}

function compileLeaf(leaf: BoundLeaf): MetricsTest {
  const { column } = leaf
  switch (leaf.kind) {
    case 'is-null':
      return (metrics, count) => !hasNoNulls(column, metrics, count)
    case 'not-null':
      return (metrics) => !hasOnlyNulls(column, metrics)
    case 'is-nan':
      return (metrics) =>
        metrics.nanCounts.get(column.fieldId) !== 0n && !hasOnlyNulls(column, metrics)
    case 'not-nan':
      return (metrics, count) => metrics.nanCounts.get(column.fieldId) !== count
    case 'in':
    case 'not-in':
    case 'eq':
    case 'not-eq':
    case 'lt':
    case 'lt-eq':
    case 'gt':
    case 'gt-eq':
    case 'starts-with':
    case 'not-starts-with':
      return compileComparison(leaf)
    default:
      return unreachable(leaf)
  }
}

function compileComparison(leaf: BoundComparison | BoundSet): MetricsTest {
  const { fieldId } = leaf.column
  const read = rangeReader(leaf.column.type)
  const mightMatch = rangeTest(leaf)
  return (metrics) => {
    if (hasNothingToCompare(leaf.column, metrics)) return false
    const lower = metrics.lowerBounds.get(fieldId) ?? null
    const upper = metrics.upperBounds.get(fieldId) ?? null
    return mightMatch(read(lower, upper))
  }
}
