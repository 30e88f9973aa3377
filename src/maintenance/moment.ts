// How old something must be to go, as people say it: an age, or the moment that it must be older than.
import { MICROS_PER_MS } from '../base/civil-time.ts'
import { IcebergError } from '../base/errors.ts'
import { microsOfUnit, parseCountOfUnits } from '../base/length-of-time.ts'
import { timeToMs } from '../scan/selector.ts'

/**
 * `5 days`, `36 hours`, `90 minutes` (from seconds to weeks); a moment in ISO 8601 with an offset; or a moment in
 * milliseconds since the epoch.
 */
export type Age = string | bigint

/**
 * The moment in milliseconds since the epoch before which something is that old.
 *
 * @throws IcebergError `invalid` for what is neither an age nor a moment
 */
export function momentBefore(age: Age, nowMs: number): bigint {
  const length = typeof age === 'string' ? parseCountOfUnits(age) : null
  // A mere number is a moment: of what it would be the age nobody can say.
  if (length === null || length.unit === null) return momentMs(age)
  const micros = microsOfUnit(length.unit)
  if (micros === null) throw noAge(String(age))
  return BigInt(nowMs) - (BigInt(length.count) * micros) / MICROS_PER_MS
}

function momentMs(moment: Age): bigint {
  try {
    return BigInt(timeToMs(moment))
  } catch (cause) {
    throw noAge(String(moment), cause)
  }
}

function noAge(text: string, cause?: unknown): IcebergError {
  return new IcebergError(
    'invalid',
    'an age is a number of seconds, minutes, hours, days or weeks, such as `5 days`, or else a moment in ISO 8601 with an offset or in milliseconds since the epoch',
    { context: { age: text }, cause },
  )
}
