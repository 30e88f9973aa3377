// A job that takes what comes into a table batch by batch, for programs.
import { IcebergError } from '../base/errors.ts'
import { checkChoice, checkOptions } from '../base/options.ts'
import type { OptionNames } from '../base/options.ts'
import type { Table } from '../client/table.ts'
import type { SortTerm } from '../layout/layout-text.ts'
import { warningsTo } from '../table/events.ts'
import type { LiveTable } from '../table/table-state.ts'
import { checkRetries } from './retries.ts'
import type { BatchTransform, RowsChange } from './rows-change.ts'
import type { StreamSource } from './sources/stream-source.ts'
import type { BatchReport } from './stream/batch-report.ts'
import { readEventTime } from './stream/event-time/definition.ts'
import type { StreamAggregate, WatermarkOptions } from './stream/event-time/definition.ts'
import { runStream } from './stream/run-stream.ts'
import { resetStream, streamStatus } from './stream/stream-status.ts'
import type { StreamStatus } from './stream/stream-status.ts'
import type { BadRecordRule } from './stream/stream.ts'
import { tableStream } from './stream/program-stream.ts'
import type { TableStream } from './stream/program-stream.ts'
import { intervalTrigger } from './stream/trigger.ts'
import type { Trigger } from './stream/trigger.ts'

/** What {@link streamJob} takes. */
export type StreamJobOptions<Target, TargetInput> = {
  /** What the position is kept under: no other stream into the table may have it. */
  readonly id: string
  readonly source: StreamSource
  readonly target: Table<Target, TargetInput>
  /**
   * When batches begin. `once`: one, with all that there is; `available-now`: until all that there is at the start is in them;
   * `{ everyMs }`: for ever, a batch every so many milliseconds if there is anything new. `{ everyMs: 0 }`, a batch as soon as
   * there is something new, when absent.
   */
  readonly trigger?: StreamTrigger
  /**
   * A folder for what lets an interrupted batch be repeated as it was, outside of the table; sources of files need one, as
   * does `badRecords`. Absent: nothing is remembered but what the table keeps.
   */
  readonly checkpoint?: string
  /** How rows go into the table; appended when absent. `complete`: those of a batch take the place of all that it has. */
  readonly write?: {
    readonly mode?: 'append' | 'complete'
    readonly sort?: string | readonly SortTerm[]
  }
  /**
   * What becomes of records that are no rows. `fail` when absent: the stream ends with an error that says where. `{ max }`: they
   * go to a file below the checkpoint, and more than so many in one batch end the stream.
   */
  readonly badRecords?: 'fail' | { readonly max: number }
  /**
   * What event time has come to, by the rows that have come: what is older than that is late. The column is one of the rows as
   * `transform` or `sql` leave them.
   */
  readonly watermark?: StreamWatermark
  /** How often, one after the other, a batch of a stream that runs for ever may fail in passing; 5 when absent. */
  readonly retries?: number
} & StreamRows

/** When batches of a stream begin. */
export type StreamTrigger = 'once' | 'available-now' | { readonly everyMs: number }

/** What is done to the rows on their way; nothing when all are absent. */
type StreamRows =
  | {
      readonly transform?: BatchTransform
      readonly sql?: undefined
      readonly aggregate?: undefined
    }
  | {
      /** A query over the view `source`, in Spark's dialect. Takes the package `@duckdb/node-api`. */
      readonly sql?: string
      readonly transform?: undefined
      /**
       * Windows of event time take the place of the rows, which the query has changed before. The table has the columns
       * `window_start` and `window_end`, which are of the type of the event time, those of `by`, and the measures. Appended,
       * windows come once, when the watermark has passed their end. In the mode `complete` all there ever were come with each
       * batch. Windows that are open are kept in the checkpoint, which is needed then.
       */
      readonly aggregate?: StreamAggregate
    }

/** When rows of a stream are late, and what becomes of them. */
export interface StreamWatermark extends Omit<WatermarkOptions, 'late'> {
  /**
   * What becomes of late rows: they are dropped when absent, and counted in any case. `keep` treats them as all others, which
   * windows that are appended cannot do. `{ into }`: a table takes them.
   */
  readonly late?: 'drop' | 'keep' | { readonly into: LiveTable }
}

/** How a stream is ended. */
export interface StreamRunOptions {
  /** Ends it at once, with the signal's reason. What was committed stays, and what was begun is begun anew by the next run. */
  readonly signal?: AbortSignal
  /** Ends it when the batch that is under way is done. */
  readonly stopping?: AbortSignal
}

/** A job that takes what comes into a table batch by batch. */
export interface StreamJob {
  readonly id: string
  /**
   * Runs the stream, and gives each batch when its rows are in the table. Nothing is read ahead: whoever takes their time
   * holds the stream up. Leaving the loop ends it.
   *
   * @throws IcebergError `invalid` when the table or the checkpoint do not say where the stream stands
   */
  run(options?: StreamRunOptions): AsyncGenerator<BatchReport, void, undefined>
  /** Where the stream stands, as its table keeps it. */
  status(options?: Pick<StreamRunOptions, 'signal'>): Promise<StreamStatus>
  /**
   * Forgets where the stream stands, and what it remembers beside the table: the next run begins where the source does. Rows
   * that are in the table stay, and come again. A run that is under way goes on from there, too.
   */
  reset(options?: Pick<StreamRunOptions, 'signal'>): Promise<void>
}

