// Bounds of Parquet statistics as values of a table's columns. What cannot be read for certain is no bound.
import { unreachable } from '../../base/assert.ts'
import { isKind } from '../../base/errors.ts'
import { floorDiv, isInt64 } from '../../base/integers.ts'
import { fromBigEndian, valueFromBytes } from '../../types/single-value-binary.ts'
import type { PrimitiveType } from '../../types/type.ts'
import type { PrimitiveValue } from '../../types/value.ts'
import type { ParquetColumn, TimeUnit } from './file-schema.ts'

export type Side = 'lower' | 'upper'

/**
 * The value that a bound of a column's statistics stands for, in the table's own type, which may have been promoted since
 * the file was written.
 *
 * @returns null when the column is not one that can hold such values, or the bytes are none
 */
export function boundOf(
  type: PrimitiveType,
  column: ParquetColumn,
  bytes: Uint8Array,
  side: Side,
): PrimitiveValue | null {
  switch (type.kind) {
    case 'boolean':
      return column.physicalType === 'boolean' && bytes.length === 1 ? bytes[0] !== 0 : null
    case 'int':
    case 'date':
      return column.physicalType === 'int32' ? smallBound(type, column, bytes) : null
    case 'long':
      return integerBound(column, bytes)
    case 'float':
    case 'double':
      return floatBound(type, column, bytes, side)
    case 'decimal':
      return decimalBound(type.scale, column, bytes)
    case 'time':
    case 'timestamp':
    case 'timestamptz':
    case 'timestamp_ns':
    case 'timestamptz_ns':
      return timeBound(type.kind.endsWith('_ns') ? 'nanos' : 'micros', column, bytes, side)
    case 'string':
    case 'binary':
      return column.physicalType === 'byte-array' ? read(type, bytes) : null
    case 'uuid':
    case 'fixed':
      return fixedBound(type, column, bytes)
    case 'unknown':
    case 'geometry':
    case 'geography':
      return null
    default:
      return unreachable(type)
  }
}

function smallBound(
  type: PrimitiveType,
  column: ParquetColumn,
  bytes: Uint8Array,
): PrimitiveValue | null {
  if (!isPlainInteger(column) && column.annotation?.kind !== 'date') return null
  return read(type, bytes)
}

function integerBound(column: ParquetColumn, bytes: Uint8Array): bigint | null {
  return isPlainInteger(column) ? readInteger(column, bytes) : null
}

/** Without an annotation, or with that of a signed integer: others count in other units or from other zeros. */
function isPlainInteger({ annotation }: ParquetColumn): boolean {
  return annotation === null || (annotation.kind === 'integer' && annotation.isSigned)
}

function readInteger({ physicalType }: ParquetColumn, bytes: Uint8Array): bigint | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (physicalType === 'int32' && bytes.length === 4) return BigInt(view.getInt32(0, true))
  if (physicalType === 'int64' && bytes.length === 8) return view.getBigInt64(0, true)
  return null
}

/** Writers disagree on the sign of a zero that bounds, so that it is taken for the outer one. NaN bounds nothing. */
function floatBound(
  type: PrimitiveType,
  { physicalType }: ParquetColumn,
  bytes: Uint8Array,
  side: Side,
): number | null {
  if (physicalType !== 'float' && physicalType !== 'double') return null
  if (physicalType === 'double' && type.kind === 'float') return null
  const value = read({ kind: physicalType }, bytes)
  if (typeof value !== 'number' || Number.isNaN(value)) return null
  if (value === 0) return side === 'lower' ? -0 : 0
  return value
}

/** Values of another scale are other numbers; of another precision they are the same. */
function decimalBound(scale: number, column: ParquetColumn, bytes: Uint8Array): bigint | null {
  if (column.annotation?.kind !== 'decimal' || column.annotation.scale !== scale) return null
  switch (column.physicalType) {
    case 'int32':
    case 'int64':
      return readInteger(column, bytes)
    case 'fixed-byte-array':
    case 'byte-array':
      return bytes.length > 0 && bytes.length <= 16 ? fromBigEndian(bytes) : null
    default:
      return null
  }
}

/** In the unit of the type. Of finer units the bound is the next one outside. */
function timeBound(
  unit: 'micros' | 'nanos',
  column: ParquetColumn,
  bytes: Uint8Array,
  side: Side,
): bigint | null {
  const { annotation } = column
  if (annotation?.kind !== 'time' && annotation?.kind !== 'timestamp') return null
  const count = readInteger(column, bytes)
  if (count === null) return null
  const ticks = toTicks(count * NANOS[annotation.unit], NANOS[unit], side)
  return isInt64(ticks) ? ticks : null
}

const NANOS: Readonly<Record<TimeUnit, bigint>> = { millis: 1_000_000n, micros: 1000n, nanos: 1n }

function toTicks(nanos: bigint, nanosPerTick: bigint, side: Side): bigint {
  return side === 'lower' ? floorDiv(nanos, nanosPerTick) : -floorDiv(-nanos, nanosPerTick)
}

function fixedBound(
  type: PrimitiveType,
  { physicalType, typeLength }: ParquetColumn,
  bytes: Uint8Array,
): PrimitiveValue | null {
  const length = type.kind === 'fixed' ? type.length : 16
  const fits =
    physicalType === 'fixed-byte-array' && typeLength === length && bytes.length <= length
  return fits ? read(type, bytes) : null
}

function read(type: PrimitiveType, bytes: Uint8Array): PrimitiveValue | null {
  try {
    return valueFromBytes(type, bytes)
  } catch (error) {
    if (isKind(error, 'corrupt')) return null
    throw error
  }
}
