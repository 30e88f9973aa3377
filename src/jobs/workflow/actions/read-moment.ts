import { MICROS_PER_MS } from '../../../base/civil-time.ts'
import { floorDiv, isInt64 } from '../../../base/integers.ts'
import { parseTimestamp, parseTimestamptz } from '../../../types/temporal-text.ts'
import type { Fields } from '../../yaml/fields.ts'
import type { Moment } from './action.ts'

/** Keys that each say how old something must be. */
export interface MomentKeys {
  readonly millis: readonly string[]
  readonly timestamp: string
}

/** The moment under one of several keys, of which at most one may be there. */
export function readMoment(options: Fields, { millis, timestamp }: MomentKeys): Moment | null {
  const [key, second] = [...millis, timestamp].filter((name) => options.has(name))
  if (second !== undefined) options.invalid(second, `${key} says it too: give one of them`)
  if (key === undefined) return null
  return key === timestamp ? readTimestamp(options, key) : readMillis(options, key)
}

function readMillis(options: Fields, key: string): Moment | null {
  const text = options.scalarText(key) ?? ''
  const ms = /^\d{1,19}$/.test(text) ? BigInt(text) : null
  if (ms !== null && isInt64(ms)) return { kind: 'utc', ms }
  options.invalid(key, 'must be milliseconds since 1970, a whole number')
  return null
}

function readTimestamp(options: Fields, key: string): Moment | null {
  const text = options.text(key)
  const utc = parseTimestamptz(text)
  if (utc !== null) return { kind: 'utc', ms: floorDiv(utc, MICROS_PER_MS) }
  const local = parseTimestamp(text)
  if (local !== null) return { kind: 'local', ms: floorDiv(local, MICROS_PER_MS) }
  options.invalid(key, 'must be a timestamp such as 2026-01-31 00:00:00.000')
  return null
}