/**
 * Describes a stream; nothing is read or written before it is run.
 *
 * ```ts
 * const stream = streamJob({
 *   id: 'invoices', source: files('landing/*.json', { schema: Invoice }), target: bronze,
 *   checkpoint: 'checkpoints/invoices', trigger: { everyMs: 1000 },
 * })
 * for await (const batch of stream.run()) report(batch.epoch, batch.sources)
 * ```
 *
 * @throws IcebergError `invalid` for options that describe no stream
 */
export function streamJob<Target, TargetInput>(
  options: StreamJobOptions<Target, TargetInput>,
): StreamJob {
  checkOptions('streamJob', options, NAMES)
  const { id, source, target, write, checkpoint = null, retries = 5 } = options
  checkRetries(retries)
  if (typeof id !== 'string' || id === '') {
    throw new IcebergError('invalid', 'a stream has an id, which is not empty')
  }
  const job: TableStream = {
    id,
    source,
    target,
    change: changeOf(options),
    write: writeOf(write),
    checkpoint,
    badRecords: ruleOf(options.badRecords),
    ...eventTimeOf(options),
  }
  const stream = tableStream(job)
  const trigger = triggerOf(options.trigger)
  const { environment, onEvent } = target.state.services
  const onWarning = warningsTo(onEvent)
  return {
    id,
    run: (how = {}) => {
      checkOptions<StreamRunOptions>('run', how, { signal: 'signal', stopping: 'signal' })
      return runStream(stream, { trigger, environment, retries, onWarning, ...how })
    },
    status: (how) => streamStatus(stream, how),
    reset: async (how = {}) => {
      checkOptions<typeof how>('reset', how, { signal: 'signal' })
      return resetStream(stream, how)
    },
  }
}

const NAMES: OptionNames<StreamJobOptions<unknown, unknown>> = {
  id: 'text',
  source: true,
  target: true,
  trigger: true,
  checkpoint: 'text',
  write: true,
  badRecords: true,
  watermark: true,
  retries: true,
  transform: 'function',
  sql: 'text',
  aggregate: true,
}

function eventTimeOf<Target, TargetInput>({
  watermark,
  aggregate,
  transform,
  write,
}: StreamJobOptions<Target, TargetInput>): Pick<TableStream, 'eventTime' | 'late'> {
  if (aggregate !== undefined && transform !== undefined) {
    throw new IcebergError('invalid', 'windows are of rows that SQL has changed, not a transform')
  }
  const late = typeof watermark?.late === 'object' ? watermark.late.into : null
  const eventTime = readEventTime({
    output: write?.mode ?? 'append',
    ...(watermark === undefined ? {} : { watermark: watermarkOf(watermark) }),
    ...(aggregate === undefined ? {} : { aggregate }),
  })
  return { eventTime, late }
}

function watermarkOf(options: StreamWatermark): WatermarkOptions {
  const { late = 'drop', ...watermark } = options
  if (typeof late === 'object') checkOptions<typeof late>('late', late, { into: true })
  else checkChoice('late', late, ['drop', 'keep'])
  return { ...watermark, late: typeof late === 'object' ? 'aside' : late }
}

/** A mode that is misspelt, or there and undefined, must not replace what the table has. */
function writeOf(write: StreamJobOptions<unknown, unknown>['write'] = {}): TableStream['write'] {
  checkOptions<typeof write>('write', write, { mode: true, sort: true })
  const { mode = 'append', sort } = write
  // Programs without types may say more.
  if ((mode as string) === 'update') {
    throw new IcebergError(
      'unsupported',
      'update changes rows that are there, which needs merge: use append or complete',
      { context: { mode } },
    )
  }
  if (mode !== 'append' && mode !== 'complete') {
    throw new IcebergError('invalid', 'the mode of a stream is append or complete', {
      context: { mode: String(mode) },
    })
  }
  return { mode, ...(sort === undefined ? {} : { sort }) }
}

function triggerOf(trigger: StreamTrigger = { everyMs: 0 }): Trigger {
  if (trigger === 'once' || trigger === 'available-now') return { kind: trigger }
  if (typeof trigger === 'object') {
    checkOptions<typeof trigger>('trigger', trigger, { everyMs: true })
    return intervalTrigger(trigger.everyMs)
  }
  throw new IcebergError('invalid', 'a trigger is once, available-now or { everyMs }', {
    context: { trigger: String(trigger) },
  })
}

function ruleOf(badRecords: StreamJobOptions<unknown, unknown>['badRecords']): BadRecordRule {
  if (badRecords === undefined || badRecords === 'fail') return { kind: 'fail' }
  if (typeof badRecords !== 'object') {
    throw new IcebergError('invalid', 'badRecords is fail or { max }', {
      context: { badRecords: String(badRecords) },
    })
  }
  checkOptions<typeof badRecords>('badRecords', badRecords, { max: true })
  const { max } = badRecords
  if (Number.isSafeInteger(max) && max >= 0) return { kind: 'keep', max }
  throw new IcebergError('invalid', 'badRecords.max is a whole number, zero or more', {
    context: { max },
  })
}

function changeOf({ transform, sql }: StreamRows): RowsChange | null {
  if (transform !== undefined && sql !== undefined) {
    throw new IcebergError('invalid', 'rows are changed by a transform or by SQL, not by both')
  }
  if (transform !== undefined) return { kind: 'transform', transform }
  return sql === undefined ? null : { kind: 'sql', sql }
}
