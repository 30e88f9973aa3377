// How far windows may reach. A window that would end beyond that is not run, so that rows which come late are not skipped.
import { microsFromMs } from '../base/civil-time.ts'
import { IcebergError } from '../base/errors.ts'
import { assert, unreachable } from '../base/assert.ts'
import { columnMax } from '../scan/column-max.ts'
import type { TypedValue } from '../scan/column-max.ts'
import { formatDecimal } from '../types/decimal-text.ts'
import { commitSnapshotIdColumn, commitTimestampColumn } from '../types/reserved-fields.ts'
import { isPrimitive } from '../types/type.ts'
import { formatDate, formatTimestamptz } from '../types/temporal-text.ts'
import { momentText } from './incremental/step.ts'
import { orderOfValue } from './incremental/key-order.ts'
import type { Cut } from './incremental/windowed-job.ts'
import { compareKeyTexts, momentOf } from './key-text.ts'
import type { JobTable } from './lake.ts'
import type { Beyond } from './report.ts'
import { boundValue } from './resolve-keys.ts'
import type { SqlEngine } from './sql/engine.ts'
import { quoteText } from './sql/quotes.ts'
import type { IncrementalRead, StateEntry, Until } from './workflow/model.ts'
import { holeComparisons } from './workflow/sql-outline.ts'
import type { HoleComparison } from './workflow/sql-outline.ts'

/** What a window is held against. */
export interface WindowEnd extends Pick<Cut, 'orderOf' | 'toLocal'> {
  readonly read: IncrementalRead
  /** Every key with its value. */
  readonly values: ReadonlyMap<string, string>
  readonly source: JobTable
  readonly engine: SqlEngine
  readonly signal?: AbortSignal
}

/**
 * Why a window must wait; null when it may be run. One that would end where it begins has nothing to wait for, but nothing
 * to do either. A window that keeps no state never waits.
 */
export async function windowBeyond(window: WindowEnd): Promise<Beyond | null> {
  const { until, state } = window.read
  if (until.kind === 'none') return null
  const reaches: Reach[] = []
  for (const entry of state) reaches.push(await reachOf(until, entry, window))
  const tooFar = reaches.find(({ isTooFar }) => isTooFar)
  const waiting = tooFar ?? (reaches.some(({ moves }) => moves) ? undefined : reaches[0])
  if (waiting === undefined) return null
  const { end, bound } = waiting
  if (tooFar === undefined && end !== bound) return { end, bound: end, limit: 'start' }
  return { end, bound, limit: LIMITS[until.kind] }
}

/**
 * A window that would end before it begins, as when a clock is set back or a key counts down; null for others. It has no
 * rows, and would set the state back, so that the next one took rows again.
 */
export async function windowBackwards({
  read: { sql, state },
  values,
  orderOf,
}: Pick<WindowEnd, 'read' | 'values' | 'orderOf'>): Promise<Beyond | null> {
  const compared = holeComparisons(sql)
  for (const { key, value } of state) {
    const order = isRange(compared, key, value) ? orderOf(value) : null
    const start = values.get(key)
    const end = values.get(value)
    if (order === null || start === undefined || end === undefined) continue
    const isBackwards = order.compare(await order.read(end), await order.read(start)) < 0
    if (isBackwards) return { end, bound: start, limit: 'start' }
  }
  return null
}

/** Whether the query reads what lies between two keys. Snapshot ids are in no order. */
function isRange(compared: readonly HoleComparison[], low: string, high: string): boolean {
  const columnsOf = (key: string, operators: readonly string[]): readonly string[] =>
    compared
      .filter((comparison) => comparison.key === key && operators.includes(comparison.operator))
      .map(({ column }) => column.toLowerCase())
      .filter((column) => column.split('.').at(-1) !== commitSnapshotIdColumn.name)
  const below = columnsOf(high, ['<', '<='])
  return columnsOf(low, ['>', '>=']).some((column) => below.includes(column))
}

