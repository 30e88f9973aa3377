import { comparatorOf } from '../../types/compare.ts'
import type { ColumnMetrics } from '../../types/metrics.ts'
import { findField } from '../../types/schema.ts'
import type { Schema } from '../../types/schema.ts'
import { valueToBytes } from '../../types/single-value-binary.ts'
import { isPrimitive } from '../../types/type.ts'
import type { PrimitiveType } from '../../types/type.ts'
import { boundOf } from './bounds.ts'
import type { ColumnChunk, ParquetFooter, RowGroup } from './footer.ts'

/**
 * The row groups that might hold a matching row, by what the footer says of their columns. When in doubt a row group is
 * kept.
 *
 * @param schema whose types `mightMatch` expects; columns are found by field id
 * @param mightMatch false only if no row of such metrics can match
 * @returns places of row groups in the footer, ascending
 */
export function survivingRowGroups(
  footer: ParquetFooter,
  schema: Schema,
  mightMatch: (metrics: ColumnMetrics, recordCount: bigint) => boolean,
): readonly number[] {
  return footer.rowGroups.flatMap((rowGroup, index) =>
    mightMatch(rowGroupMetrics(rowGroup, schema), BigInt(rowGroup.rowCount)) ? [index] : [],
  )
}

/** What the footer says of the columns of a row group that the schema has and of which a row holds one value. */
export function rowGroupMetrics(rowGroup: RowGroup, schema: Schema): ColumnMetrics {
  const columnSizes = new Map<number, bigint>()
  const valueCounts = new Map<number, bigint>()
  const nullCounts = new Map<number, bigint>()
  const nanCounts = new Map<number, bigint>()
  const lowerBounds = new Map<number, Uint8Array>()
  const upperBounds = new Map<number, Uint8Array>()
  for (const [fieldId, type, chunk] of knownChunks(rowGroup, schema)) {
    const { nullCount, nanCount } = chunk.statistics
    const bounds = boundsOf(type, chunk)
    columnSizes.set(fieldId, BigInt(chunk.sizeBytes))
    valueCounts.set(fieldId, chunk.valueCount)
    if (isCountOf(chunk, nullCount)) nullCounts.set(fieldId, nullCount)
    if (isCountOf(chunk, nanCount)) nanCounts.set(fieldId, nanCount)
    if (bounds.lower !== null) lowerBounds.set(fieldId, bounds.lower)
    if (bounds.upper !== null) upperBounds.set(fieldId, bounds.upper)
  }
  return { columnSizes, valueCounts, nullCounts, nanCounts, lowerBounds, upperBounds }
}

/** A field id that two columns claim is neither's. */
function* knownChunks(
  { chunks }: RowGroup,
  schema: Schema,
): Generator<readonly [fieldId: number, type: PrimitiveType, chunk: ColumnChunk]> {
  const claims = new Map<number, number>()
  for (const { column } of chunks) {
    if (column.fieldId !== null) claims.set(column.fieldId, (claims.get(column.fieldId) ?? 0) + 1)
  }
  for (const chunk of chunks) {
    const { fieldId, isRepeated } = chunk.column
    if (fieldId === null || isRepeated || claims.get(fieldId) !== 1) continue
    const entry = findField(schema, fieldId)
    if (entry === undefined || entry.isRepeated || !isPrimitive(entry.field.type)) continue
    yield [fieldId, entry.field.type, chunk]
  }
}

interface Bounds {
  readonly lower: Uint8Array | null
  readonly upper: Uint8Array | null
}

/** Bounds that contradict each other are both void. */
function boundsOf(type: PrimitiveType, { column, statistics }: ColumnChunk): Bounds {
  const { min, max } = statistics
  const lower = min === null ? null : boundOf(type, column, min, 'lower')
  const upper = max === null ? null : boundOf(type, column, max, 'upper')
  if (lower !== null && upper !== null && comparatorOf(type)(lower, upper) > 0) {
    return { lower: null, upper: null }
  }
  return {
    lower: lower === null ? null : valueToBytes(type, lower),
    upper: upper === null ? null : valueToBytes(type, upper),
  }
}

function isCountOf({ valueCount }: ColumnChunk, count: bigint | null): count is bigint {
  return count !== null && count >= 0n && count <= valueCount
}
