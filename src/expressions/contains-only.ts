import { unreachable } from '../base/assert.ts'
import type { MetricsLookup } from '../types/metrics.ts'
import type { BoundComparison, BoundLeaf, BoundPredicate, BoundSet } from './bound.ts'
import { hasNoNans, hasNoNulls, hasOnlyNulls } from './column-counts.ts'
import { rangeReader, rangeTest } from './match-range.ts'
import { NEGATED_COMPARISONS, NEGATED_SETS } from './rewrite-not.ts'

type MetricsTest = (metrics: MetricsLookup, recordCount: bigint) => boolean

/**
 * Whether a file holds nothing but matching rows, by its counts and bounds (spec: Field-level Metrics and Statistics).
 * True only if every row is known to match: what is missing, unreadable or contradictory gives false. Compiled once, to be
 * asked a file at a time.
 *
 * @returns a function of a file's metrics and its number of rows; a negative number is unknown
 */
export function strictMetricsMatcher(predicate: BoundPredicate): MetricsTest {
  const mustMatch = compile(predicate)
  return (metrics, recordCount) => recordCount === 0n || mustMatch(metrics, recordCount)
}

function compile(predicate: BoundPredicate): MetricsTest {
  switch (predicate.kind) {
    case 'true':
      return () => true
    case 'false':
      return () => false
    case 'and': {
      const tests = predicate.children.map(compile)
      return (metrics, count) => tests.every((mustMatch) => mustMatch(metrics, count))
    }
    case 'or': {
      const tests = predicate.children.map(compile)
      return (metrics, count) => tests.some((mustMatch) => mustMatch(metrics, count))
    }
    default:
      return compileLeaf(predicate)
  }
}

function compileLeaf(leaf: BoundLeaf): MetricsTest {
  const { column } = leaf
  switch (leaf.kind) {
    case 'is-null':
      return (metrics) => hasOnlyNulls(column, metrics)
    case 'not-null':
      return (metrics, count) => hasNoNulls(column, metrics, count)
    case 'is-nan':
      return (metrics, count) => metrics.nanCounts.get(column.fieldId) === count
    case 'not-nan':
      return (metrics) => hasNoNans(column, metrics) || hasOnlyNulls(column, metrics)
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

/** Of values that are neither null nor NaN all pass a test if none can pass its negation. */
function compileComparison(leaf: BoundComparison | BoundSet): MetricsTest {
  const { column } = leaf
  const read = rangeReader(column.type)
  const mightFail = rangeTest(negated(leaf))
  return (metrics, count) => {
    const areNumbers = hasNoNans(column, metrics)
    if (!areNumbers || !(column.required || hasNoNulls(column, metrics, count))) return false
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
