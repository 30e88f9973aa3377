// A job that takes a table window by window into another, for programs.
import type { SortTerm } from '../layout/layout-text.ts'
import { IcebergError, isKind } from '../base/errors.ts'
import { checkChoice, checkOptions } from '../base/options.ts'
import type { OptionNames } from '../base/options.ts'
import type { Table } from '../client/table.ts'
import { appendChoices } from '../scan/incremental.ts'
import type { Paths } from '../types/row-types.ts'
import { runBackfill } from './incremental/backfill.ts'
import type { BackfillRange } from './incremental/backfill.ts'
import { replayRun } from './incremental/replay.ts'
import { runNextWindow } from './incremental/run-window.ts'
import type { RunContext } from './incremental/run-context.ts'
import { showState } from './incremental/kept-state.ts'
import type { KeptState } from './incremental/kept-state.ts'
import { moveState } from './incremental/move-state.ts'
import type { StateStore } from './incremental/state-store.ts'
import { tableJob } from './incremental/table-job.ts'
import { checkRetries } from './retries.ts'
import type { BatchTransform, RowsChange } from './rows-change.ts'
import type { TableJob } from './incremental/table-job.ts'
import type { WindowReport } from './report.ts'

/** What {@link incrementalJob} takes. */
export type IncrementalJobOptions<Source, SourceInput, Target, TargetInput> = {
  /** What the state is kept under: no other job may have it. */
  readonly id: string
  readonly source: Table<Source, SourceInput>
  readonly target: Table<Target, TargetInput>
  readonly window: ColumnWindow<Paths<Source>> | AppendedWindow
  readonly write: JobWrite
  /** Where the state is kept; the target when absent, in the same commits as the rows. With a store rows may come twice. */
  readonly store?: StateStore
  /** How often a window is begun anew when other writers changed what it replaces; 0 when absent. */
  readonly retries?: number
} & JobRows

/** What is done to the rows on their way; nothing when both are absent. */
type JobRows =
  | { readonly transform?: BatchTransform; readonly sql?: undefined }
  /** A query over the view `source`, in Spark's dialect. Takes the package `@duckdb/node-api`. */
  | { readonly sql?: string; readonly transform?: undefined }

/** Windows `[start, end)` by a column of dates, timestamps, ints or longs; timestamps with a zone are cut in UTC. */
export interface ColumnWindow<Column extends string> {
  readonly column: Column
  /** Where the first window starts: `2020-01-01`, `2020-01-01 12:00:00`, or a whole number. */
  readonly start: string | bigint | number
  /** `1 month`, `2 days`, `90 minutes`, or a whole number. Months are counted from `start`, so that none is cut short for good. */
  readonly step: string | number
  /** How far before its start a window reads, for rows that come late; it takes a target whose partitions are overwritten. */
  readonly lag?: string | number
  /** How far windows may reach: the largest value of the column when absent, or a value. */
  readonly until?: 'sourceMax' | 'now' | (string & {}) | bigint | number
}

/** Windows of what was appended to the source since the run before. The first one is the source as it is. */
export interface AppendedWindow {
  readonly by: 'commit'
  /** What snapshots are that overwrote rows; `throw` when absent. */
  readonly overwriteSnapshots?: 'throw' | 'skip' | 'added'
  /** What snapshots are that deleted rows; `throw` when absent. */
  readonly deleteSnapshots?: 'throw' | 'skip'
}

/** How rows are written to the target. */
export interface JobWrite {
  readonly mode: 'append' | 'overwrite-partitions'
  readonly sort?: string | readonly SortTerm[]
}

/** What one window did. */
export interface JobRun {
  readonly outcome: WindowReport['outcome']
  /** Counts from 1; null where nothing moved. */
  readonly run: number | null
  readonly window: { readonly start: string; readonly end: string }
  /** Rows that were written. */
  readonly rows: bigint
  /** Null where no rows were written. */
  readonly snapshotId: bigint | null
  readonly report: WindowReport
}

/** How a call is ended before its end. What was committed until then stays. */
export interface StopOptions {
  readonly signal?: AbortSignal
}

/** How a window is run. */
export interface NextOptions extends StopOptions {
  /** Says what the window would do, and commits nothing. */
  readonly dryRun?: boolean
}

/** A job that takes a table window by window into another. */
export interface IncrementalJob {
  readonly id: string
  /**
   * Runs the next window, or says that there is nothing to do yet.
   *
   * @throws IcebergError `conflict` when another commit changed what the window replaces
   */
  next(options?: NextOptions): Promise<JobRun>
  /** Runs windows until there is nothing left to do, and gives each as it ends. */
  catchUp(options?: StopOptions): AsyncGenerator<JobRun, void, undefined>
  /** Where the job stands, as its target or its store keeps it. */
  state(): Promise<readonly KeptState[]>
  /** Moves where the job stands: the next window starts there. */
  setState(values: { readonly start: string | bigint | number }): Promise<void>
  /** Forgets where the job stands: the next window is the first one again. */
  resetState(): Promise<void>
  /**
   * Runs the windows of a range again, in place of what the target has of them, and gives each as it ends. One that was
   * interrupted goes on where it was. Where the job stands does not move.
   *
   * @throws IcebergError `invalid` for windows of commits, and where the target cannot tell the rows of a range
   */
  backfill(range: JobRange, options?: NextOptions): AsyncGenerator<JobRun, void, undefined>
  /**
   * Does a run again: its window, of the source as it was then, in place of what it left.
   *
   * @throws IcebergError `not-found` when nothing remembers the run, or its version of the source has expired
   */
  replay(run: number, options?: NextOptions): Promise<JobRun>
}

/** `[from, to)`. */
export interface JobRange {
  readonly from: string | bigint | number
  readonly to: string | bigint | number
  /** Length of a window; that of the job when absent. */
  readonly step?: string | number
}

