/** What the counts of a file say about nulls and NaN in a column (spec: Field-level Metrics and Statistics). */
import type { MetricsLookup } from '../types/metrics.ts'
import { isFloating } from '../types/type.ts'
import type { BoundColumn } from './bound.ts'

/** What the tests of a file are asked about. */
export interface CountedFile {
  readonly metrics: MetricsLookup
  /** Negative when unknown. */
  readonly recordCount: bigint
}

/**
 * Whether no row is known to be null here. Some writers do not count a null struct among the nulls of the fields in it;
 * then not every row has a value counted, and a count of no nulls says nothing.
 */
export function hasNoNulls(
  column: BoundColumn,
  metrics: MetricsLookup,
  recordCount: bigint,
): boolean {
  const isTop = column.positions.length === 1
  return (
    metrics.nullCounts.get(column.fieldId) === 0n &&
    (isTop || metrics.valueCounts.get(column.fieldId) === recordCount)
  )
}

/** Whether every row is known to be null here; those that were not counted are null as well. */
export function hasOnlyNulls({ fieldId }: BoundColumn, metrics: MetricsLookup): boolean {
  const values = metrics.valueCounts.get(fieldId)
  return values !== undefined && metrics.nullCounts.get(fieldId) === values
}

/** Whether nulls and NaN are known to be all there is. */
export function hasNothingToCompare({ fieldId }: BoundColumn, metrics: MetricsLookup): boolean {
  const values = metrics.valueCounts.get(fieldId)
  const nulls = metrics.nullCounts.get(fieldId)
  const nans = metrics.nanCounts.get(fieldId)
  if (values === undefined || (nulls === undefined && nans === undefined)) return false
  return (nulls ?? 0n) + (nans ?? 0n) === values
}

/** Whether no row is known to be NaN here; most types have none. */
export function hasNoNans({ fieldId, type }: BoundColumn, metrics: MetricsLookup): boolean {
  return !isFloating(type) || metrics.nanCounts.get(fieldId) === 0n
}
