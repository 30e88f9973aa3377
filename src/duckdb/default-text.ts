import { toHex } from '../base/bytes.ts'
import { formatDecimal } from '../types/decimal-text.ts'
import { formatDate, formatTime, formatTimestamp } from '../types/temporal-text.ts'
import { isPrimitive } from '../types/type.ts'
import type { Type } from '../types/type.ts'
import { formatUuid } from '../types/uuid-text.ts'
import type { PrimitiveValue, Value } from '../types/value.ts'
import { decline } from './declined.ts'

/** Years that DuckDB reads as we write them. */
const PLAIN_YEAR = /^\d{4}-/

/**
 * A default value as text that DuckDB reads as exactly that value: it takes the defaults of a file's columns as values of
 * one type.
 *
 * @throws Declined for a value that is not told by such text
 */
export function defaultText(type: Type, value: Value): string {
  if (!isPrimitive(type)) return decline('a default of a nested column')
  // A primitive type has primitive values, held as value.ts lists.
  const held = value as PrimitiveValue
  switch (type.kind) {
    case 'decimal':
      return formatDecimal(held as bigint, type.scale)
    case 'date':
      return plainDate(formatDate(held as number))
    case 'time':
      return formatTime(held as bigint)
    case 'timestamp':
      return plainDate(formatTimestamp(held as bigint))
    case 'timestamptz':
      return `${plainDate(formatTimestamp(held as bigint))}+00`
    case 'uuid':
      return formatUuid(held as Uint8Array)
    case 'fixed':
    case 'binary':
      return toHex(held as Uint8Array).replaceAll(/../g, '\\x$&')
    case 'float':
    case 'double':
      return Object.is(held, -0) ? '-0.0' : String(held)
    case 'boolean':
    case 'int':
    case 'long':
    case 'string':
      return String(held)
    default:
      return decline(`a default of type ${type.kind}`)
  }
}

function plainDate(text: string): string {
  return PLAIN_YEAR.test(text) ? text : decline('a default that is far from our time')
}
