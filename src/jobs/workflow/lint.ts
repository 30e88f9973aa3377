import type { Problem } from '../../base/errors.ts'
import { isTimeTransform } from '../../layout/transform.ts'
import type { FlareJob, IncrementalKey, IncrementalRead, Output, Workflow } from './model.ts'
import { holeComparisons, wordsOf } from './sql-outline.ts'
import type { ComparisonOperator } from './sql-outline.ts'

export type LintRule = 'boundary-loss' | 'window-past-data' | 'month-drift'

/** Something a workflow file may well be run with, and that can lose rows when it is. */
export interface Finding extends Problem {
  readonly rule: LintRule
}

/** What can be seen without data, in the order of the jobs. */
export function lintWorkflow(workflow: Workflow): readonly Finding[] {
  return workflow.dag
    .flatMap((job) => (job.kind === 'flare' ? windowsOf(job) : []))
    .flatMap((window) => [
      ...boundaryLoss(window),
      ...windowPastData(window),
      ...monthDrift(window),
    ])
}

/** A window that moves: the next run's `start` is this run's `end`. */
interface Window {
  readonly read: IncrementalRead
  readonly start: IncrementalKey
  readonly end: IncrementalKey
  readonly outputs: readonly Output[]
}

function windowsOf(job: FlareJob): readonly Window[] {
  return job.inputs.flatMap(({ name, incremental: read }) => {
    if (read === null) return []
    const outputs = job.outputs.filter((output) => sameName(output.name, name))
    return read.state.flatMap((entry) => {
      const start = read.keys.find((key) => key.name === entry.key)
      const end = read.keys.find((key) => key.name === entry.value)
      return start === undefined || end === undefined ? [] : { read, start, end, outputs }
    })
  })
}

/**
 * In windows `(start, end]` over partitions that are replaced whole, the row at exactly `end` is written by one run, into
 * a partition that the next run replaces without it. In windows `(start, end)` no run reads it at all.
 */
function boundaryLoss(window: Window): readonly Finding[] {
  const { read, outputs } = window
  return columnsAfterStart(window).flatMap((column) => {
    const end = endOperator(window, column)
    const isLost =
      end === '<' || (end === '<=' && outputs.some((output) => cutsByTime(output, column)))
    if (!isLost) return []
    const message = `rows at the end of a window are lost: use ${column} >= start AND ${column} < end`
    return { ...read.sqlPlace, rule: 'boundary-loss' as const, message }
  })
}

/** Columns that the window leaves out at exactly its start. */
function columnsAfterStart({ read, start }: Window): readonly string[] {
  return holeComparisons(read.sql).flatMap(({ column, operator, key }) =>
    operator === '>' && key === start.name ? column : [],
  )
}

function endOperator({ read, end }: Window, column: string): ComparisonOperator | undefined {
  return holeComparisons(read.sql).find(
    ({ key, operator, column: other }) =>
      key === end.name && operator.startsWith('<') && sameName(column, other),
  )?.operator
}

/** Whether rows of one value of `column` can share a partition with rows of other values, and be replaced with them. */
function cutsByTime(output: Output, column: string): boolean {
  if (output.kind !== 'table') return false
  if (output.mode !== 'overwrite-partitions') return false
  return (output.partitionSpec ?? []).some(
    (item) => isTimeTransform(item.transform) && namesColumn(column, item.column),
  )
}

/** Words in the SQL of a window's end that hold it to what there is. */
const BOUNDS = ['now', 'current_timestamp', 'current_date', 'max', 'least']

/** A window may end beyond the newest row; rows that arrive there later are never read. */
function windowPastData({ read, end }: Window): readonly Finding[] {
  if (read.until.kind !== 'none') return []
  if (wordsOf(end.sql ?? '').some((word) => BOUNDS.includes(word))) return []
  const message =
    'a window may end beyond the data, and rows that arrive later are never read: set until to sourceMax or now'
  return [{ ...end.place, rule: 'window-past-data', message }]
}

/** The last day that every month has. */
const SAFE_DAY = 28

const DATE = /\b\d{4}-\d{2}-(?<day>\d{2})\b/

/** Adding a month keeps to its length: windows that begin on the 31st begin on the 28th after the next February. */
function monthDrift({ start, end }: Window): readonly Finding[] {
  const day = DATE.exec(start.sql ?? start.default ?? '')?.groups?.['day']
  if (day === undefined || Number(day) <= SAFE_DAY || !addsMonths(end.sql ?? '')) return []
  const message = `windows drift toward the ${SAFE_DAY}th of the month: begin on a day that every month has`
  return [{ ...start.place, rule: 'month-drift', message }]
}

function addsMonths(sql: string): boolean {
  const words = wordsOf(sql)
  // The unit of an interval may stand inside its literal.
  return words.includes('add_months') || (words.includes('interval') && /month/i.test(sql))
}

/** Whether a column as SQL has it, with qualifiers or not, is the one that a key of the file names. */
function namesColumn(qualified: string, column: string): boolean {
  return sameName(qualified, column) || qualified.toLowerCase().endsWith(`.${column.toLowerCase()}`)
}

function sameName(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase()
}
