import { unreachable } from '../base/assert.ts'
import { IcebergError } from '../base/errors.ts'
import { isInt32 } from '../base/integers.ts'
import { formatType } from '../types/type.ts'
import type { PrimitiveType } from '../types/type.ts'
import type { PrimitiveValue } from '../types/value.ts'
import { bucketFunction } from './bucket.ts'
import {
  dayFromMicros,
  hourFromMicros,
  microsFromNanos,
  monthFromDays,
  monthFromMicros,
  yearFromDays,
  yearFromMicros,
} from './temporal.ts'
import { canTransform, formatTransform } from './transform.ts'
import type { TimeTransformKind, Transform } from './transform.ts'
import { truncateFunction } from './truncate.ts'

/** Null stands for itself, whatever the transform. */
type TransformFunction = (value: PrimitiveValue | null) => PrimitiveValue | null

/**
 * The transform as a function of values of the source type, for partition values (spec: Partition Transforms).
 *
 * @returns a function that throws `invalid` for what cannot be stored: a timestamp whose hour exceeds 32 bits, and a
 *   number that is truncated to less than its type holds
 * @throws IcebergError `invalid` when the transform does not take the type, `unsupported` when we do not know it
 */
export function transformFunction(transform: Transform, source: PrimitiveType): TransformFunction {
  return compile(transform, source, 'partition')
}

/**
 * As {@link transformFunction}, for sorting: what is not stored is in order with all else, and never refused.
 *
 * @throws IcebergError `invalid` when the transform does not take the type, `unsupported` when we do not know it
 */
export function sortKeyFunction(transform: Transform, source: PrimitiveType): TransformFunction {
  return compile(transform, source, 'sort')
}

function compile(
  transform: Transform,
  source: PrimitiveType,
  use: 'partition' | 'sort',
): TransformFunction {
  if (transform.kind === 'unknown') throw cannotWrite(transform.name)
  if (!canTransform(transform, source)) throw wrongSource(transform, source)
  switch (transform.kind) {
    case 'identity':
      return (value) => value
    case 'void':
      return () => null
    case 'year':
    case 'month':
    case 'day':
    case 'hour': {
      const unit = timeFunction(transform.kind, source)
      return nullToNull(use === 'sort' ? unit : (value) => storable(unit(value)))
    }
    case 'bucket':
      return nullToNull(bucketFunction(transform.numBuckets, source))
    case 'truncate': {
      const underflow = use === 'sort' ? 'keep-order' : 'refuse'
      return nullToNull(truncateFunction(transform.width, source, underflow))
    }
    default:
      return unreachable(transform)
  }
}

function nullToNull(apply: (value: PrimitiveValue) => PrimitiveValue): TransformFunction {
  return (value) => (value === null ? null : apply(value))
}

/**
 * Years, months, days or hours since 1970 of a date or timestamp. Unlike a partition value the result may exceed 32 bits,
 * and the argument the range of its type.
 */
export function timeFunction(
  kind: TimeTransformKind,
  source: PrimitiveType,
): (value: PrimitiveValue) => number {
  // Dates are held as numbers and timestamps as bigints, as value.ts lists; callers checked that the source is either.
  return timeUnit(kind, source) as (value: PrimitiveValue) => number
}

function timeUnit(kind: TimeTransformKind, source: PrimitiveType): (value: never) => number {
  if (source.kind === 'date') return FROM_DAYS[kind]
  const unit = FROM_MICROS[kind]
  const isNanos = source.kind === 'timestamp_ns' || source.kind === 'timestamptz_ns'
  return isNanos ? (nanos: bigint) => unit(microsFromNanos(nanos)) : unit
}

const FROM_DAYS: Record<TimeTransformKind, (days: number) => number> = {
  year: yearFromDays,
  month: monthFromDays,
  day: (days) => days,
  hour: (days) => days * 24,
}

const FROM_MICROS: Record<TimeTransformKind, (micros: bigint) => number> = {
  year: yearFromMicros,
  month: monthFromMicros,
  day: dayFromMicros,
  hour: hourFromMicros,
}

/** Only an hour can fail: a 64-bit count of microseconds spans more hours than 32 bits count. */
function storable(units: number): number {
  if (isInt32(units)) return units
  throw new IcebergError('invalid', 'timestamp is too far from 1970 for the hour transform')
}

function wrongSource(transform: Transform, source: PrimitiveType): IcebergError {
  return new IcebergError('invalid', 'transform does not take this type', {
    context: { transform: formatTransform(transform), type: formatType(source) },
  })
}

function cannotWrite(name: string): IcebergError {
  return new IcebergError('unsupported', 'values of this transform cannot be computed', {
    context: { transform: name },
  })
}
