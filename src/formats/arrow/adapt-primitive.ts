import { DataType, DateUnit, Precision, TimeUnit } from 'apache-arrow'
import type { Data } from 'apache-arrow'
import { unreachable } from '../../base/assert.ts'
import { IcebergError } from '../../base/errors.ts'
import type { PrimitiveType } from '../../types/type.ts'
import { withoutValues } from '../../types/without-values.ts'
import type { AdaptRules, ColumnAdapter } from './adapt-rules.ts'
import { nullColumn, relabelColumn, validityTest } from './column-data.ts'
import { narrowOffsets } from './plain-layout.ts'
import { arrowTypeOf } from './schema.ts'
import { firstBadText } from './text-column.ts'
import {
  daysToTicks,
  millisToDays,
  scaleTicks,
  widenFloat,
  widenToInt,
  widenToLong,
} from './widen.ts'

/**
 * How to make a column of a primitive type from one of another Arrow type; null when no value of that type is one of
 * `type` for certain.
 */
export function primitiveAdapter(
  type: PrimitiveType,
  source: DataType,
  rules: AdaptRules,
): ColumnAdapter | null {
  const target = arrowTypeOf(type)
  const relabel: ColumnAdapter = (data) => relabelColumn(data, target)
  switch (type.kind) {
    case 'boolean':
      return DataType.isBool(source) ? relabel : null
    case 'int':
      return fromInteger(source, 32, relabel, widenToInt)
    case 'long':
      return fromInteger(source, 64, relabel, widenToLong)
    case 'float':
      return DataType.isFloat(source) && source.precision === Precision.SINGLE ? relabel : null
    case 'double':
      return fromFloat(source, relabel)
    case 'decimal':
      return isNarrowerDecimal(source, type) ? relabel : null
    case 'date':
      return fromDate(source, relabel, rules)
    case 'time':
      return DataType.isTime(source) ? fromTicks(target, source.unit, relabel, rules) : null
    case 'timestamp':
    case 'timestamptz':
    case 'timestamp_ns':
    case 'timestamptz_ns':
      if (fitsZone(type.kind, source, rules)) return fromTicks(target, source.unit, relabel, rules)
      return isPromotedDate(type.kind, source, rules)
        ? (data) => daysToTicks(data, target, unitOf(target))
        : null
    case 'string':
      if (DataType.isLargeUtf8(source)) return (data) => narrowOffsets(target, data)
      if (DataType.isUtf8(source)) return relabel
      return isUnmarkedText(source, rules) ? (data) => markText(relabel(data), rules) : null
    case 'binary':
      if (DataType.isLargeBinary(source)) return (data) => narrowOffsets(target, data)
      return DataType.isBinary(source) ? relabel : null
    case 'uuid':
      return DataType.isFixedSizeBinary(source) && source.byteWidth === 16 ? relabel : null
    case 'fixed':
      return DataType.isFixedSizeBinary(source) && source.byteWidth === type.length ? relabel : null
    case 'unknown':
      return (data) => nullColumn(target, data.length)
    case 'geometry':
    case 'geography':
      throw withoutValues(type)
    default:
      return unreachable(type)
  }
}

/** Integers of fewer bits are widened; unsigned ones of as many bits would not all fit. */
function fromInteger(
  source: DataType,
  bits: number,
  relabel: ColumnAdapter,
  widen: ColumnAdapter,
): ColumnAdapter | null {
  if (!DataType.isInt(source)) return null
  if (source.isSigned && source.bitWidth === bits) return relabel
  return source.bitWidth < bits ? widen : null
}

function fromFloat(source: DataType, relabel: ColumnAdapter): ColumnAdapter | null {
  if (!DataType.isFloat(source)) return null
  if (source.precision === Precision.DOUBLE) return relabel
  return source.precision === Precision.SINGLE ? widenFloat : null
}

function fromDate(
  source: DataType,
  relabel: ColumnAdapter,
  rules: AdaptRules,
): ColumnAdapter | null {
  if (!DataType.isDate(source)) return null
  return source.unit === DateUnit.DAY ? relabel : (data) => millisToDays(data, rules.fault)
}

function fromTicks(
  target: DataType,
  unit: TimeUnit,
  relabel: ColumnAdapter,
  rules: AdaptRules,
): ColumnAdapter {
  const to = unitOf(target)
  if (unit === to) return relabel
  return (data) => scaleTicks(data, { from: unit, to, target }, rules.fault)
}

/** Of a type of times or timestamps. */
function unitOf(target: DataType): TimeUnit {
  return DataType.isTimestamp(target) ? target.unit : TimeUnit.MICROSECOND
}

/** Dates became timestamps without a zone only (spec: Schema Evolution). */
function isPromotedDate(kind: TimestampKind, source: DataType, { leniency }: AdaptRules): boolean {
  const isDays = DataType.isDate(source) && source.unit === DateUnit.DAY
  return leniency === 'of-files' && isDays && !kind.startsWith('timestamptz')
}

/** Old writers of Parquet leave text unannotated, as bytes. */
function isUnmarkedText(source: DataType, { leniency }: AdaptRules): boolean {
  return leniency === 'of-files' && DataType.isBinary(source)
}

function markText(data: Data, { fault }: AdaptRules): Data {
  const row = firstBadText(data, validityTest(data))
  if (row < 0) return data
  throw new IcebergError(fault, 'string is not UTF-8', { context: { index: row } })
}

type TimestampKind = 'timestamp' | 'timestamptz' | 'timestamp_ns' | 'timestamptz_ns'

function fitsZone(
  kind: TimestampKind,
  source: DataType,
  rules: AdaptRules,
): source is DataType & { readonly unit: TimeUnit } {
  if (!DataType.isTimestamp(source)) return false
  const hasZone =
    source.timezone !== undefined && source.timezone !== null && source.timezone !== ''
  return rules.leniency === 'of-files' || hasZone === kind.startsWith('timestamptz')
}

function isNarrowerDecimal(
  source: DataType,
  type: { readonly precision: number; readonly scale: number },
): boolean {
  return (
    DataType.isDecimal(source) &&
    source.bitWidth === 128 &&
    source.scale === type.scale &&
    source.precision <= type.precision
  )
}
