// Steps between the values that windows begin and end with: so many months, a length of time, or a whole number.
import { unreachable } from '../../base/assert.ts'
import { floorDiv } from '../../base/integers.ts'
import { IcebergError } from '../../base/errors.ts'
import {
  MICROS_PER_DAY,
  civilFromDays,
  daysFromCivil,
  joinMicros,
  splitMicros,
} from '../../base/civil-time.ts'
import { microsOfUnit, parseCountOfUnits } from '../../base/length-of-time.ts'
import {
  formatDate,
  formatTimestamp,
  parseDate,
  parseTimestamp,
} from '../../types/temporal-text.ts'

/** How far one value is from the next. */
export type Step =
  | { readonly kind: 'months'; readonly months: number }
  | { readonly kind: 'time'; readonly micros: bigint }
  /** For keys that are whole numbers, such as versions. */
  | { readonly kind: 'count'; readonly count: bigint }

const MONTHS: Readonly<Record<string, number>> = { month: 1, quarter: 3, year: 12 }

/**
 * Reads `1 month`, `2 days`, `90 minutes` or a whole number.
 *
 * @throws IcebergError `invalid` for anything else, and for steps that are not above zero
 */
export function parseStep(text: string): Step {
  const { count, unit } = parseCountOfUnits(text) ?? { count: 0, unit: null }
  if (count > 0) {
    if (unit === null) return { kind: 'count', count: BigInt(count) }
    const [months, micros] = [MONTHS[unit], microsOfUnit(unit)]
    if (months !== undefined) return { kind: 'months', months: count * months }
    if (micros !== null) return { kind: 'time', micros: BigInt(count) * micros }
  }
  throw new IcebergError(
    'invalid',
    'a step is a whole number above zero, with a unit from second to year or without one',
    { context: { step: text } },
  )
}

/** Microseconds moved by a step, forwards or backwards as often as `times` says; a month keeps to its last day. */
export function shiftMicros(micros: bigint, step: Step, times: number): bigint {
  switch (step.kind) {
    case 'months': {
      const { days, microsOfDay } = splitMicros(micros)
      return joinMicros(shiftMonths(days, step.months * times), microsOfDay)
    }
    case 'time':
      return micros + step.micros * BigInt(times)
    case 'count':
      throw unfit(step)
    default:
      return unreachable(step)
  }
}

/**
 * The text of a key moved by a step: a date stays one if the step is of whole days, a timestamp is as SQL prints it.
 *
 * @throws IcebergError `invalid` when the text is nothing that the step could be added to
 */
export function shiftText(text: string, step: Step, times: number): string {
  if (step.kind === 'count') {
    if (/^[+-]?\d+$/.test(text)) return String(BigInt(text) + step.count * BigInt(times))
    throw unfit(step)
  }
  const days = parseDate(text)
  const micros = days === null ? parseTimestamp(text.replace(' ', 'T')) : joinMicros(days, 0)
  if (micros === null) throw unfit(step)
  const shifted = shiftMicros(micros, step, times)
  const { days: date, microsOfDay } = splitMicros(shifted)
  return days !== null && microsOfDay === 0 ? formatDate(date) : momentText(shifted)
}

/** A moment as SQL prints it: with a space, and its fraction only as long as it must be. */
export function momentText(micros: bigint): string {
  return formatTimestamp(micros)
    .replace('T', ' ')
    .replace(/\.?0+$/, '')
}

/**
 * The first of the moments `anchor`, `anchor + step`, `anchor + 2 steps`, ... that is after `start`, counted from the anchor:
 * months that were cut short do not shift the ones after them.
 */
export function boundaryAfter(anchor: bigint, step: Step, start: bigint): bigint {
  if (start < anchor) return anchor
  // A month has 28 days at the least: the guess is never too far.
  const perStep =
    step.kind === 'months' ? BigInt(step.months) * 31n * BigInt(MICROS_PER_DAY) : lengthOf(step)
  let times = Number(floorDiv(start - anchor, perStep))
  let boundary = shiftMicros(anchor, step, times)
  while (boundary <= start) {
    times += 1
    boundary = shiftMicros(anchor, step, times)
  }
  return boundary
}

function lengthOf(step: Step): bigint {
  if (step.kind === 'time') return step.micros
  throw unfit(step)
}

function shiftMonths(days: number, months: number): number {
  const { year, month, day } = civilFromDays(days)
  const index = year * 12 + (month - 1) + months
  const shiftedYear = Math.floor(index / 12)
  const shiftedMonth = index - shiftedYear * 12 + 1
  const first = daysFromCivil(shiftedYear, shiftedMonth, 1)
  const next = daysFromCivil(
    shiftedMonth === 12 ? shiftedYear + 1 : shiftedYear,
    (shiftedMonth % 12) + 1,
    1,
  )
  return first + Math.min(day, next - first) - 1
}

function unfit(step: Step): IcebergError {
  return new IcebergError('invalid', 'the step does not fit the value that it is added to', {
    context: { step: step.kind },
  })
}
