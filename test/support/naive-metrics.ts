import { positionsOf, primitiveReader, valueReader } from '../../src/layout/column-value.ts'
import type { RowValues } from '../../src/layout/column-value.ts'
import { truncateLower, truncateUpper } from '../../src/types/bounds.ts'
import { comparatorOf } from '../../src/types/compare.ts'
import type { ColumnMetrics } from '../../src/types/metrics.ts'
import type { Schema } from '../../src/types/schema.ts'
import { valueToBytes } from '../../src/types/single-value-binary.ts'
import { isPrimitive } from '../../src/types/type.ts'
import { flatColumns } from './arbitraries/specs.ts'

export interface CountingStyle {
  /** Bounds of text and bytes are cut to so many code points or bytes. */
  readonly boundLength: number
  /** Whether a null struct counts as a value and a null of each field in it; writers differ. */
  readonly countsHiddenNulls: boolean
}

/** Metrics of rows, counted the slow way (spec: Field-level Metrics and Statistics). */
export function metricsOf(
  schema: Schema,
  rows: readonly RowValues[],
  { boundLength, countsHiddenNulls }: CountingStyle,
): ColumnMetrics {
  const metrics = {
    columnSizes: new Map<number, bigint>(),
    valueCounts: new Map<number, bigint>(),
    nullCounts: new Map<number, bigint>(),
    nanCounts: new Map<number, bigint>(),
    lowerBounds: new Map<number, Uint8Array>(),
    upperBounds: new Map<number, Uint8Array>(),
  }
  for (const entry of flatColumns(schema)) {
    const { id, type } = entry.field
    if (!isPrimitive(type)) continue
    const positions = positionsOf(schema, entry)
    const counted = countsHiddenNulls ? rows : rows.filter((row) => hasParent(row, positions))
    const values = counted.map(primitiveReader(positions))
    const present = values.filter((value) => value !== null)
    const numbers = present.filter((value) => !Number.isNaN(value)).sort(comparatorOf(type))
    metrics.columnSizes.set(id, BigInt(values.length))
    metrics.valueCounts.set(id, BigInt(values.length))
    metrics.nullCounts.set(id, BigInt(values.length - present.length))
    if (type.kind === 'float' || type.kind === 'double') {
      metrics.nanCounts.set(id, BigInt(present.length - numbers.length))
    }
    const lowest = numbers[0]
    const highest = numbers.at(-1)
    if (lowest === undefined || highest === undefined) continue
    const upper = truncateUpper(type, highest, boundLength)
    metrics.lowerBounds.set(id, valueToBytes(type, truncateLower(type, lowest, boundLength)))
    if (upper !== null) metrics.upperBounds.set(id, valueToBytes(type, upper))
  }
  return metrics
}

function hasParent(row: RowValues, positions: readonly number[]): boolean {
  const parents = positions.slice(0, -1)
  return parents.length === 0 || valueReader(parents)(row) !== null
}
