import type { Data, RecordBatch } from 'apache-arrow'
import type { MetricsMode } from '../../metadata/metrics-mode.ts'
import { truncateLower, truncateUpper } from '../../types/bounds.ts'
import type { ColumnMetrics } from '../../types/metrics.ts'
import type { Schema } from '../../types/schema.ts'
import { valueToBytes } from '../../types/single-value-binary.ts'
import { isFloating, isPrimitive } from '../../types/type.ts'
import type { Field, PrimitiveType } from '../../types/type.ts'
import type { PrimitiveValue } from '../../types/value.ts'
import { createBoundsTracker } from './bounds-tracker.ts'
import type { BoundsTracker } from './bounds-tracker.ts'
import { leafColumn } from './leaf.ts'

/** The metrics of the rows of one file. */
export interface MetricsCollector {
  /** Counts the rows of a batch that is laid out as `arrowSchemaOf(schema)`. */
  add(batch: RecordBatch): void
  /** The metrics of all batches so far; columns that are inside lists and maps have none. */
  finish(): Omit<ColumnMetrics, 'columnSizes'>
}

/**
 * Counts values and finds bounds (spec: Field-level Metrics and Statistics). A column of a struct counts a null
 * wherever an enclosing struct is null. NaN is in no bound; a column without other values than null and NaN has none.
 * Bounds of zero are -0.0 below and 0.0 above (spec: Data File Fields), because readers may take the two for one
 * value.
 *
 * @param modes the mode of a column by field id; one that is not there has no metrics
 */
export function createMetricsCollector(
  schema: Pick<Schema, 'fields'>,
  modes: ReadonlyMap<number, MetricsMode>,
): MetricsCollector {
  const columns = measuredColumns(schema.fields, [], modes)
  return {
    add(batch) {
      for (const column of columns) addColumn(column, leafColumn(batch, column.positions))
    },
    finish: () => metricsOf(columns),
  }
}

interface MeasuredColumn {
  readonly fieldId: number
  readonly type: PrimitiveType
  readonly positions: readonly number[]
  readonly mode: MetricsMode
  readonly tracker: BoundsTracker
  valueCount: number
  nullCount: number
}

function measuredColumns(
  fields: readonly Field[],
  parents: readonly number[],
  modes: ReadonlyMap<number, MetricsMode>,
): MeasuredColumn[] {
  return fields.flatMap(({ id, type }, position) => {
    const positions = [...parents, position]
    if (type.kind === 'struct') return measuredColumns(type.fields, positions, modes)
    const mode = modes.get(id)
    if (!isPrimitive(type) || type.kind === 'unknown') return []
    if (mode === undefined || mode.kind === 'none') return []
    const tracker = createBoundsTracker(type, mode.kind === 'counts' ? 'counts' : 'bounds')
    return [{ fieldId: id, type, positions, mode, tracker, valueCount: 0, nullCount: 0 }]
  })
}

function addColumn(column: MeasuredColumn, data: Data): void {
  column.valueCount += data.length
  column.nullCount += data.nullCount
  column.tracker.add(data)
}

function metricsOf(columns: readonly MeasuredColumn[]): Omit<ColumnMetrics, 'columnSizes'> {
  const result = {
    valueCounts: new Map<number, bigint>(),
    nullCounts: new Map<number, bigint>(),
    nanCounts: new Map<number, bigint>(),
    lowerBounds: new Map<number, Uint8Array>(),
    upperBounds: new Map<number, Uint8Array>(),
  }
  for (const column of columns) {
    const { fieldId, type, tracker } = column
    result.valueCounts.set(fieldId, BigInt(column.valueCount))
    result.nullCounts.set(fieldId, BigInt(column.nullCount))
    if (isFloating(type)) result.nanCounts.set(fieldId, BigInt(tracker.nanCount()))
    const lower = lowerBound(column)
    const upper = upperBound(column)
    if (lower !== null) result.lowerBounds.set(fieldId, valueToBytes(type, lower))
    if (upper !== null) result.upperBounds.set(fieldId, valueToBytes(type, upper))
  }
  return result
}

function lowerBound({ type, mode, tracker }: MeasuredColumn): PrimitiveValue | null {
  const value = tracker.lowest()
  if (value === null) return null
  if (value === 0 && isFloating(type)) return -0
  return mode.kind === 'truncate' ? truncateLower(type, value, mode.length) : value
}

function upperBound({ type, mode, tracker }: MeasuredColumn): PrimitiveValue | null {
  const value = tracker.highest()
  if (value === null) return null
  if (value === 0 && isFloating(type)) return 0
  return mode.kind === 'truncate' ? truncateUpper(type, value, mode.length) : value
}
