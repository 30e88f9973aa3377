// Windows that replace more than they read: what a partition had besides is lost.
import type { Transform } from '../../../layout/transform.ts'
import type { PartitionItem, TableOutput } from '../model.ts'
import { wordsOf } from '../sql-outline.ts'
import { finding } from './finding.ts'
import type { Finding } from './finding.ts'
import { boundsOf, namesColumn } from './windows.ts'
import type { Window } from './windows.ts'

export function partitionFindings(window: Window): readonly Finding[] {
  return window.outputs.flatMap((output) => {
    if (output.kind !== 'table') return []
    const message = whyLost(window, output)
    return message === null ? [] : finding('partial-partitions', output.place, message)
  })
}

/** What a window takes from the ones before it; null: nothing, or it cannot be told. */
function whyLost(window: Window, { mode, partitionSpec }: TableOutput): string | null {
  if (mode === 'overwrite') {
    return 'every window replaces the whole table: set overwrite-mode to dynamic, or append'
  }
  if (mode !== 'overwrite-partitions' || partitionSpec === null) return null
  const [bounds, other] = boundsOf(window)
  if (bounds === undefined || other !== undefined) return null
  const items = partitionSpec.filter((item) => namesColumn(bounds.column, item.column))
  if (items.some(({ transform }) => transform.kind === 'identity')) return null
  const unit = finestUnit(items)
  if (unit === null) {
    return `windows replace rows of each other, because ${bounds.column} cuts no partitions: partition by a time of it, or append`
  }
  return isWithin(window, unit)
    ? `a window that is only part of a ${unit} replaces all of it: begin and end windows where a ${unit} does`
    : null
}

type Unit = 'hour' | 'day' | 'month' | 'year'

const UNITS: readonly Unit[] = ['hour', 'day', 'month', 'year']

/** Partitions by a day and by its hours are as fine as the hours. */
function finestUnit(items: readonly PartitionItem[]): Unit | null {
  return UNITS.find((unit) => items.some(({ transform }) => isUnit(transform, unit))) ?? null
}

function isUnit(transform: Transform, unit: Unit): boolean {
  return transform.kind === unit
}

/** Whether a window is seen to begin or end inside a partition. */
function isWithin({ start, end }: Window, unit: Unit): boolean {
  return beginsWithin(start.sql ?? start.default ?? '', unit) || endsWithin(end.sql ?? '', unit)
}

const MOMENT =
  /\b\d{4}-(?<month>\d\d)-(?<day>\d\d)(?:[ T](?<hour>\d\d):(?<rest>\d\d(?::\d\d(?:\.\d+)?)?))?/

/** Whether the only moment in a text is inside a unit. */
function beginsWithin(text: string, unit: Unit): boolean {
  const { month, day, hour = '00', rest = '00' } = MOMENT.exec(text)?.groups ?? {}
  if (month === undefined || day === undefined) return false
  // What must be at its lowest, for each unit and those above it.
  const parts: Readonly<Record<Unit, boolean>> = {
    hour: /[1-9]/.test(rest),
    day: hour !== '00',
    month: day !== '01',
    year: month !== '01',
  }
  return UNITS.slice(0, UNITS.indexOf(unit) + 1).some((part) => parts[part])
}

const CLOCKS = ['now', 'current_timestamp']

const ROUNDED = ['date_trunc', 'trunc', 'to_date', 'date', 'date_format']

function endsWithin(sql: string, unit: Unit): boolean {
  const words = wordsOf(sql)
  if (
    words.some((word) => CLOCKS.includes(word)) &&
    !words.some((word) => ROUNDED.includes(word))
  ) {
    return true
  }
  const { count, step } = STEP.exec(sql)?.groups ?? {}
  return step !== undefined && !isWhole(Number(count), step.toLowerCase(), unit)
}

/** `INTERVAL '1' MONTH`, `INTERVAL 90 minutes`, `interval '1 day'` */
const STEP =
  /\binterval\s+'?(?<count>\d{1,9})'?\s+(?<step>second|minute|hour|day|week|month|quarter|year)s?\b/i

const SECONDS: Readonly<Record<string, number>> = {
  second: 1,
  minute: 60,
  hour: 3600,
  day: 86_400,
  week: 604_800,
}

const MONTHS: Readonly<Record<string, number>> = { month: 1, quarter: 3, year: 12 }

/** Whether a step is a number of whole units. */
function isWhole(count: number, step: string, unit: Unit): boolean {
  const months = MONTHS[step]
  if (months !== undefined) return unit !== 'year' || (count * months) % 12 === 0
  const seconds = SECONDS[unit]
  return seconds !== undefined && (count * (SECONDS[step] ?? 0)) % seconds === 0
}
