// Windows `[start, end)` over a column, cut by steps from where the first one starts.
import { unreachable } from '../../base/assert.ts'
import { IcebergError } from '../../base/errors.ts'
import type { Expression } from '../../expressions/predicate.ts'
import { columnMax } from '../../scan/column-max.ts'
import { findFieldByPath } from '../../types/schema.ts'
import type { Schema } from '../../types/schema.ts'
import { formatDate, parseTimestamptz } from '../../types/temporal-text.ts'
import { compareKeyTexts, momentOf } from '../key-text.ts'
import type { JobTable } from '../lake.ts'
import type { Beyond } from '../report.ts'
import { fingerprint } from '../state.ts'
import { boundaryAfter, momentText, parseStep, shiftText } from './step.ts'
import type { Step } from './step.ts'
import type { Cut } from './windowed-job.ts'

export interface ValueWindow {
  /** The column's path from the root. */
  readonly column: readonly string[]
  /** Where the first window starts, as text. */
  readonly start: string
  readonly step: string
  readonly lag?: string
  /** `sourceMax`, `now`, or a value. */
  readonly until: string
}

export interface ValueCut {
  readonly stateKey: string
  /** As of now. */
  readonly source: JobTable
  readonly signal?: AbortSignal
}

/** Types of columns that windows are cut by, and what their values are beside a window's. */
type WindowType = 'date' | 'timestamp' | 'timestamptz' | 'int' | 'long'

/**
 * @throws IcebergError `invalid` for a window that the column has no values for
 */
export function valueCut(window: ValueWindow, { stateKey, source, signal }: ValueCut): Cut {
  const type = windowType(source.schema, window.column)
  const first = valueText(type, window.start)
  const step = fittingStep(type, window.step)
  const lag = window.lag === undefined ? null : fittingStep(type, window.lag)
  return {
    input: SOURCE_VIEW,
    stateKey,
    definitions: new Map([['start', fingerprint(`${window.column.join('.')} ${first}`)]]),
    entries: [{ key: 'start', value: 'end' }],
    async values(stored) {
      const start = valueText(type, stored.get('start') ?? first)
      return new Map([
        ['start', start],
        ['end', stored.get('end') ?? endOf(first, step, start)],
      ])
    },
    orderOf: () => ({ read: async (text) => valueText(type, text), compare: compareKeyTexts }),
    toLocal: async (text) => valueText('timestamptz', text),
    beyond: async (values) => {
      const end = values.get('end') ?? ''
      const bound = await boundOf(window, { type, source, signal })
      return isWithin(end, bound) ? null : { end, bound, limit: limitOf(window) }
    },
    oddities: async () => [],
    rereads: lag !== null,
    // Moments are those of UTC already.
    begins: async (values) => {
      const from = lag === null ? (values.get('start') ?? '') : lagged(values, lag)
      return { from, instant: momentOf(from), column: window.column.join('.'), type }
    },
    range: async (values, schema) =>
      typeOf(schema, window.column) === type ? valueCondition(window, schema, values) : null,
  }
}

/** Numbers go by numbers, and moments by lengths of time. */
function fittingStep(type: WindowType, text: string): Step {
  const step = parseStep(text)
  if ((type === 'int' || type === 'long') === (step.kind === 'count')) return step
  throw new IcebergError('invalid', 'the step does not fit the column that windows are cut by', {
    context: { step: text, type },
  })
}

/** The view that a query of the job reads. */
export const SOURCE_VIEW = 'source'

/** The rows that a window reads, from where its lag begins. */
export function valueCondition(
  window: ValueWindow,
  schema: Schema,
  values: ReadonlyMap<string, string>,
): Expression {
  const read =
    window.lag === undefined
      ? values
      : new Map([...values, ['start', lagged(values, parseStep(window.lag))]])
  return windowCondition(window.column, windowType(schema, window.column), read)
}

function lagged(values: ReadonlyMap<string, string>, lag: Step): string {
  return shiftText(values.get('start') ?? '', lag, -1)
}

