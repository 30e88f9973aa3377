import { parseLengthMicros } from '../stream/event-time/length-micros.ts'
import type { Fields } from '../yaml/fields.ts'

/** A length such as `10 minutes`, in microseconds; null when a fault was noted. */
export function readLength(fields: Fields, key: string, example: string): bigint | null {
  const text = fields.text(key)
  if (text === '') return null
  return fields.faults.attempt(fields.placeOf(key), null, () => {
    const micros = parseLengthMicros(text)
    if (micros === null) fields.invalid(key, `must be a number and a unit, such as ${example}`)
    return micros
  })
}
