// Partition and sort transforms as expressions of DuckDB that are exact for every value a column can hold, the counts that
// DuckDB takes for infinity among them.
import { unreachable } from '../base/assert.ts'
import type { Transform } from '../layout/transform.ts'
import type { PrimitiveType } from '../types/type.ts'
import { decline } from './declined.ts'

/**
 * An expression of the values of a column by which it is sorted; their order is that of the transform's values.
 *
 * @param column an expression of the source type
 * @throws Declined for a transform that DuckDB cannot compute, or not exactly
 */
export function transformText(transform: Transform, source: PrimitiveType, column: string): string {
  switch (transform.kind) {
    case 'identity':
      return column
    case 'year':
      return `${civil(source, column, 'year')} - 1970`
    case 'month':
      return `(${civil(source, column, 'year')} - 1970) * 12 + ${civil(source, column, 'month')} - 1`
    case 'day':
      return daysText(source, column)
    case 'hour':
      return floorQuotient(microsText(source, column), 3_600_000_000n)
    case 'truncate':
      return truncateText(source, column, transform.width)
    case 'void':
    case 'bucket':
    case 'unknown':
      return decline(`the transform ${transform.kind}`)
    default:
      return unreachable(transform)
  }
}

/**
 * An expression that tells the transform's values, as `plainText` tells those of a column.
 *
 * @throws Declined as {@link transformText}, and for a column whose values cannot be told
 */
export function partitionText(transform: Transform, source: PrimitiveType, column: string): string {
  const text = transformText(transform, source, column)
  const isOfSource = transform.kind === 'identity' || source.kind === 'string'
  // Units of time and multiples are integers.
  return isOfSource ? plainText(source, text) : text
}

/**
 * A column as integers, bytes or plain texts that stand for its values one to one. Texts of users are told by their bytes:
 * what comes from DuckDB as text has lost a byte order mark.
 */
export function plainText(type: PrimitiveType, column: string): string {
  switch (type.kind) {
    case 'boolean':
    case 'int':
    case 'long':
    case 'binary':
    case 'fixed':
      return column
    case 'string':
      return `encode(${column})`
    case 'date':
      return daysText(type, column)
    case 'time':
      return `epoch_us(${column})`
    case 'timestamp':
    case 'timestamptz':
      return countText('epoch_us', column)
    case 'timestamp_ns':
      return countText('epoch_ns', column)
    case 'decimal':
    case 'uuid':
      return `CAST(${column} AS VARCHAR)`
    // What DuckDB groups by takes minus zero for zero, and partitions do not.
    case 'float':
    case 'double':
    case 'timestamptz_ns':
    case 'unknown':
    case 'geometry':
    case 'geography':
      return decline(`a partition by a column of type ${type.kind}`)
    default:
      return unreachable(type)
  }
}

/** Days since 1970. A difference of dates is one of their counts, whatever these stand for. */
function daysText(source: PrimitiveType, column: string): string {
  if (source.kind === 'date') return `(${column} - DATE '1970-01-01')`
  return floorQuotient(microsText(source, column), 86_400_000_000n)
}

function microsText(source: PrimitiveType, column: string): string {
  if (source.kind !== 'timestamp_ns') return countText('epoch_us', column)
  return floorQuotient(countText('epoch_ns', column), 1000n)
}

/** The count that a moment is held as. DuckDB does not tell those that it takes for infinite, of which there is one on each side. */
function countText(count: 'epoch_us' | 'epoch_ns', column: string): string {
  const infinite = `CASE WHEN ${column} > make_timestamp(0) THEN 9223372036854775807 WHEN ${column} IS NOT NULL THEN -9223372036854775807 END`
  return `coalesce(${count}(${column}), ${infinite})`
}

/** Rounded down; DuckDB's own quotient of integers is rounded toward zero. */
function floorQuotient(dividend: string, divisor: bigint): string {
  return `(${dividend} // ${divisor} - CASE WHEN ${dividend} % ${divisor} < 0 THEN 1 ELSE 0 END)`
}

/**
 * A part of the date. The first and the last date are infinite to DuckDB, which tells no year of them: those of the days
 * next to them are the same.
 */
function civil(source: PrimitiveType, column: string, part: 'year' | 'month'): string {
  const days = daysText(source, column)
  const finite = `CASE WHEN ${days} > 2147483646 THEN 2147483646 WHEN ${days} < -2147483646 THEN -2147483646 ELSE ${days} END`
  return `${part}(make_date(CAST(${finite} AS INTEGER)))`
}

/** Numbers in a type that also holds the multiples below all numbers of their own. */
function truncateText(source: PrimitiveType, column: string, width: number): string {
  switch (source.kind) {
    case 'int':
    case 'long': {
      const wide = `CAST(${column} AS HUGEINT)`
      return `(${wide} - ((${wide} % ${width}) + ${width}) % ${width})`
    }
    case 'string':
      return `substring(${column}, 1, ${width})`
    default:
      return decline(`the transform truncate of type ${source.kind}`)
  }
}
