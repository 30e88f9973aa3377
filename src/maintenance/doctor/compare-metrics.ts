// What a manifest records of the columns of a file, against what the file itself says or holds.
import { isKind } from '../../base/errors.ts'
import { isComparable, orderOf } from '../../expressions/value-test.ts'
import type { DataFile } from '../../metadata/data-file.ts'
import type { ColumnMetrics } from '../../types/metrics.ts'
import { allFields } from '../../types/schema.ts'
import type { FieldEntry, Schema } from '../../types/schema.ts'
import { valueFromBytes } from '../../types/single-value-binary.ts'
import { isPrimitive } from '../../types/type.ts'
import type { PrimitiveType } from '../../types/type.ts'
import type { PrimitiveValue } from '../../types/value.ts'
import { finding } from './finding.ts'
import type { Finding } from './finding.ts'

/** What is certain of columns: counts are exact, and some value of the file lies at each bound. */
export type MeasuredMetrics = Omit<ColumnMetrics, 'columnSizes'>

/**
 * Where recorded metrics contradict what was measured: the first column whose counts do, and the first whose bounds do.
 * What is missing on either side contradicts nothing.
 */
export function compareMetrics(
  file: DataFile,
  measured: MeasuredMetrics,
  schema: Schema,
): readonly Finding[] {
  const columns = allFields(schema).filter(({ isRepeated }) => !isRepeated)
  return [
    ...firstOf(columns, (column) => wrongCount(file, measured, column)),
    ...firstOf(columns, (column) => wrongBound(file, measured, column)),
  ]
}

function firstOf(
  columns: readonly FieldEntry[],
  find: (column: FieldEntry) => Finding | null,
): readonly Finding[] {
  for (const column of columns) {
    const found = find(column)
    if (found !== null) return [found]
  }
  return []
}

const COUNTS = ['valueCounts', 'nullCounts', 'nanCounts'] as const

/** Of columns in structs writers count nulls differently: some pass over those whose struct is null. */
function wrongCount(
  { path: location, metrics }: DataFile,
  measured: MeasuredMetrics,
  { field, path }: FieldEntry,
): Finding | null {
  if (path.length > 1) return null
  for (const count of COUNTS) {
    const stated = metrics[count].get(field.id)
    const found = measured[count].get(field.id)
    if (stated !== undefined && found !== undefined && stated !== found) {
      return finding('value-counts', location, { column: field.name, count, stated, found })
    }
  }
  return null
}

function wrongBound(
  { path: location, metrics }: DataFile,
  measured: MeasuredMetrics,
  { field: { id, type }, path }: FieldEntry,
): Finding | null {
  if (!isPrimitive(type) || !hasBounds(type)) return null
  const order = orderOf(type)
  const column = path.join('.')
  for (const side of ['lower', 'upper'] as const) {
    const name = `${side}Bounds` as const
    const stated = readBound(type, metrics[name].get(id))
    const found = readBound(type, measured[name].get(id))
    if (stated.kind === 'unreadable') {
      return finding('unsound-bounds', location, { column, bound: side, fault: 'not of its type' })
    }
    if (stated.kind !== 'value' || found.kind !== 'value') continue
    const distance = order(found.value, stated.value)
    if (side === 'lower' ? distance < 0 : distance > 0) {
      return finding('unsound-bounds', location, { column, bound: side })
    }
  }
  return null
}

/** Shapes have bounds of another kind, and nothing has none. */
function hasBounds({ kind }: PrimitiveType): boolean {
  return kind !== 'geometry' && kind !== 'geography' && kind !== 'unknown'
}

type Bound =
  | { readonly kind: 'none' | 'unreadable' }
  | { readonly kind: 'value'; readonly value: PrimitiveValue }

/** NaN bounds nothing, and readers pass over it: old writers left it. */
function readBound(type: PrimitiveType, bytes: Uint8Array | undefined): Bound {
  if (bytes === undefined) return { kind: 'none' }
  try {
    const value = valueFromBytes(type, bytes)
    return isComparable(value) ? { kind: 'value', value } : { kind: 'none' }
  } catch (error) {
    if (isKind(error, 'corrupt')) return { kind: 'unreadable' }
    throw error
  }
}