/**
 * Describes a job; nothing is read or written before it is run.
 *
 * ```ts
 * const monthly = incrementalJob({
 *   id: 'orders-monthly', source: orders, target: byDay,
 *   window: { column: 'order_date', start: '2020-01-01', step: '1 month' },
 *   write: { mode: 'overwrite-partitions', sort: 'order_date desc' },
 * })
 * for await (const run of monthly.catchUp()) report(run.window, run.rows)
 * ```
 *
 * @throws IcebergError `invalid` for options that describe no job
 */
export function incrementalJob<Source, SourceInput, Target, TargetInput>(
  options: IncrementalJobOptions<Source, SourceInput, Target, TargetInput>,
): IncrementalJob {
  checkOptions('incrementalJob', options, NAMES)
  const { id, source, target, write, store = null, retries = 0 } = options
  checkRetries(retries)
  checkOptions<JobWrite>('write', write, { mode: true, sort: true })
  checkChoice('mode', write.mode, ['append', 'overwrite-partitions'])
  if (typeof id !== 'string' || id === '' || id.includes('|')) {
    throw new IcebergError('invalid', 'a job has an id, with no bar in it')
  }
  const job: TableJob = {
    id,
    source,
    target,
    window: windowOf(options.window),
    change: changeOf(options),
    write,
  }
  const context = (how: NextOptions = {}): RunContext => {
    checkOptions<NextOptions>('run', how, { signal: 'signal', dryRun: 'boolean' })
    const { signal, dryRun = false } = how
    return {
      store,
      now: () => target.state.services.environment.nowMs(),
      isDryRun: dryRun,
      ...(signal === undefined ? {} : { signal }),
    }
  }
  const find = ({ signal }: StopOptions = {}): ReturnType<typeof tableJob> =>
    tableJob(signal === undefined ? job : { ...job, signal })
  const next = (how?: NextOptions): Promise<JobRun> =>
    retried(retries, how, async () => runOf(await runNextWindow(await find(how), context(how))))
  return {
    id,
    next,
    async *catchUp(how = {}) {
      checkOptions<StopOptions>('catchUp', how, { signal: 'signal' })
      for (;;) {
        how.signal?.throwIfAborted()
        const run = await next(how)
        if (run.outcome === 'nothing-to-do') return
        yield run
      }
    },
    state: async () => showState(await find(), context()),
    setState: async ({ start }) =>
      moveState(
        await find(),
        { kind: 'set', values: new Map([['start', String(start)]]) },
        context(),
      ),
    resetState: async () => moveState(await find(), { kind: 'reset' }, context()),
    async *backfill(range, how) {
      if ('by' in job.window) throw noRange()
      for await (const report of runBackfill(() => find(how), rangeOf(range), context(how))) {
        yield runOf(report)
      }
    },
    replay: async (run, how) => runOf(await replayRun(await find(how), run, context(how))),
  }
}

const NAMES: OptionNames<IncrementalJobOptions<unknown, unknown, unknown, unknown>> = {
  id: 'text',
  source: true,
  target: true,
  window: true,
  write: true,
  store: true,
  retries: true,
  transform: 'function',
  sql: 'text',
}

/** A conflict is the end of an attempt, and the next one looks at everything anew. */
async function retried(
  retries: number,
  options: StopOptions | undefined,
  run: () => Promise<JobRun>,
): Promise<JobRun> {
  for (let attempt = 0; ; attempt += 1) {
    options?.signal?.throwIfAborted()
    try {
      return await run()
    } catch (error) {
      if (attempt >= retries || !isKind(error, 'conflict')) throw error
    }
  }
}

const APPENDED_WINDOW = { by: true, overwriteSnapshots: true, deleteSnapshots: true } as const

const COLUMN_WINDOW = { column: 'text', start: true, step: true, lag: true, until: true } as const

function windowOf(window: ColumnWindow<string> | AppendedWindow): TableJob['window'] {
  if ('by' in window) {
    checkOptions<AppendedWindow>('window', window, APPENDED_WINDOW)
    checkChoice('by', window.by, ['commit'])
    return { by: 'commit', ...appendChoices(window) }
  }
  checkOptions<ColumnWindow<string>>('window', window, COLUMN_WINDOW)
  const { column, start, step, lag, until = 'sourceMax' } = window
  return {
    column: column.split('.'),
    start: String(start),
    step: String(step),
    until: String(until),
    ...(lag === undefined ? {} : { lag: String(lag) }),
  }
}

function changeOf({ transform, sql }: JobRows): RowsChange | null {
  if (transform !== undefined && sql !== undefined) {
    throw new IcebergError('invalid', 'rows are changed by a transform or by SQL, not by both')
  }
  if (transform !== undefined) return { kind: 'transform', transform }
  return sql === undefined ? null : { kind: 'sql', sql }
}

function rangeOf(range: JobRange): BackfillRange {
  checkOptions<JobRange>('backfill', range, { from: true, to: true, step: true })
  const { from, to, step } = range
  return {
    from: String(from),
    to: String(to),
    ...(step === undefined ? {} : { step: String(step) }),
  }
}

function runOf(report: WindowReport): JobRun {
  const [output] = report.outputs
  const commit = output?.kind === 'table' ? output.commit : null
  return {
    outcome: report.outcome,
    run: report.run,
    window: { start: report.window.get('start') ?? '', end: report.window.get('end') ?? '' },
    rows: commit?.addedRows ?? 0n,
    snapshotId: commit?.snapshotId ?? null,
    report,
  }
}

function noRange(): IcebergError {
  return new IcebergError(
    'invalid',
    'windows of commits have no range to run again: replay their runs, or read the source from an earlier state',
  )
}
