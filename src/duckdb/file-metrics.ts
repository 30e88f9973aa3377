// Metrics of a file that DuckDB wrote, from the statistics in its footer. Of these we found: bounds of texts and bytes are cut
// at 256 bytes, or missing where that cannot be done; a column that has a NaN in a row group has no bounds there; NaN are
// counted nowhere. What the footer does not tell is asked of the rows.
import { columnSizes } from '../formats/parquet/column-sizes.ts'
import type { ParquetFooter } from '../formats/parquet/footer.ts'
import { rowGroupMetrics } from '../formats/parquet/row-groups.ts'
import type { MetricsMode } from '../metadata/metrics-mode.ts'
import { truncateLower, truncateUpper } from '../types/bounds.ts'
import type { ColumnMetrics } from '../types/metrics.ts'
import { outermostBound } from '../types/outermost-bound.ts'
import { allFields } from '../types/schema.ts'
import type { Schema } from '../types/schema.ts'
import { valueToBytes } from '../types/single-value-binary.ts'
import { isFloating, isPrimitive } from '../types/type.ts'
import type { PrimitiveType } from '../types/type.ts'
import type { PrimitiveValue } from '../types/value.ts'

/** What is known of one column of one file. */
export interface ColumnFacts {
  readonly fieldId: number
  readonly type: PrimitiveType
  readonly mode: MetricsMode
  readonly valueCount: bigint
  readonly nullCount: bigint
  /** The lowest and the highest value that are not NaN, or beyond these; null when the footer does not tell. */
  readonly lower: PrimitiveValue | null
  readonly upper: PrimitiveValue | null
}

/** The columns of which a row holds one value, in the order of the schema. */
export function columnFacts(
  footer: ParquetFooter,
  schema: Schema,
  modes: ReadonlyMap<number, MetricsMode>,
): readonly ColumnFacts[] {
  const groups = footer.rowGroups.map((rowGroup) => rowGroupMetrics(rowGroup, schema))
  return allFields(schema).flatMap(({ field: { id, type }, isRepeated }) => {
    if (isRepeated || !isPrimitive(type) || type.kind === 'unknown') return []
    const sum = (of: 'valueCounts' | 'nullCounts'): bigint =>
      groups.reduce((total, group) => total + (group[of].get(id) ?? 0n), 0n)
    const holding = groups.filter(
      ({ valueCounts, nullCounts }) => valueCounts.get(id) !== nullCounts.get(id),
    )
    const mode = modes.get(id) ?? { kind: 'none' }
    const isTold = wantsNoMoreThanPrefix(mode) || areExact(footer, id)
    const told = isTold ? holding : [undefined]
    return [
      {
        fieldId: id,
        type,
        mode,
        valueCount: sum('valueCounts'),
        nullCount: sum('nullCounts'),
        lower: outermostBound(
          type,
          'lower',
          told.map((group) => group?.lowerBounds.get(id)),
        ),
        upper: outermostBound(
          type,
          'upper',
          told.map((group) => group?.upperBounds.get(id)),
        ),
      },
    ]
  })
}

/** Characters that 256 bytes hold, however long each is. */
const TOLD_LENGTH = 64

function wantsNoMoreThanPrefix(mode: MetricsMode): boolean {
  return mode.kind !== 'full' && (mode.kind !== 'truncate' || mode.length <= TOLD_LENGTH)
}

function areExact({ rowGroups }: ParquetFooter, fieldId: number): boolean {
  const chunks = rowGroups.flatMap((group) => group.chunks)
  return chunks
    .filter(({ column }) => column.fieldId === fieldId)
    .every(({ statistics }) => statistics.isMinExact && statistics.isMaxExact)
}

/** Whether a column may have values other than null of which the footer does not tell the bounds. */
export function lacksBounds({ mode, valueCount, nullCount, lower, upper }: ColumnFacts): boolean {
  const isBounded = mode.kind === 'full' || mode.kind === 'truncate'
  return isBounded && valueCount > nullCount && (lower === null || upper === null)
}

/**
 * The metrics as they are recorded (spec: Data File Fields), cut as their modes say.
 *
 * @param nanCounts by field id; a column that is not there has none
 */
export function metricsOf(
  footer: ParquetFooter,
  columns: readonly ColumnFacts[],
  { nanCounts }: { readonly nanCounts: ReadonlyMap<number, bigint> },
): ColumnMetrics {
  const metrics = {
    columnSizes: columnSizes(footer),
    valueCounts: new Map<number, bigint>(),
    nullCounts: new Map<number, bigint>(),
    nanCounts: new Map<number, bigint>(),
    lowerBounds: new Map<number, Uint8Array>(),
    upperBounds: new Map<number, Uint8Array>(),
  }
  for (const column of columns) {
    const { fieldId, type, mode } = column
    if (mode.kind === 'none') continue
    metrics.valueCounts.set(fieldId, column.valueCount)
    metrics.nullCounts.set(fieldId, column.nullCount)
    if (isFloating(type)) metrics.nanCounts.set(fieldId, nanCounts.get(fieldId) ?? 0n)
    if (mode.kind === 'counts' || column.lower === null || column.upper === null) continue
    const [lower, upper] = cutBounds(type, mode, [column.lower, column.upper])
    metrics.lowerBounds.set(fieldId, valueToBytes(type, lower))
    if (upper !== null) metrics.upperBounds.set(fieldId, valueToBytes(type, upper))
  }
  return metrics
}

/** Zeros are the outer ones, because readers may take the two for one value. */
function cutBounds(
  type: PrimitiveType,
  mode: MetricsMode,
  [lower, upper]: readonly [PrimitiveValue, PrimitiveValue],
): readonly [PrimitiveValue, PrimitiveValue | null] {
  if (isFloating(type)) return [lower === 0 ? -0 : lower, upper === 0 ? 0 : upper]
  if (mode.kind !== 'truncate') return [lower, upper]
  return [truncateLower(type, lower, mode.length), truncateUpper(type, upper, mode.length)]
}
