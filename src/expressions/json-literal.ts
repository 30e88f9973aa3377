import { fromHex } from '../base/bytes.ts'
import type { PrimitiveType } from '../types/type.ts'
import type { NumberText } from './predicate.ts'

/**
 * A literal as JSON holds it. It stays so until binding, because the column says what a string spells: a date, a decimal,
 * or bytes in hexadecimal (spec: JSON single-value serialization).
 */
export interface JsonLiteral {
  readonly kind: 'json-literal'
  readonly value: boolean | number | bigint | string
}

export function isJsonLiteral(literal: unknown): literal is JsonLiteral {
  return (
    typeof literal === 'object' &&
    literal !== null &&
    'kind' in literal &&
    literal.kind === 'json-literal'
  )
}

/**
 * The literal as a caller would write it for a column of the type; null when the type has none of that form. Integers also
 * stand for dates and times, counted in the unit of the type.
 */
export function literalOfJson(
  type: PrimitiveType,
  { value }: JsonLiteral,
): boolean | number | bigint | string | Uint8Array | NumberText | null {
  switch (type.kind) {
    case 'int':
    case 'long':
    case 'decimal':
      return typeof value === 'string' || typeof value === 'boolean' ? value : numberText(value)
    case 'float':
    case 'double':
      return typeof value === 'string' ? (NON_FINITE.get(value) ?? null) : value
    case 'date':
    case 'time':
    case 'timestamp':
    case 'timestamptz':
    case 'timestamp_ns':
    case 'timestamptz_ns':
      return typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value
    case 'fixed':
    case 'binary':
      return typeof value === 'string' ? fromHex(value) : null
    default:
      return value
  }
}

const NON_FINITE: ReadonlyMap<string, number> = new Map(
  [NaN, Infinity, -Infinity].map((value) => [String(value), value]),
)

/** As in the text form of predicates, so that a decimal takes it exactly. */
function numberText(value: number | bigint): NumberText {
  return { kind: 'number-text', text: String(value) }
}