function windowCondition(
  column: readonly string[],
  type: WindowType,
  values: ReadonlyMap<string, string>,
): Expression {
  const at = (key: string): unknown => literalOf(type, values.get(key) ?? '')
  return {
    kind: 'and',
    children: [
      { kind: 'gt-eq', column, literal: at('start') },
      { kind: 'lt', column, literal: at('end') },
    ],
  }
}

/** A value as predicates take it; the other way round it is a value's text. */
function literalOf(type: WindowType, text: string): unknown {
  switch (type) {
    case 'int':
    case 'long':
      return BigInt(text)
    case 'date':
      return text
    case 'timestamp':
      return isoText(text)
    case 'timestamptz':
      return `${isoText(text)}+00:00`
    default:
      return unreachable(type)
  }
}

function isoText(text: string): string {
  return text.includes(' ') ? text.replace(' ', 'T') : `${text}T00:00:00`
}

/** The next of the boundaries counted from the first start. */
function endOf(first: string, step: Step, start: string): string {
  if (step.kind === 'count') {
    const [from, at] = [BigInt(first), BigInt(start)]
    const steps = at < from ? 0n : (at - from) / step.count + 1n
    return String(from + steps * step.count)
  }
  const [anchor, at] = [momentOf(first), momentOf(start)]
  if (anchor === null || at === null) throw unfit(start)
  const end = boundaryAfter(anchor, step, at)
  // A date stays a date.
  return momentText(end).endsWith(' 00:00:00') && !first.includes(' ')
    ? momentText(end).slice(0, -' 00:00:00'.length)
    : momentText(end)
}

interface BoundQuestion {
  readonly type: WindowType
  readonly source: JobTable
  readonly signal: AbortSignal | undefined
}

/** How far windows may reach; null while the source has no rows. */
async function boundOf(
  { until, column }: ValueWindow,
  { type, source, signal }: BoundQuestion,
): Promise<string | null> {
  if (until === 'now') return momentText(BigInt(source.state.services.environment.nowMs()) * 1000n)
  if (until !== 'sourceMax') return valueText(type, until)
  const { value } = await columnMax(source.state, column, signal)
  if (value === null) return null
  if (type === 'date') return formatDate(Number(value))
  return type === 'int' || type === 'long' ? String(value) : momentText(BigInt(String(value)))
}

function isWithin(end: string, bound: string | null): boolean {
  return bound !== null && compareKeyTexts(end, bound) <= 0
}

function limitOf({ until }: ValueWindow): Beyond['limit'] {
  if (until === 'now') return 'now'
  return until === 'sourceMax' ? 'data' : 'until'
}

function windowType(schema: Schema, column: readonly string[]): WindowType {
  const type = typeOf(schema, column)
  if (type !== null) return type
  throw new IcebergError(
    'invalid',
    'a window is cut by a column of dates, timestamps, ints or longs of the source',
    { context: { column: column.join('.') } },
  )
}

function typeOf(schema: Schema, column: readonly string[]): WindowType | null {
  const kind = findFieldByPath(schema, column)?.field.type.kind
  switch (kind) {
    case 'date':
    case 'timestamp':
    case 'timestamptz':
    case 'int':
    case 'long':
      return kind
    default:
      return null
  }
}

/** A value of a key in the one form that it is kept in. Moments of columns with a zone are those of UTC. */
function valueText(type: WindowType, text: string): string {
  if (type === 'int' || type === 'long') {
    if (/^[+-]?\d{1,19}$/.test(text)) return String(BigInt(text))
    throw unfit(text)
  }
  const micros = momentOf(text) ?? parseTimestamptz(text)
  if (micros === null) throw unfit(text)
  const moment = momentText(micros)
  if (type !== 'date') return moment
  if (moment.endsWith(' 00:00:00')) return moment.slice(0, -' 00:00:00'.length)
  throw unfit(text)
}

function unfit(value: string): IcebergError {
  return new IcebergError(
    'invalid',
    'a window starts and ends at values of its column: dates, moments or whole numbers',
    { context: { value } },
  )
}
