// Names and values in SQL. No text of a user's is ever part of a statement but by these functions.
import { unreachable } from '../base/assert.ts'
import { toHex } from '../base/bytes.ts'
import { INT64_MAX } from '../base/integers.ts'
import { encodeUtf8 } from '../base/unicode.ts'
import { formatDecimal } from '../types/decimal-text.ts'
import { formatTime } from '../types/temporal-text.ts'
import type { PrimitiveType } from '../types/type.ts'
import { formatUuid } from '../types/uuid-text.ts'
import type { PrimitiveValue } from '../types/value.ts'
import { decline } from './declined.ts'

export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A text as a literal. A null character would end the statement, so that such a text is written by its bytes. */
export function quoteText(text: string): string {
  if (text.includes('\0')) return `decode(from_hex('${toHex(encodeUtf8(text))}'))`
  return `'${text.replaceAll("'", "''")}'`
}

export function listText(items: readonly string[]): string {
  return `[${items.join(', ')}]`
}

/**
 * A value as an expression of exactly that value and of the type's own DuckDB type, so that it is compared with columns
 * as they are stored, and row groups are left out by it.
 *
 * @throws Declined for moments that DuckDB cannot be told of
 */
export function literal(type: PrimitiveType, value: PrimitiveValue): string {
  // The type says how the value is held, as value.ts lists.
  switch (type.kind) {
    case 'boolean':
      return String(value)
    case 'int':
      return `CAST(${String(value)} AS INTEGER)`
    case 'long':
      return `CAST('${String(value)}' AS BIGINT)`
    case 'float':
      return floating(value as number, 'FLOAT')
    case 'double':
      return floating(value as number, 'DOUBLE')
    case 'decimal':
      return `CAST('${formatDecimal(value as bigint, type.scale)}' AS DECIMAL(${type.precision},${type.scale}))`
    case 'date':
      return `make_date(CAST(${String(value)} AS INTEGER))`
    case 'time':
      return `CAST('${formatTime(value as bigint)}' AS TIME)`
    case 'timestamp':
      return moment('make_timestamp', value as bigint, MIN_MICROS)
    case 'timestamptz':
      return moment('make_timestamptz', value as bigint, MIN_MICROS)
    case 'timestamp_ns':
      return moment('make_timestamp_ns', value as bigint, MIN_NANOS)
    case 'string':
      return quoteText(value as string)
    case 'uuid':
      return `CAST('${formatUuid(value as Uint8Array)}' AS UUID)`
    case 'fixed':
    case 'binary':
      return `from_hex('${toHex(value as Uint8Array)}')`
    case 'timestamptz_ns':
    case 'unknown':
    case 'geometry':
    case 'geography':
      return decline(`a column of type ${type.kind}`)
    default:
      return unreachable(type)
  }
}

/** The shortest digits that are read back as the same double; those of a float are read back as the same float. */
function floating(value: number, type: 'FLOAT' | 'DOUBLE'): string {
  const text = Object.is(value, -0) ? '-0.0' : String(value)
  return `CAST('${text}' AS ${type})`
}

/** DuckDB makes no moments of earlier counts, though it holds those that files have. */
const MIN_MICROS = -9_223_372_022_400_000_000n
const MIN_NANOS = -9_223_286_400_000_000_000n

/** The highest count is DuckDB's infinity. */
function moment(make: string, count: bigint, lowest: bigint): string {
  if (count < lowest || count === INT64_MAX) decline('a moment that DuckDB does not know')
  return `${make}(CAST(${count} AS BIGINT))`
}
