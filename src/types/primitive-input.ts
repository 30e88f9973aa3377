// What callers write for values of primitive types: the rows of the table in `value-input.ts`, one function each.
import { unreachable } from '../base/assert.ts'
import { roundToFloat32 } from '../base/floats.ts'
import { isInt32, isInt64 } from '../base/integers.ts'
import { isWellFormed } from '../base/unicode.ts'
import { parseDecimal } from './decimal-text.ts'
import {
  parseDate,
  parseTime,
  parseTimestamp,
  parseTimestampNs,
  parseTimestamptz,
  parseTimestamptzNs,
} from './temporal-text.ts'
import type { PrimitiveType } from './type.ts'
import { parseUuid } from './uuid-text.ts'
import type { PrimitiveValue } from './value.ts'
import { withoutValues } from './without-values.ts'

/**
 * Makes what a caller wrote into a value of the type; null when the type does not take it.
 *
 * @throws IcebergError `unsupported` at once for a type whose values are not read or written
 */
export function primitiveReader(type: PrimitiveType): (input: unknown) => PrimitiveValue | null {
  switch (type.kind) {
    case 'boolean':
      return (input) => (typeof input === 'boolean' ? input : null)
    case 'int':
      return readInt32
    case 'long':
      return readInt64
    case 'float':
      return readFloat
    case 'double':
      return readDouble
    case 'decimal':
      return (input) => readDecimal(input, type.precision, type.scale)
    case 'date':
      return readDate
    case 'time':
      return readTime
    case 'timestamp':
      return (input) => (typeof input === 'string' ? parseTimestamp(input) : readTicks(input))
    case 'timestamptz':
      return readTimestamptz
    case 'timestamp_ns':
      return (input) => (typeof input === 'string' ? parseTimestampNs(input) : readTicks(input))
    case 'timestamptz_ns':
      return readTimestamptzNs
    case 'string':
      return (input) => (typeof input === 'string' && isWellFormed(input) ? input : null)
    case 'uuid':
      return (input) => (typeof input === 'string' ? parseUuid(input) : null)
    case 'fixed':
      return (input) => (input instanceof Uint8Array && input.length === type.length ? input : null)
    case 'binary':
      return (input) => (input instanceof Uint8Array ? input : null)
    case 'unknown':
      return () => null
    case 'geometry':
    case 'geography':
      throw withoutValues(type)
    default:
      return unreachable(type)
  }
}

/** What {@link primitiveReader} takes, for a message. */
export function expectationOf(type: PrimitiveType): string {
  switch (type.kind) {
    case 'boolean':
      return 'a boolean'
    case 'int':
      return 'an integer of 32 bits'
    case 'long':
      return 'an integer of 64 bits, as a bigint beyond 2^53'
    case 'float':
    case 'double':
      return 'a number that the type can hold'
    case 'decimal':
      return 'a decimal as text, as { unscaled, scale } or in a file as a number, exact in the type'
    case 'date':
      return 'a date as text, a bigint of days, or a Date at midnight UTC'
    case 'time':
      return 'a time as text or a bigint of microseconds within a day'
    case 'timestamp':
      return 'a timestamp as text without offset, or a bigint of microseconds'
    case 'timestamptz':
      return 'a timestamp as text with an offset, a bigint of microseconds, or a Date'
    case 'timestamp_ns':
      return 'a timestamp as text without offset, or a bigint of nanoseconds'
    case 'timestamptz_ns':
      return 'a timestamp as text with an offset, a bigint of nanoseconds, or a Date'
    case 'string':
      return 'a well-formed string'
    case 'uuid':
      return 'a uuid as text with hyphens'
    case 'fixed':
      return 'bytes of the length of the type, as a Uint8Array or in a file as hex'
    case 'binary':
      return 'bytes, as a Uint8Array or in a file as hex'
    case 'unknown':
      return 'nothing but null'
    case 'geometry':
    case 'geography':
      throw withoutValues(type)
    default:
      return unreachable(type)
  }
}

function readInt32(input: unknown): number | null {
  const number = typeof input === 'bigint' ? Number(input) : input
  if (typeof number !== 'number' || !isInt32(number)) return null
  // Minus zero is zero among integers.
  return number + 0
}

function readInt64(input: unknown): bigint | null {
  if (typeof input === 'bigint') return isInt64(input) ? input : null
  return typeof input === 'number' && Number.isSafeInteger(input) ? BigInt(input) : null
}

function readDouble(input: unknown): number | null {
  if (typeof input === 'number') return input
  if (typeof input !== 'bigint') return null
  const number = Number(input)
  return Number.isFinite(number) && BigInt(number) === input ? number : null
}

function readFloat(input: unknown): number | null {
  const number = readDouble(input)
  return number === null ? null : roundToFloat32(number)
}

function readDecimal(input: unknown, precision: number, scale: number): bigint | null {
  if (typeof input === 'string') return parseDecimal(input, precision, scale)
  if (!isRecord(input)) return null
  const { unscaled, scale: givenScale } = input
  if (typeof unscaled !== 'bigint' || !Number.isSafeInteger(givenScale)) return null
  return parseDecimal(`${unscaled}e${-Number(givenScale)}`, precision, scale)
}

function readDate(input: unknown): number | null {
  if (typeof input === 'string') return parseDate(input)
  const days = input instanceof Date ? input.getTime() / MS_PER_DAY : readBigInt(input)
  return days !== null && isInt32(days) ? days + 0 : null
}

const MS_PER_DAY = 86_400_000

function readBigInt(input: unknown): number | null {
  return typeof input === 'bigint' ? Number(input) : null
}

function readTime(input: unknown): bigint | null {
  if (typeof input === 'string') return parseTime(input)
  return typeof input === 'bigint' && input >= 0n && input < MICROS_PER_DAY ? input : null
}

const MICROS_PER_DAY = 86_400_000_000n

function readTicks(input: unknown): bigint | null {
  return typeof input === 'bigint' && isInt64(input) ? input : null
}

function readTimestamptz(input: unknown): bigint | null {
  if (typeof input === 'string') return parseTimestamptz(input)
  if (!(input instanceof Date)) return readTicks(input)
  const ms = input.getTime()
  return Number.isNaN(ms) ? null : BigInt(ms) * 1000n
}

function readTimestamptzNs(input: unknown): bigint | null {
  if (typeof input === 'string') return parseTimestamptzNs(input)
  if (!(input instanceof Date)) return readTicks(input)
  const ms = input.getTime()
  return Number.isNaN(ms) ? null : checkedInt64(BigInt(ms) * 1_000_000n)
}

function checkedInt64(value: bigint): bigint | null {
  return isInt64(value) ? value : null
}

/** Whether an input has fields by name, and is none of the objects that are values themselves. */
export function isRecord(input: unknown): input is Readonly<Record<string, unknown>> {
  return (
    typeof input === 'object' &&
    input !== null &&
    !Array.isArray(input) &&
    !(input instanceof Map) &&
    !(input instanceof Date) &&
    !ArrayBuffer.isView(input)
  )
}