const LIMITS: Readonly<Record<Exclude<Until['kind'], 'none'>, Beyond['limit']>> = {
  'source-max': 'data',
  now: 'now',
  value: 'until',
  sql: 'until',
}

/** One entry of the state: where the window ends by it, and how far it may. */
interface Reach {
  readonly end: string
  /** Null while the source has no rows. */
  readonly bound: string | null
  readonly isTooFar: boolean
  /** Whether the next window would begin elsewhere than this one. */
  readonly moves: boolean
}

async function reachOf(
  until: Until,
  { key, value }: StateEntry,
  window: WindowEnd,
): Promise<Reach> {
  const end = window.values.get(value)
  assert(end !== undefined, 'every key has a value')
  const bound = await boundText(until, value, window)
  const order = window.orderOf(value) ?? orderOfValue(end, window.toLocal)
  const isTooFar =
    bound === null || order.compare(await order.read(end), await order.read(bound)) > 0
  return { end, bound, isTooFar, moves: end !== window.values.get(key) }
}

async function boundText(until: Until, key: string, end: WindowEnd): Promise<string | null> {
  switch (until.kind) {
    case 'none':
      return null
    case 'now':
      return end.engine.evaluateKey('select current_timestamp()')
    case 'value':
      return until.text
    case 'sql':
      return boundValue(until.sql, end.values, (sql) => end.engine.evaluateKey(sql))
    case 'source-max':
      return textOf(await sourceMax(key, end), end.engine)
    default:
      return unreachable(until)
  }
}

function sourceMax(key: string, { read, source, signal }: WindowEnd): Promise<TypedValue> {
  const compared = holeComparisons(read.sql).find((comparison) => comparison.key === key)
  const column = compared?.column.split('.').at(-1)?.toLowerCase()
  if (column === commitTimestampColumn.name) return Promise.resolve(newestCommit(source))
  const field = source.schema.fields.find(({ name }) => name.toLowerCase() === column)
  if (field === undefined) {
    throw new IcebergError(
      'invalid',
      'sourceMax needs a column of the source that the query compares with the end of the window',
      { context: { key, table: source.name } },
    )
  }
  return columnMax(source.state, [field.name], signal)
}

function newestCommit({ currentSnapshot }: JobTable): TypedValue {
  const { type } = commitTimestampColumn
  assert(isPrimitive(type), 'commits have times')
  if (currentSnapshot === null) return { type, value: null }
  return { type, value: microsFromMs(currentSnapshot.timestampMs) }
}

/**
 * What is odd about a window without a bound: that it ends after now, where rows may come yet, which no later window reads.
 */
export async function endsAfterNow({
  read: { until, state },
  values,
  engine,
}: Pick<WindowEnd, 'read' | 'values' | 'engine'>): Promise<readonly string[]> {
  const ends = state.flatMap(({ value }) => values.get(value) ?? [])
  if (until.kind !== 'none' || !ends.some((end) => momentOf(end) !== null)) return []
  const now = await engine.evaluateKey('select current_timestamp()')
  return ends
    .filter((end) => momentOf(end) !== null && compareKeyTexts(end, now) > 0)
    .map(
      (end) =>
        `the window ends at ${end}, which is not yet: rows that arrive there later are never read. Set until to sourceMax or now`,
    )
}

/** A value as the text of a key, moments in the session zone; null for null. */
async function textOf({ type, value }: TypedValue, engine: SqlEngine): Promise<string | null> {
  if (value === null) return null
  switch (type.kind) {
    case 'timestamptz': {
      const text = quoteText(formatTimestamptz(value as bigint), 'spark')
      return engine.evaluateKey(`select to_timestamp(${text})`)
    }
    case 'timestamp':
      return momentText(value as bigint)
    case 'date':
      return formatDate(value as number)
    case 'decimal':
      return formatDecimal(value as bigint, type.scale)
    case 'int':
    case 'long':
    case 'string':
      return String(value)
    default:
      throw new IcebergError(
        'unsupported',
        'windows over a column of this type have no end to wait for',
        {
          context: { type: type.kind },
        },
      )
  }
}
