// What the footer of a file says for certain of its columns. Files come from any writer, and what is written down of them here
// decides which rows readers see: where a footer may be wrong, or says nothing, nothing is known.
import { columnSizes } from '../formats/parquet/column-sizes.ts'
import type { ColumnChunk, ParquetFooter, RowGroup } from '../formats/parquet/footer.ts'
import { COLUMN_CHUNK, COLUMN_METADATA } from '../formats/parquet/footer.ts'
import { rowGroupMetrics } from '../formats/parquet/row-groups.ts'
import { structOf } from '../formats/parquet/thrift.ts'
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

/** What is known of a column of which a row holds one value. Null where nothing is. */
export interface ColumnFacts {
  readonly fieldId: number
  readonly type: PrimitiveType
  readonly valueCount: bigint
  readonly nullCount: bigint | null
  readonly nanCount: bigint | null
  /** No value other than null and NaN is lower; it need not be a value itself. */
  readonly lower: PrimitiveValue | null
  readonly upper: PrimitiveValue | null
}

/** By field id, of the columns that both the file and the schema have. */
export function columnFacts(
  footer: ParquetFooter,
  schema: Schema,
): ReadonlyMap<number, ColumnFacts> {
  const groups = footer.rowGroups.map((group) => trustedMetrics(group, schema))
  const stored = new Set(footer.schema.columns.map(({ fieldId }) => fieldId))
  const facts = new Map<number, ColumnFacts>()
  for (const { field, isRepeated } of allFields(schema)) {
    const { id, type } = field
    if (isRepeated || !isPrimitive(type) || !stored.has(id)) continue
    facts.set(id, factsOf(id, type, groups))
  }
  return facts
}

/** Early writers compared floats so that a NaN hid what came next to it; they had the statistics of then. */
function trustedMetrics(group: RowGroup, schema: Schema): ColumnMetrics {
  const metrics = rowGroupMetrics(group, schema)
  const doubted = new Set(group.chunks.filter(isDoubtful).map(({ column }) => column.fieldId))
  const trusted = (bounds: ColumnMetrics['lowerBounds']): ColumnMetrics['lowerBounds'] =>
    new Map([...bounds].filter(([id]) => !doubted.has(id)))
  return {
    ...metrics,
    lowerBounds: trusted(metrics.lowerBounds),
    upperBounds: trusted(metrics.upperBounds),
  }
}

/** Ids of the bounds in `Statistics` that are defined for all types. */
const CURRENT_BOUNDS = [5, 6]

function isDoubtful({ column, metadata }: ColumnChunk): boolean {
  if (column.physicalType !== 'float' && column.physicalType !== 'double') return false
  const details = metadata.get(COLUMN_CHUNK.metadata)
  const statistics = details && structOf(details).get(COLUMN_METADATA.statistics)
  return statistics === undefined || !CURRENT_BOUNDS.some((id) => structOf(statistics).has(id))
}

function factsOf(
  fieldId: number,
  type: PrimitiveType,
  groups: readonly ColumnMetrics[],
): ColumnFacts {
  const holding = groups.filter(
    ({ valueCounts, nullCounts }) => valueCounts.get(fieldId) !== nullCounts.get(fieldId),
  )
  return {
    fieldId,
    type,
    valueCount: sum(groups.map(({ valueCounts }) => valueCounts.get(fieldId))) ?? 0n,
    nullCount: sum(groups.map(({ nullCounts }) => nullCounts.get(fieldId))),
    nanCount: isFloating(type) ? sum(holding.map(({ nanCounts }) => nanCounts.get(fieldId))) : 0n,
    lower: outermostBound(
      type,
      'lower',
      holding.map(({ lowerBounds }) => lowerBounds.get(fieldId)),
    ),
    upper: outermostBound(
      type,
      'upper',
      holding.map(({ upperBounds }) => upperBounds.get(fieldId)),
    ),
  }
}

/** Null where one is not known. */
function sum(counts: readonly (bigint | undefined)[]): bigint | null {
  let total = 0n
  for (const count of counts) {
    if (count === undefined) return null
    total += count
  }
  return total
}

/** The metrics that are recorded of a file (spec: Data File Fields), as far as the table wants them. */
export function metricsOf(
  footer: ParquetFooter,
  facts: ReadonlyMap<number, ColumnFacts>,
  modes: ReadonlyMap<number, MetricsMode>,
): ColumnMetrics {
  const metrics = {
    columnSizes: columnSizes(footer),
    valueCounts: new Map<number, bigint>(),
    nullCounts: new Map<number, bigint>(),
    nanCounts: new Map<number, bigint>(),
    lowerBounds: new Map<number, Uint8Array>(),
    upperBounds: new Map<number, Uint8Array>(),
  }
  for (const { fieldId, type, valueCount, nullCount, nanCount, lower, upper } of facts.values()) {
    const mode = modes.get(fieldId) ?? { kind: 'none' }
    if (mode.kind === 'none') continue
    metrics.valueCounts.set(fieldId, valueCount)
    if (nullCount !== null) metrics.nullCounts.set(fieldId, nullCount)
    if (isFloating(type) && nanCount !== null) metrics.nanCounts.set(fieldId, nanCount)
    if (mode.kind === 'counts') continue
    const length = mode.kind === 'truncate' ? mode.length : null
    const low = length === null || lower === null ? lower : truncateLower(type, lower, length)
    const high = length === null || upper === null ? upper : truncateUpper(type, upper, length)
    if (low !== null) metrics.lowerBounds.set(fieldId, valueToBytes(type, low))
    if (high !== null) metrics.upperBounds.set(fieldId, valueToBytes(type, high))
  }
  return metrics
}

/** Where row groups begin; null where that does not ascend, as in files that were put together in odd ways. */
export function splitOffsetsOf({ rowGroups }: ParquetFooter): readonly bigint[] | null {
  const offsets = rowGroups.map(({ chunks }) =>
    chunks.reduce((first, { offset }) => Math.min(first, offset), Number.MAX_SAFE_INTEGER),
  )
  const ascends = offsets.every(
    (offset, index) => index === 0 || (offsets[index - 1] ?? 0) < offset,
  )
  return ascends ? offsets.map(BigInt) : null
}
