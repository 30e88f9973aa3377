/**
 * A literal of a query as one of a predicate on a column, where the two would compare alike. DuckDB brings both sides to one
 * type first; only where that loses nothing, and all of it is plain from the text, is there an answer.
 */
import { unreachable } from '../../base/assert.ts'
import type { NumberText } from '../../expressions/predicate.ts'
import { parseTimestamp, parseTimestamptz } from '../../types/temporal-text.ts'
import type { PrimitiveType } from '../../types/type.ts'
import type { Literal } from './literals.ts'

/** A literal as binding takes it for the type of the column; null when the comparison cannot be taken over. */
export function pushedLiteral(type: PrimitiveType, literal: Literal, isUtc: boolean): unknown {
  switch (type.kind) {
    case 'boolean':
      return literal.kind === 'boolean' ? literal.value : null
    case 'int':
      return exactNumber(literal, 9)
    case 'long':
      return exactNumber(literal, 18)
    case 'decimal':
      // Beside text it becomes a double, which must hold all of its digits.
      return exactNumber(literal, type.precision > MAX_DIGITS ? 0 : type.precision - type.scale)
    case 'float':
    case 'double':
      return floatingNumber(type.kind, literal)
    case 'date':
      return dateText(literal, isUtc)
    case 'time':
      return literal.kind === 'text' && TIME.test(literal.text) ? literal.text : null
    case 'timestamp':
    case 'timestamptz':
      return moment(type.kind, literal, isUtc)
    case 'string':
      return literal.kind === 'text' ? literal.text : null
    case 'uuid':
      return literal.kind === 'text' && UUID.test(literal.text) ? literal.text : null
    case 'fixed':
    case 'binary':
    case 'timestamp_ns':
    case 'timestamptz_ns':
    case 'unknown':
    case 'geometry':
    case 'geography':
      return null
    default:
      return unreachable(type)
  }
}

/** So many digits that neither a double nor a decimal of both sides loses any. */
const MAX_DIGITS = 15

const INTEGER = /^[+-]?(\d+)$/
const EXACT = /^-?(\d+)(?:e-(\d+))?$/

/** @param textDigits digits that every text of an integer may have without being too large for the column */
function exactNumber(literal: Literal, textDigits: number): NumberText | null {
  if (literal.kind === 'exact') {
    const digits = EXACT.exec(literal.text)?.[1]
    return digits !== undefined && digits.length <= MAX_DIGITS ? numberText(literal.text) : null
  }
  // Text with a fraction is refused beside such a column.
  const digits = literal.kind === 'text' ? INTEGER.exec(literal.text)?.[1] : undefined
  return digits !== undefined && digits.length <= textDigits ? numberText(digits, literal) : null
}

function numberText(text: string, literal?: Literal): NumberText {
  const isNegative = literal?.kind === 'text' && literal.text.startsWith('-')
  return { kind: 'number-text', text: isNegative ? `-${text}` : text }
}

const PLAIN_NUMBER = /^[+-]?\d+(?:\.\d+)?$/

/** Only a number that the column's type has: then it does not matter whether it is compared as a float or as a double. */
function floatingNumber(kind: 'float' | 'double', literal: Literal): number | null {
  const value = floatingValue(literal)
  if (value === null || !Number.isFinite(value)) return null
  return kind === 'double' || Math.fround(value) === value ? value : null
}

function floatingValue(literal: Literal): number | null {
  switch (literal.kind) {
    case 'double':
      return literal.value
    case 'exact':
      return digitsOf(literal.text) <= MAX_DIGITS ? Number(literal.text) : null
    case 'text':
      return PLAIN_NUMBER.test(literal.text) && digitsOf(literal.text) <= MAX_DIGITS
        ? Number(literal.text)
        : null
    default:
      return null
  }
}

function digitsOf(text: string): number {
  return text.replace(/e.*$/, '').replaceAll(/\D/g, '').length
}

const TIME = /^\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?$/
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const MOMENT = /^(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?)(Z|[+-]\d{2}:\d{2})?)?$/

interface WrittenMoment {
  readonly date: string
  /** `00:00:00` when there is none. */
  readonly time: string
  /** Empty when there is none. */
  readonly zone: string
}

function readMoment(text: string): WrittenMoment | null {
  const [, date, time = '00:00:00', zone = ''] = MOMENT.exec(text) ?? []
  return date === undefined ? null : { date, time, zone }
}

/** As text, a date is what its first part says; a moment compares like a date when it is the beginning of one. */
function dateText(literal: Literal, isUtc: boolean): string | null {
  const written = 'text' in literal && literal.kind !== 'exact' ? readMoment(literal.text) : null
  if (written === null || written.zone !== '' || !isDate(written.date)) return null
  switch (literal.kind) {
    case 'text':
    case 'date':
      return isTime(written) ? written.date : null
    case 'timestamp':
      return isMidnight(written) ? written.date : null
    case 'timestamptz':
      return isUtc && isMidnight(written) ? written.date : null
    default:
      return null
  }
}

/** Microseconds, when the zone of the session makes no difference. */
function moment(
  kind: 'timestamp' | 'timestamptz',
  literal: Literal,
  isUtc: boolean,
): bigint | null {
  if (!('text' in literal) || literal.kind === 'exact') return null
  const written = readMoment(literal.text)
  if (written === null) return null
  const isLocal = kind === 'timestamp' && literal.kind !== 'timestamptz'
  const { date, zone } = written
  // A date has no time, whatever its text says.
  const time = literal.kind === 'date' ? '00:00:00' : written.time
  if (zone !== '') return isLocal ? null : parseZoned(kind, `${date}T${time}${zone}`, isUtc)
  return isLocal || isUtc ? parseTimestamp(`${date}T${time}`) : null
}

function parseZoned(
  kind: 'timestamp' | 'timestamptz',
  text: string,
  isUtc: boolean,
): bigint | null {
  return kind === 'timestamptz' || isUtc ? parseTimestamptz(text) : null
}

function isDate(date: string): boolean {
  return parseTimestamp(`${date}T00:00:00`) !== null
}

function isTime({ date, time }: WrittenMoment): boolean {
  return parseTimestamp(`${date}T${time}`) !== null
}

function isMidnight({ time }: WrittenMoment): boolean {
  return /^00:00:00(?:\.0+)?$/.test(time)
}
