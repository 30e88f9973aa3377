// What the footer of a Parquet file says for certain of its columns.
import type { ColumnStatistics, ParquetFooter, RowGroup } from '../../formats/parquet/footer.ts'
import { rowGroupMetrics } from '../../formats/parquet/row-groups.ts'
import { comparatorOf } from '../../types/compare.ts'
import { allFields } from '../../types/schema.ts'
import type { Schema } from '../../types/schema.ts'
import { valueFromBytes } from '../../types/single-value-binary.ts'
import { isPrimitive } from '../../types/type.ts'
import type { PrimitiveType } from '../../types/type.ts'
import type { MeasuredMetrics } from './compare-metrics.ts'

/**
 * Counts of the columns that all row groups count, and the outermost of the bounds that are values: those of texts and
 * bytes may have been cut, and count only where the footer says that they were not.
 *
 * @param schema of the table; columns are found by field id
 */
export function footerMetrics({ rowGroups }: ParquetFooter, schema: Schema): MeasuredMetrics {
  const groups = rowGroups.map((rowGroup) => exactMetrics(rowGroup, schema))
  const types = typesById(schema)
  return {
    valueCounts: sums(groups.map(({ valueCounts }) => valueCounts)),
    nullCounts: sums(groups.map(({ nullCounts }) => nullCounts)),
    nanCounts: sums(groups.map(({ nanCounts }) => nanCounts)),
    lowerBounds: outermost(
      groups.map(({ lowerBounds }) => lowerBounds),
      types,
      -1,
    ),
    upperBounds: outermost(
      groups.map(({ upperBounds }) => upperBounds),
      types,
      1,
    ),
  }
}

function exactMetrics(rowGroup: RowGroup, schema: Schema): MeasuredMetrics {
  const metrics = rowGroupMetrics(rowGroup, schema)
  const idsWhere = (isExact: (statistics: ColumnStatistics) => boolean): ReadonlySet<number> => {
    const exact = rowGroup.chunks.filter(
      ({ column, statistics }) => isOfFixedSize(column.physicalType) || isExact(statistics),
    )
    return new Set(exact.map(({ column }) => column.fieldId ?? -1))
  }
  return {
    ...metrics,
    lowerBounds: only(
      metrics.lowerBounds,
      idsWhere(({ isMinExact }) => isMinExact),
    ),
    upperBounds: only(
      metrics.upperBounds,
      idsWhere(({ isMaxExact }) => isMaxExact),
    ),
  }
}

function isOfFixedSize(physicalType: string): boolean {
  return physicalType !== 'byte-array' && physicalType !== 'fixed-byte-array'
}

function only<Value>(
  values: ReadonlyMap<number, Value>,
  ids: ReadonlySet<number>,
): ReadonlyMap<number, Value> {
  return new Map([...values].filter(([id]) => ids.has(id)))
}

/** Of the ids that all maps have. */
function sums(counts: readonly ReadonlyMap<number, bigint>[]): ReadonlyMap<number, bigint> {
  const [first = new Map<number, bigint>(), ...others] = counts
  const common = [...first.keys()].filter((id) => others.every((other) => other.has(id)))
  const sumOf = (id: number): bigint => counts.reduce((sum, of) => sum + (of.get(id) ?? 0n), 0n)
  return new Map(common.map((id) => [id, sumOf(id)]))
}

/** @param sign -1 for the lowest, 1 for the highest */
function outermost(
  bounds: readonly ReadonlyMap<number, Uint8Array>[],
  types: ReadonlyMap<number, PrimitiveType>,
  sign: 1 | -1,
): ReadonlyMap<number, Uint8Array> {
  const result = new Map<number, Uint8Array>()
  for (const [id, bytes] of bounds.flatMap((of) => [...of])) {
    const type = types.get(id)
    const known = result.get(id)
    if (type === undefined) continue
    const isOuter =
      known === undefined ||
      sign * comparatorOf(type)(valueFromBytes(type, bytes), valueFromBytes(type, known)) > 0
    if (isOuter) result.set(id, bytes)
  }
  return result
}

function typesById(schema: Schema): ReadonlyMap<number, PrimitiveType> {
  return new Map(
    allFields(schema).flatMap(({ field: { id, type } }) =>
      isPrimitive(type) ? [[id, type] as const] : [],
    ),
  )
}
