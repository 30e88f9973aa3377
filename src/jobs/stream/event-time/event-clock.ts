// Event time as a column counts it, in ticks: microseconds, nanoseconds or days. Everything is UTC, and exact.
import type { Data } from 'apache-arrow'

import { MICROS_PER_DAY } from '../../../base/civil-time.ts'
import { IcebergError } from '../../../base/errors.ts'
import { INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN, floorDiv } from '../../../base/integers.ts'
import { validityTest } from '../../../formats/arrow/column-data.ts'
import type { Field, Type } from '../../../types/type.ts'
import type { PrimitiveValue } from '../../../types/value.ts'

/** How a column counts time. */
export interface EventClock {
  /** Reads a column that is laid out as its type has it; null for a null row. */
  reader(data: Data): (row: number) => bigint | null
  /** Microseconds since the epoch, rounded down. */
  toMicros(ticks: bigint): bigint
  /** The last tick that is not after a moment. */
  lastUntil(micros: bigint): bigint
  /** The first tick that is not before a moment. */
  firstFrom(micros: bigint): bigint
  /** A length of time in ticks; null when that is no whole number. */
  ticksIn(micros: bigint): bigint | null
  /** A tick as the column holds it. */
  valueOf(ticks: bigint): PrimitiveValue
  /** What the column can hold, both included. */
  readonly lowest: bigint
  readonly highest: bigint
}

/** @throws IcebergError `invalid` for a column that holds no times */
export function eventClock({ name, type }: Pick<Field, 'name' | 'type'>): EventClock {
  switch (type.kind) {
    case 'timestamp':
    case 'timestamptz':
      return MICROS
    case 'timestamp_ns':
    case 'timestamptz_ns':
      return NANOS
    case 'date':
      return DAYS
    default:
      throw noTimes(name, type)
  }
}

const WIDE = { lowest: INT64_MIN, highest: INT64_MAX, reader: readWide } as const

const MICROS: EventClock = {
  ...WIDE,
  toMicros: (ticks) => ticks,
  lastUntil: (micros) => micros,
  firstFrom: (micros) => micros,
  ticksIn: (micros) => micros,
  valueOf: (ticks) => ticks,
}

const NANOS_PER_MICRO = 1000n

const NANOS: EventClock = {
  ...WIDE,
  toMicros: (ticks) => floorDiv(ticks, NANOS_PER_MICRO),
  lastUntil: (micros) => micros * NANOS_PER_MICRO,
  firstFrom: (micros) => micros * NANOS_PER_MICRO,
  ticksIn: (micros) => micros * NANOS_PER_MICRO,
  valueOf: (ticks) => ticks,
}

const DAY = BigInt(MICROS_PER_DAY)

/** A day happens at its midnight. */
const DAYS: EventClock = {
  lowest: BigInt(INT32_MIN),
  highest: BigInt(INT32_MAX),
  reader(data) {
    const values: Int32Array = data.values
    const isValid = validityTest(data)
    return (row) => (isValid(row) ? BigInt(values[row] ?? 0) : null)
  },
  toMicros: (ticks) => ticks * DAY,
  lastUntil: (micros) => floorDiv(micros, DAY),
  firstFrom: (micros) => -floorDiv(-micros, DAY),
  ticksIn: (micros) => (micros % DAY === 0n ? micros / DAY : null),
  valueOf: (ticks) => Number(ticks),
}

function readWide(data: Data): (row: number) => bigint | null {
  const values: BigInt64Array = data.values
  const isValid = validityTest(data)
  return (row) => (isValid(row) ? (values[row] ?? 0n) : null)
}

function noTimes(column: string, { kind }: Type): IcebergError {
  return new IcebergError(
    'invalid',
    'event time is a timestamp or a date: make it one by SQL, such as to_timestamp(text)',
    { context: { column, type: kind } },
  )
}
