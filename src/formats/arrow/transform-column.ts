/** Partition transforms of whole columns, without a value of its own for each row. */
import type { Data } from 'apache-arrow'
import { unreachable } from '../../base/assert.ts'
import { IcebergError } from '../../base/errors.ts'
import { isInt32 } from '../../base/integers.ts'
import { monthFromDays, yearFromDays } from '../../layout/temporal.ts'
import { formatTransform, resultType } from '../../layout/transform.ts'
import type { TimeTransformKind, Transform } from '../../layout/transform.ts'
import type { PrimitiveType } from '../../types/type.ts'
import { bitAt } from './bitmap.ts'
import { rowBuckets } from './bucket-column.ts'
import { makeColumn, nullColumn, rebasedValidity, validityOf, valueWords } from './column-data.ts'
import type { TypedColumn } from './group-rows.ts'
import { arrowTypeOf } from './schema.ts'
import { truncateColumn } from './truncate-column.ts'

/**
 * The transform of each row of a column (spec: Partition Transforms), laid out as `arrowTypeOf` of its result type;
 * null for a null row. Agrees with `transformFunction` on every value. Identity gives the column itself.
 *
 * @throws IcebergError `unsupported` for a transform that is unknown or does not take the type; `invalid` for what
 *   cannot be stored: a timestamp whose hour exceeds 32 bits, a number truncated to less than its type holds
 */
export function transformColumn(transform: Transform, source: PrimitiveType, data: Data): Data {
  const type = resultType(transform, source)
  if (type === null || transform.kind === 'unknown') {
    throw new IcebergError('unsupported', 'values of this transform cannot be computed', {
      context: { transform: formatTransform(transform) },
    })
  }
  switch (transform.kind) {
    case 'identity':
      return data
    case 'void':
      return nullColumn(arrowTypeOf(type), data.length)
    case 'year':
    case 'month':
    case 'day':
    case 'hour':
      return columnOfUnits(type, timeUnits(transform.kind, source, data), data)
    case 'bucket':
      return columnOfUnits(type, rowBuckets(transform.numBuckets, source, data), data)
    case 'truncate':
      return truncateColumn(transform.width, source, { data, underflow: 'refuse' })
    default:
      return unreachable(transform)
  }
}

/**
 * The transform of each row as a key to sort by. Agrees with {@link transformColumn} in order and equality, but takes
 * every value: what cannot be stored can still be in order.
 *
 * @throws IcebergError `unsupported` for a transform that is unknown or does not take the type
 */
export function sortKeyColumn(
  transform: Transform,
  source: PrimitiveType,
  data: Data,
): TypedColumn {
  const type = resultType(transform, source)
  if (transform.kind === 'hour' && type !== null) {
    const hours = wholeUnits(data, unitsOf(source).hour, {
      into: new Float64Array(data.length),
      check: (hour) => hour,
    })
    return { type: DOUBLE, data: columnOfUnits(DOUBLE, hours, data) }
  }
  if (transform.kind === 'truncate' && type !== null) {
    const underflow = 'keep-order'
    return { type, data: truncateColumn(transform.width, source, { data, underflow }) }
  }
  return { type: type ?? source, data: transformColumn(transform, source, data) }
}

const DOUBLE: PrimitiveType = { kind: 'double' }

function columnOfUnits(type: PrimitiveType, units: Int32Array | Float64Array, data: Data): Data {
  return makeColumn(arrowTypeOf(type), data.length, {
    validity: rebasedValidity(data),
    values: new Uint8Array(units.buffer),
  })
}

function timeUnits(kind: TimeTransformKind, source: PrimitiveType, data: Data): Int32Array {
  const count = (unit: TickUnit): Int32Array =>
    wholeUnits(data, unit, { into: new Int32Array(data.length), check: storable })
  if (kind === 'hour') return count(unitsOf(source).hour)
  const days: Int32Array = source.kind === 'date' ? data.values : count(unitsOf(source).day)
  if (kind === 'day') return days.slice(0, data.length)
  return ofDays(kind === 'year' ? yearFromDays : monthFromDays, days, data)
}

/** Neighbouring rows often have the same day, whose year or month is then known. */
function ofDays(unitOf: (days: number) => number, days: Int32Array, data: Data): Int32Array {
  const units = new Int32Array(data.length)
  let lastDay = days[0] ?? 0
  let lastUnit = unitOf(lastDay)
  for (let row = 0; row < data.length; row += 1) {
    const day = days[row] ?? 0
    if (day !== lastDay) {
      lastDay = day
      lastUnit = unitOf(day)
    }
    units[row] = lastUnit
  }
  return units
}

/**
 * A unit of `odd * 2^shift` ticks, which are microseconds or nanoseconds. To divide a 64-bit count by it, `shift` bits are
 * cut off first, which rounds down; what is left, below 2^53, fits a double exactly. Its quotient by `odd`, when not
 * whole, lies `1 / odd` or more below the next whole number; doubles of that size lie closer together, by half of which
 * at most the division rounds, so that it never rounds up to it.
 */
interface TickUnit {
  readonly shift: number
  readonly odd: number
}

interface TickUnits {
  readonly day: TickUnit
  readonly hour: TickUnit
}

/** 86,400,000,000 = 10,546,875 * 2^13, below 2^27 of them; 3,600,000,000 = 3,515,625 * 2^10, below 2^32 of them. */
const UNITS_OF_MICROS: TickUnits = {
  day: { shift: 13, odd: 10_546_875 },
  hour: { shift: 10, odd: 3_515_625 },
}

/** A thousand is 125 * 2^3, and there are a thousand times fewer. */
const UNITS_OF_NANOS: TickUnits = {
  day: { shift: 16, odd: 1_318_359_375 },
  hour: { shift: 13, odd: 439_453_125 },
}

function unitsOf({ kind }: PrimitiveType): TickUnits {
  return kind === 'timestamp_ns' || kind === 'timestamptz_ns' ? UNITS_OF_NANOS : UNITS_OF_MICROS
}

/** Whole units from 1970-01-01T00:00:00, rounded down, put into `into`. */
function wholeUnits<Units extends Int32Array | Float64Array>(
  data: Data,
  { shift, odd }: TickUnit,
  { into, check }: { readonly into: Units; readonly check: (unit: number) => number },
): Units {
  const words = valueWords(data)
  const bits = validityOf(data)
  const highFactor = 2 ** (32 - shift)
  for (let row = 0; row < data.length; row += 1) {
    if (bits !== null && !bitAt(bits, data.offset + row)) continue
    const count = (words[2 * row + 1] ?? 0) * highFactor + ((words[2 * row] ?? 0) >>> shift)
    into[row] = check(Math.floor(count / odd))
  }
  return into
}

/** Only hours can fail: 64 bits of microseconds hold more of them than 32 bits count. */
function storable(unit: number): number {
  if (isInt32(unit)) return unit
  throw new IcebergError('invalid', 'timestamp is too far from 1970 for the hour transform')
}
