/**
 * Values as text, exactly: what JSON single values put between quotes (spec: JSON single-value serialization), and plain
 * digits and words for the types whose JSON has no quotes.
 */
import { unreachable } from '../base/assert.ts'
import { fromHex, toHex } from '../base/bytes.ts'
import { isInt32, isInt64 } from '../base/integers.ts'
import { isWellFormed } from '../base/unicode.ts'
import { formatDecimal, parseDecimal } from './decimal-text.ts'
import {
  formatDate,
  formatTime,
  formatTimestamp,
  formatTimestamptz,
  parseDate,
  parseTime,
  parseTimestamp,
  parseTimestamptz,
} from './temporal-text.ts'
import type { PrimitiveType } from './type.ts'
import { formatUuid, parseUuid } from './uuid-text.ts'
import type { PrimitiveValue } from './value.ts'

/** The one text of a value: a decimal with its scale, a timestamp with six digits of fraction, bytes as hex, `-0.0`. */
export function valueToText(type: PrimitiveType, value: PrimitiveValue): string {
  // The type says how the value is held, as value.ts lists.
  switch (type.kind) {
    case 'boolean':
    case 'int':
    case 'long':
    case 'string':
      return String(value)
    case 'float':
    case 'double':
      return Object.is(value, -0) ? '-0.0' : String(value)
    case 'decimal':
      return formatDecimal(value as bigint, type.scale)
    case 'date':
      return formatDate(value as number)
    case 'time':
      return formatTime(value as bigint)
    case 'timestamp':
      return formatTimestamp(value as bigint)
    case 'timestamptz':
      return formatTimestamptz(value as bigint)
    case 'uuid':
      return formatUuid(value as Uint8Array)
    case 'fixed':
    case 'binary':
      return toHex(value as Uint8Array)
    default:
      return unreachable(type)
  }
}

/**
 * The value that a text spells, with the liberties of each type: zeros beyond the scale, fewer digits of fraction, any
 * offset, either case. A number is read as the nearest that a `float` or `double` holds.
 *
 * @returns null when the type has no such value
 */
export function valueFromText(type: PrimitiveType, text: string): PrimitiveValue | null {
  switch (type.kind) {
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : null
    case 'int':
      return parseInt32(text)
    case 'long':
      return parseInt64(text)
    case 'float':
      return parseFloat32(text)
    case 'double':
      return parseDouble(text)
    case 'decimal':
      return parseDecimal(text, type.precision, type.scale)
    case 'date':
      return parseDate(text)
    case 'time':
      return parseTime(text)
    case 'timestamp':
      return parseTimestamp(text)
    case 'timestamptz':
      return parseTimestamptz(text)
    case 'string':
      return isWellFormed(text) ? text : null
    case 'uuid':
      return parseUuid(text)
    case 'fixed':
      return text.length === type.length * 2 ? fromHex(text) : null
    case 'binary':
      return fromHex(text)
    default:
      return unreachable(type)
  }
}

const INTEGER = /^[+-]?\d{1,20}$/

function parseInt64(text: string): bigint | null {
  if (!INTEGER.test(text)) return null
  const value = BigInt(text.startsWith('+') ? text.slice(1) : text)
  return isInt64(value) ? value : null
}

function parseInt32(text: string): number | null {
  const value = parseInt64(text)
  return value !== null && isInt32(Number(value)) ? Number(value) : null
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/
const NON_FINITE: ReadonlyMap<string, number> = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
])

function parseDouble(text: string): number | null {
  const special = NON_FINITE.get(text)
  if (special !== undefined) return special
  const value = NUMBER.test(text) ? Number(text) : Infinity
  return Number.isFinite(value) ? value : null
}

function parseFloat32(text: string): number | null {
  const value = parseDouble(text)
  return value === null ? null : roundToFloat(value)
}

/**
 * The nearest value of a `float`, as every writer stores a number there; 0.1 has none of its own. Null when a finite
 * number lies beyond the largest.
 */
export function roundToFloat(value: number): number | null {
  const rounded = Math.fround(value)
  return Number.isFinite(value) && !Number.isFinite(rounded) ? null : rounded
}
