// Dates in texts of many layouts.
import { daysFromCivil, isCivilDate } from '../../base/civil-time.ts'
import { IcebergError } from '../../base/errors.ts'
import { parseJson, stringifyJson } from '../../base/json-exact.ts'
import { formatDate, formatTimestamp, parseTimestamp } from '../../types/temporal-text.ts'

/** A time of day behind a date, with or without half of the day and zone. */
const TIME = String.raw`(?<hour>\d{1,2}):(?<minute>\d{2})(?::(?<second>\d{2})(?:[.,](?<ns>\d{1,9}))?)?(?:\s*(?<half>[ap])m)?`
const ZONE = String.raw`\s*(?:(?<zero>z|utc|gmt)|(?<offset>[+-]\d{2}:?\d{2}))?`
const TAIL = `(?:(?:t|,?\\s+(?:at\\s+)?)${TIME}${ZONE})?`

const YEAR = String.raw`(?<year>\d{4})`
const SHORT_YEAR = String.raw`(?<year>\d{2})`
const MONTH = String.raw`(?<month>\d{1,2})`
const DAY = String.raw`(?<day>\d{1,2})`
const NAME = '(?<month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\\.?'
const WEEKDAY = '(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*'
const TH = '(?:st|nd|rd|th)?'

/**
 * The layouts that are known without being told, the first that fits counts. Where numbers alone do not tell, the day stands
 * before the month.
 */
const LAYOUTS: readonly string[] = [
  `${YEAR}-${MONTH}-${DAY}${TAIL}`,
  `${YEAR}/${MONTH}/${DAY}${TAIL}`,
  `${YEAR}\\.${MONTH}\\.${DAY}${TAIL}`,
  `${YEAR}(?<month>\\d{2})(?<day>\\d{2})${TAIL}`,
  `${DAY}-${MONTH}-${YEAR}${TAIL}`,
  `${DAY}/${MONTH}/${YEAR}${TAIL}`,
  `${DAY}\\.${MONTH}\\.${YEAR}${TAIL}`,
  `${DAY}-${MONTH}-${SHORT_YEAR}${TAIL}`,
  `${DAY}/${MONTH}/${SHORT_YEAR}${TAIL}`,
  `${DAY}\\.${MONTH}\\.${SHORT_YEAR}${TAIL}`,
  `${MONTH}/${DAY}/${YEAR}${TAIL}`,
  `${DAY}${TH}\\s+${NAME},?\\s+${YEAR}${TAIL}`,
  `${DAY}-${NAME}-${YEAR}${TAIL}`,
  `${DAY}-${NAME}-${SHORT_YEAR}${TAIL}`,
  `${YEAR}-${NAME}-${DAY}${TAIL}`,
  `${NAME}\\s+${DAY}${TH},?\\s+${YEAR}${TAIL}`,
  `${WEEKDAY},?\\s+${DAY}\\s+${NAME}\\s+${YEAR}${TAIL}`,
  `${WEEKDAY}\\s+${NAME}\\s+${DAY}\\s+${TIME}${ZONE}\\s+${YEAR}`,
]

/** How texts are read, by rules or without any by the {@link LAYOUTS}; each rule must fit a text whole. */
export function rulesText(rules: readonly string[]): string {
  rules.forEach(ruleOf)
  return stringifyJson(rules)
}

/** Reads texts as dates by the rules of a {@link rulesText}: `2026-01-31`, or null for a text that no rule fits. */
export function dateText(rules: string): (text: string) => string | null {
  const read = readerOf(rules)
  return (text) => {
    const days = daysOf(read(text))
    return days === null ? null : formatDate(days)
  }
}

/** As {@link dateText}, with the time of day, midnight where there is none; in UTC, as is a text that names no zone. */
export function timestampText(rules: string): (text: string) => string | null {
  const read = readerOf(rules)
  return (text) => {
    const parts = read(text)
    const days = daysOf(parts)
    const micros = days === null ? null : microsOf(days, parts)
    return micros === null ? null : formatTimestamp(micros)
  }
}

/** The named groups of the rule that fits. */
type Parts = Readonly<Record<string, string | undefined>>

function readerOf(rulesJson: string): (text: string) => Parts {
  const given = parseJson(rulesJson) as readonly string[]
  const rules = (given.length === 0 ? LAYOUTS : given).map(ruleOf)
  return (text) => {
    for (const rule of rules) {
      const parts = rule.exec(text.trim())?.groups
      if (parts !== undefined && daysOf(parts) !== null) return parts
    }
    return {}
  }
}

/** Some write their rules in brackets like these. */
const BRACKETS = /^【(.*)】$/su

function ruleOf(rule: string): RegExp {
  const [, inner = rule] = BRACKETS.exec(rule) ?? []
  try {
    // Without the flag `u`, as escapes that mean nothing are usual.
    return new RegExp(`^(?:${inner})$`, 'is')
  } catch (cause) {
    throw new IcebergError('invalid', 'a rule must be a regular expression', {
      context: { rule },
      cause,
    })
  }
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const SHORT_YEARS_FROM = 2_000

/** Days since 1970-01-01; null where a part is missing, or there is no such day. */
function daysOf({ year: yearText, month: monthText, day: dayText }: Parts): number | null {
  if (yearText === undefined || monthText === undefined || dayText === undefined) return null
  const year = Number(yearText) + (yearText.length <= 2 ? SHORT_YEARS_FROM : 0)
  const named = MONTHS.indexOf(monthText.slice(0, 3).toLowerCase()) + 1
  const month = named === 0 ? Number(monthText) : named
  const day = Number(dayText)
  return isCivilDate(year, month, day) ? daysFromCivil(year, month, day) : null
}

/** Microseconds since 1970-01-01T00:00:00 UTC; null when there is no such time of day. */
function microsOf(days: number, parts: Parts): bigint | null {
  const { minute = '0', second = '0', ns = '' } = parts
  const [hour, minutes, seconds] = [hourOf(parts), minute, second].map((part) =>
    part.padStart(2, '0'),
  )
  const fraction = ns.slice(0, 6).padEnd(6, '0')
  const local = parseTimestamp(`${formatDate(days)}T${hour}:${minutes}:${seconds}.${fraction}`)
  return local === null ? null : local - offsetMicros(parts['offset'])
}

const NOON = 12

function hourOf({ hour = '0', half }: Parts): string {
  if (half === undefined) return hour
  const inHalf = Number(hour) % NOON
  return String(half.toLowerCase() === 'p' ? inHalf + NOON : inHalf)
}

const MICROS_PER_MINUTE = 60_000_000n

function offsetMicros(offset: string | undefined): bigint {
  const [, sign, hours, minutes] = /^([+-])(\d{2}):?(\d{2})$/.exec(offset ?? '') ?? []
  if (hours === undefined || minutes === undefined) return 0n
  const size = (BigInt(hours) * 60n + BigInt(minutes)) * MICROS_PER_MINUTE
  return sign === '-' ? -size : size
}
