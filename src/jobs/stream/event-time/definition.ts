// What a stream does with event time, as its author says it, and as a value.
import { IcebergError } from '../../../base/errors.ts'
import { checkChoice, checkOptions } from '../../../base/options.ts'
import { parseLengthMicros } from './length-micros.ts'

/** When rows are late. */
export interface WatermarkOptions {
  /** A timestamp or a date; it says when something happened. */
  readonly column: string
  /** How long rows are waited for, such as `10 minutes`: event time has come as far as the latest row says, less this. */
  readonly delay: string
  /** What becomes of late rows; dropped when absent. */
  readonly late?: LateRule
}

/**
 * What becomes of late rows. A row is late when the batches before its own have brought the watermark past its event time;
 * where windows are aggregated, past the end of its window. `drop`: they are counted, and go nowhere. `keep`: they are treated
 * as all others, which windows that are written once cannot do. `aside`: they are a view of their own.
 */
export type LateRule = (typeof LATE_RULES)[number]

export const LATE_RULES = ['drop', 'keep', 'aside'] as const

/** Rows by windows of event time. */
export interface StreamAggregate {
  readonly window: {
    readonly column: string
    /** Such as `1 hour`. Windows begin at multiples of it from 1970-01-01T00:00:00 UTC on, in no time zone. */
    readonly size: string
  }
  /** Columns whose values are kept apart; none when absent. */
  readonly by?: readonly string[]
  readonly measures: readonly StreamMeasure[]
}

/** A value of each window. */
export interface StreamMeasure {
  /** The name of its column. */
  readonly name: string
  readonly fn: MeasureFunction
  /** What it is of; nulls do not count. Absent for the `count` of all rows. */
  readonly column?: string
}

/** What is made of the values of a window; nulls do not count, and of no values there is none. */
export type MeasureFunction = (typeof MEASURE_FUNCTIONS)[number]

export const MEASURE_FUNCTIONS = ['sum', 'count', 'min', 'max', 'avg'] as const

/** The columns that say which window a row is of: from the first moment of it on, until before the second. */
export const WINDOW_START = 'window_start'
export const WINDOW_END = 'window_end'

/** What goes to the outputs with each batch: windows that are over, or all that there ever were. */
export type WindowOutput = 'append' | 'complete'

export interface EventTimeOptions {
  readonly watermark?: WatermarkOptions
  readonly aggregate?: StreamAggregate
  /** How rows go to the outputs. */
  readonly output: WindowOutput
}

/** What a stream does with event time. */
export interface EventTime {
  readonly watermark: Watermark | null
  readonly aggregate: Aggregate | null
}

export interface Watermark {
  readonly column: string
  readonly delayMicros: bigint
  readonly late: LateRule
}

export interface Aggregate {
  readonly column: string
  /** Above zero. */
  readonly sizeMicros: bigint
  readonly by: readonly string[]
  readonly measures: readonly Measure[]
  readonly output: WindowOutput
}

export interface Measure {
  readonly name: string
  readonly fn: MeasureFunction
  /** Null for all rows. */
  readonly column: string | null
}

/**
 * Reads what a stream does with event time; null for nothing.
 *
 * @throws IcebergError `invalid` for what does not go together
 */
export function readEventTime({
  watermark,
  aggregate,
  output,
}: EventTimeOptions): EventTime | null {
  if (watermark === undefined && aggregate === undefined) return null
  const read: EventTime = {
    watermark: watermark === undefined ? null : readWatermark(watermark),
    aggregate: aggregate === undefined ? null : readAggregate(aggregate, output),
  }
  checkTogether(read)
  return read
}

function readWatermark(options: WatermarkOptions): Watermark {
  checkOptions<WatermarkOptions>('watermark', options, {
    column: 'text',
    delay: 'text',
    late: true,
  })
  const { column, delay, late = 'drop' } = options
  checkChoice('late', late, LATE_RULES)
  const delayMicros = parseLengthMicros(delay)
  if (delayMicros !== null) return { column, delayMicros, late }
  throw new IcebergError('invalid', 'a delay is a number and a unit, such as 10 minutes', {
    context: { delay },
  })
}

function readAggregate(options: StreamAggregate, output: WindowOutput): Aggregate {
  checkOptions<StreamAggregate>('aggregate', options, {
    window: true,
    by: 'list',
    measures: 'list',
  })
  const { window, by = [], measures } = options
  checkOptions<typeof window>('window', window, { column: 'text', size: 'text' })
  const sizeMicros = parseLengthMicros(window.size) ?? 0n
  if (sizeMicros <= 0n) {
    throw new IcebergError(
      'invalid',
      'the size of a window is a number above zero and a unit, such as 1 hour',
      { context: { size: window.size } },
    )
  }
  return { column: window.column, sizeMicros, by, measures: measures.map(readMeasure), output }
}

function readMeasure(measure: StreamMeasure): Measure {
  checkOptions<StreamMeasure>('measures', measure, { name: 'text', fn: true, column: 'text' })
  const { name, fn, column } = measure
  if (!MEASURE_FUNCTIONS.includes(fn)) {
    throw new IcebergError('unsupported', 'a measure is a sum, count, min, max or avg', {
      context: { measure: name, fn },
    })
  }
  if (column === undefined && fn !== 'count') {
    throw new IcebergError('invalid', 'only a count needs no column', {
      context: { measure: name, fn },
    })
  }
  return { name, fn, column: column ?? null }
}

function checkTogether(eventTime: EventTime): void {
  const conflict = conflictIn(eventTime)
  if (conflict === null) return
  throw new IcebergError('invalid', CONFLICTS[conflict], {
    context: {
      watermark: eventTime.watermark?.column ?? 'none',
      window: eventTime.aggregate?.column ?? 'none',
    },
  })
}

const CONFLICTS: Readonly<Record<EventTimeConflict, string>> = {
  'never-over':
    'a window is appended when the watermark has passed its end: say watermark, or write all windows by the mode complete',
  'two-columns': 'windows and watermark are of one column',
  'late-into-appended':
    'a window that was appended takes no late rows: drop them, set them aside, or write all windows by the mode complete',
}

/** What does not go together. */
export type EventTimeConflict = 'never-over' | 'two-columns' | 'late-into-appended'

/** Null where all goes together. */
export function conflictIn({ watermark, aggregate }: EventTime): EventTimeConflict | null {
  if (aggregate === null) return null
  const isAppended = aggregate.output === 'append'
  if (watermark === null) return isAppended ? 'never-over' : null
  if (watermark.column !== aggregate.column) return 'two-columns'
  return watermark.late === 'keep' && isAppended ? 'late-into-appended' : null
}
