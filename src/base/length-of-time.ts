// Lengths of time as people write them: `5 days`, `36 hours`, `1 minute`.
import {
  MICROS_PER_DAY,
  MICROS_PER_HOUR,
  MICROS_PER_MINUTE,
  MICROS_PER_SECOND,
} from './civil-time.ts'

/** A whole number of something. */
export interface CountOfUnits {
  readonly count: number
  /** In lower case and without the s of the plural; null for a mere number. */
  readonly unit: string | null
}

/** Reads `90 minutes`, with any word for the unit, or `90`; null for other texts. Of the number nine digits are read. */
export function parseCountOfUnits(text: string): CountOfUnits | null {
  const { digits, unit } =
    /^\s*(?<digits>\d{1,9})(?:\s+(?<unit>[a-z]+?)s?)?\s*$/i.exec(text)?.groups ?? {}
  return digits === undefined ? null : { count: Number(digits), unit: unit?.toLowerCase() ?? null }
}

const MICROS: ReadonlyMap<string, number> = new Map([
  ['second', MICROS_PER_SECOND],
  ['minute', MICROS_PER_MINUTE],
  ['hour', MICROS_PER_HOUR],
  ['day', MICROS_PER_DAY],
  ['week', 7 * MICROS_PER_DAY],
])

/** How long a unit lasts; null for those that do not always last as long, such as months, and for other words. */
export function microsOfUnit(unit: string): bigint | null {
  const micros = MICROS.get(unit)
  return micros === undefined ? null : BigInt(micros)
}
