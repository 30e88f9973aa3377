// Windows that do not tile the time line: a row between two of them is read by none of them, by both, or too early.
import { isTimeTransform } from '../../../layout/transform.ts'
import type { Output } from '../model.ts'
import { wordsOf } from '../sql-outline.ts'
import { finding } from './finding.ts'
import type { Finding } from './finding.ts'
import { boundsOf, namesColumn } from './windows.ts'
import type { Window } from './windows.ts'

export function boundFindings(window: Window): readonly Finding[] {
  return [
    ...boundaryLoss(window),
    ...closedBounds(window),
    ...windowPastData(window),
    ...monthDrift(window),
  ]
}

/**
 * In windows `(start, end]` over partitions that are replaced whole, the row at exactly `end` is written by one run, into
 * a partition that the next run replaces without it. In windows `(start, end)` no run reads it at all.
 */
function boundaryLoss(window: Window): readonly Finding[] {
  return boundsOf(window).flatMap(({ column, start, end }) => {
    const isReplaced = window.outputs.some((output) => cutsByTime(output, column))
    const isLost = start === '>' && (end === '<' || (end === '<=' && isReplaced))
    if (!isLost) return []
    const message = `rows at the end of a window are lost: use ${column} >= start AND ${column} < end`
    return finding('boundary-loss', window.read.sqlPlace, message)
  })
}

/** Whether rows of one value of `column` can share a partition with rows of other values, and be replaced with them. */
function cutsByTime(output: Output, column: string): boolean {
  if (output.kind !== 'table' || output.mode !== 'overwrite-partitions') return false
  return (output.partitionSpec ?? []).some(
    (item) => isTimeTransform(item.transform) && namesColumn(column, item.column),
  )
}

/** In windows `[start, end]` the row at exactly `end` is in two of them. */
function closedBounds(window: Window): readonly Finding[] {
  return boundsOf(window).flatMap(({ column, start, end }) => {
    if (start !== '>=' || end !== '<=') return []
    const message = `rows at the end of a window are read by the next one too: use ${column} >= start AND ${column} < end`
    return finding('closed-bounds', window.read.sqlPlace, message)
  })
}

/** Words in the SQL of a window's end that hold it to what there is. */
const HELD = ['now', 'current_timestamp', 'current_date', 'max', 'least']

/** A window may end beyond the newest row; rows that arrive there later are never read. */
function windowPastData({ read, end }: Window): readonly Finding[] {
  if (read.until.kind !== 'none') return []
  if (wordsOf(end.sql ?? '').some((word) => HELD.includes(word))) return []
  const message =
    'a window may end beyond the data, and rows that arrive later are never read: set until to sourceMax or now'
  return [finding('window-past-data', end.place, message)]
}

/** The last day that every month has. */
const SAFE_DAY = 28

const DATE = /\b\d{4}-\d{2}-(?<day>\d{2})\b/

/** Adding a month keeps to its length: windows that begin on the 31st begin on the 28th after the next February. */
function monthDrift({ start, end }: Window): readonly Finding[] {
  const day = DATE.exec(start.sql ?? start.default ?? '')?.groups?.['day']
  if (day === undefined || Number(day) <= SAFE_DAY || !addsMonths(end.sql ?? '')) return []
  const message = `windows drift toward the ${SAFE_DAY}th of the month: begin on a day that every month has`
  return [finding('month-drift', start.place, message)]
}

function addsMonths(sql: string): boolean {
  const words = wordsOf(sql)
  // The unit of an interval may stand inside its literal.
  return words.includes('add_months') || (words.includes('interval') && /month/i.test(sql))
}
