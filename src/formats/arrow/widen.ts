/**
 * Values of narrower or coarser Arrow types as those of the table's types, exactly or not at all. Null rows become
 * zero.
 */
import { TimeUnit } from 'apache-arrow'
import type { Data, DataType } from 'apache-arrow'
import { unreachable } from '../../base/assert.ts'
import { IcebergError } from '../../base/errors.ts'
import { isInt32, isInt64 } from '../../base/integers.ts'
import { makeColumn, rebasedValidity, validityTest } from './column-data.ts'
import { arrowTypeOf } from './schema.ts'

const MILLIS_PER_DAY = 86_400_000n
const SECONDS_PER_DAY = 86_400n

/** Integers of fewer than 32 bits as ints. */
export function widenToInt(data: Data): Data {
  const values: Int8Array | Int16Array | Uint8Array | Uint16Array = data.values
  return columnLike(data, arrowTypeOf({ kind: 'int' }), Int32Array.from(rowsOf(values, data)))
}

/** Integers of at most 32 bits as longs. */
export function widenToLong(data: Data): Data {
  const source: Int8Array | Int16Array | Int32Array | Uint8Array | Uint16Array | Uint32Array =
    data.values
  // Low and high word of each long: half the time of making a bigint for each.
  const words = new Int32Array(2 * data.length)
  for (let row = 0; row < data.length; row += 1) {
    const value = source[row] ?? 0
    words[2 * row] = value
    words[2 * row + 1] = value < 0 ? -1 : 0
  }
  return columnLike(data, arrowTypeOf({ kind: 'long' }), words)
}

/** Floats as doubles. */
export function widenFloat(data: Data): Data {
  const values: Float32Array = data.values
  return columnLike(data, arrowTypeOf({ kind: 'double' }), Float64Array.from(rowsOf(values, data)))
}

/**
 * Dates in milliseconds as days.
 *
 * @throws IcebergError of kind `fault` for a value that is no whole day
 */
export function millisToDays(data: Data, fault: 'invalid' | 'corrupt'): Data {
  const source: BigInt64Array = data.values
  const isValid = validityTest(data)
  const days = new Int32Array(data.length)
  for (let row = 0; row < data.length; row += 1) {
    const value = source[row] ?? 0n
    if (!isValid(row)) continue
    const day = Number(value / MILLIS_PER_DAY)
    if (value % MILLIS_PER_DAY !== 0n || !isInt32(day)) {
      throw new IcebergError(fault, 'date is not a whole day in range', { context: { index: row } })
    }
    days[row] = day
  }
  return columnLike(data, arrowTypeOf({ kind: 'date' }), days)
}

/**
 * Dates as the midnights with which they begin, in a unit of time.
 *
 * @throws IcebergError `invalid` for a date that the unit cannot reach in 64 bits: the column should not have become a
 *   timestamp (spec: Schema Evolution)
 */
export function daysToTicks(data: Data, target: DataType, unit: TimeUnit): Data {
  const source: Int32Array = data.values
  const isValid = validityTest(data)
  const ticksPerDay = SECONDS_PER_DAY * ticksPerSecond(unit)
  const ticks = new BigInt64Array(data.length)
  for (let row = 0; row < data.length; row += 1) {
    if (!isValid(row)) continue
    const value = BigInt(source[row] ?? 0) * ticksPerDay
    if (!isInt64(value)) {
      throw new IcebergError('invalid', 'date is beyond the range of the timestamp it became', {
        context: { index: row },
      })
    }
    ticks[row] = value
  }
  return columnLike(data, target, ticks)
}

/**
 * Times of one unit in another.
 *
 * @throws IcebergError of kind `fault` for a value that is not exact in the other unit, or leaves 64 bits
 */
export function scaleTicks(
  data: Data,
  {
    from,
    to,
    target,
  }: { readonly from: TimeUnit; readonly to: TimeUnit; readonly target: DataType },
  fault: 'invalid' | 'corrupt',
): Data {
  const source: Int32Array | BigInt64Array = data.values
  const isValid = validityTest(data)
  const multiplier = ticksPerSecond(to) / gcd(ticksPerSecond(from), ticksPerSecond(to))
  const divisor = ticksPerSecond(from) / gcd(ticksPerSecond(from), ticksPerSecond(to))
  const scaled = new BigInt64Array(data.length)
  for (let row = 0; row < data.length; row += 1) {
    if (!isValid(row)) continue
    const value = BigInt(source[row] ?? 0) * multiplier
    if (value % divisor !== 0n || !isInt64(value / divisor)) {
      throw new IcebergError(fault, 'time is not exact in the unit of its column', {
        context: { index: row },
      })
    }
    scaled[row] = value / divisor
  }
  return columnLike(data, target, scaled)
}

/** Of powers of ten. */
function gcd(left: bigint, right: bigint): bigint {
  return left < right ? left : right
}

function ticksPerSecond(unit: TimeUnit): bigint {
  switch (unit) {
    case TimeUnit.SECOND:
      return 1n
    case TimeUnit.MILLISECOND:
      return 1000n
    case TimeUnit.MICROSECOND:
      return 1_000_000n
    case TimeUnit.NANOSECOND:
      return 1_000_000_000n
    default:
      return unreachable(unit)
  }
}

function columnLike(data: Data, type: DataType, values: ArrayBufferView): Data {
  return makeColumn(type, data.length, {
    validity: rebasedValidity(data),
    values: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
  })
}

/** A values buffer may be padded past the last row. */
function rowsOf<Elements extends { subarray(start: number, end: number): Elements }>(
  values: Elements,
  data: Data,
): Elements {
  return values.subarray(0, data.length)
}
