// One window of an incremental job:
//  1. where the job stands, from its target; the keys, in order; whether the window may be run yet;
//  2. the source as it is now, pinned; the window's query, with its conjuncts given to the scan;
//  3. rows to files; one commit of rows and state, if the job still stands where it did in 1.
// Nothing is visible before the commit, and nothing is remembered outside it: a crash at any instant leaves tables from
// which the next run starts right.
import { IcebergError, isKind } from '../base/errors.ts'
import type { Commit } from '../write/commit-report.ts'
import type { JobTable, TablePlace } from './lake.ts'
import type { TableReport, WindowReport } from './report.ts'
import { resolveKeys } from './resolve-keys.ts'
import { queriedRows } from './source-rows.ts'
import type { SourceRows } from './source-rows.ts'
import type { SqlEngine } from './sql/engine.ts'
import { bindHoles } from './sql/holes.ts'
import { formatAnchoredState, formatState } from './state-record.ts'
import type { IncrementalState } from './state-record.ts'
import { findState, nextState, redefinedKeys, sameState } from './state.ts'
import { checkTarget, createTarget, findTarget } from './target.ts'
import { windowBeyond } from './until.ts'
import { writeOutput } from './write-output.ts'
import type { IncrementalRead, TableOutput } from './workflow/model.ts'

/** What one window needs. */
export interface WindowRun {
  readonly job: string
  readonly read: IncrementalRead
  readonly output: TableOutput
  /** The name that the state is kept under. */
  readonly stateKey: string
  /** As of now: the run reads this version. */
  readonly source: JobTable
  readonly target: TablePlace
  readonly engine: SqlEngine
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly isDryRun: boolean
  readonly signal?: AbortSignal
}

/** Where a job stands before a window, and what the window is. */
interface Position {
  readonly table: JobTable | null
  readonly state: IncrementalState | null
  readonly values: ReadonlyMap<string, string>
}

/**
 * Runs the next window of a job, or says why there is none to run.
 *
 * @throws IcebergError `conflict` when another commit changed what the window replaces, while the job stands where it did
 */
export async function runWindow(run: WindowRun): Promise<WindowReport> {
  const startMs = run.now()
  const position = await findPosition(run)
  const { values } = position
  const report = (rest: Partial<WindowReport> & Pick<WindowReport, 'outcome'>): WindowReport => ({
    job: run.job,
    kind: 'incremental',
    run: null,
    window: values,
    sources: [],
    outputs: [],
    beyond: null,
    warnings: warningsOf(run, position),
    ...rest,
    durationMs: run.now() - startMs,
  })
  const beyond = await windowBeyond({ ...run, values })
  if (beyond !== null) {
    return report({ outcome: 'nothing-to-do', outputs: [tableReport(run, null)], beyond })
  }
  const rows = await queriedRows(
    run.source,
    { sql: bindHoles(run.read.sql, values), view: run.read.context },
    run.engine,
    run.signal,
  )
  if (run.isDryRun) {
    return report({ outcome: 'planned', sources: [rows.report], outputs: [tableReport(run, null)] })
  }
  const next = nextState(position.state, {
    keys: run.read.keys,
    entries: run.read.state,
    values,
    sourceSnapshotId: rows.report.snapshotId,
  })
  try {
    const commit = await commitWindow(run, position, rows, next)
    return report({
      outcome: commit.snapshotId === null ? 'empty' : 'written',
      run: keepsState(run) ? next.run : null,
      sources: [rows.report],
      outputs: [tableReport(run, commit)],
      warnings: [...warningsOf(run, position), ...replacementWarnings(position, commit)],
    })
  } catch (error) {
    if (isKind(error, 'conflict') && (await hasMoved(run, position))) {
      return report({ outcome: 'already-done' })
    }
    throw error
  }
}

function tableReport({ output, target }: WindowRun, commit: Commit | null): TableReport {
  return { kind: 'table', name: output.name, target: target.name, commit, plan: null }
}

async function findPosition(run: WindowRun): Promise<Position> {
  const table = await findTarget(run.target)
  checkKeepsWindows(run, table)
  if (table !== null) checkTarget(table, run.output)
  const state = storedState(run, table)
  const values = await resolveKeys(run.read.keys, state?.state ?? new Map(), (sql) =>
    run.engine.evaluateKey(sql),
  )
  return { table, state, values }
}

/**
 * Without partitions every window would replace the whole table, and only the last one would stay.
 *
 * @throws IcebergError `invalid` for a job that takes window after window and is to replace partitions that are not there
 */
function checkKeepsWindows({ read, output }: WindowRun, table: JobTable | null): void {
  if (read.state.length === 0 || output.mode !== 'overwrite-partitions') return
  const partitions = table === null ? (output.partitionSpec ?? []) : table.spec.fields
  if (partitions.length > 0) return
  throw new IcebergError(
    'invalid',
    'each window would replace the whole table, which has no partitions: declare a partitionSpec, or append',
    { context: { ...output.place } },
  )
}

/** Rows and state in one commit. A window without rows moves the state alone; a job without state keeps none. */
async function commitWindow(
  run: WindowRun,
  position: Position,
  rows: SourceRows,
  next: IncrementalState,
): Promise<Commit> {
  const table = position.table ?? (await createTarget(run.target, run.output, rows.schema))
  const { stateKey } = run
  return writeOutput(table, run.output, rows, {
    ...(run.signal === undefined ? {} : { signal: run.signal }),
    describe(tx) {
      if (!keepsState(run)) return
      tx.setSummary({ [stateKey]: formatState(next) })
      tx.setProperties((point) => ({
        [stateKey]: formatAnchoredState({ state: next, anchor: { branch: 'main', ...point } }),
      }))
      tx.guard((fresh) => sameState(findState(fresh, { key: stateKey }), position.state))
    },
  })
}

/** Whether another run of the job has done the window: then there is nothing wrong. */
async function hasMoved(run: WindowRun, position: Position): Promise<boolean> {
  return !sameState(storedState(run, await findTarget(run.target)), position.state)
}

/** Null before the first run, and for a job that keeps no state: what it kept before its file was edited does not count. */
function storedState(run: WindowRun, table: JobTable | null): IncrementalState | null {
  if (table === null || !keepsState(run)) return null
  return findState(table.metadata, { key: run.stateKey })
}

function keepsState({ read }: WindowRun): boolean {
  return read.state.length > 0
}

function warningsOf({ read }: WindowRun, { state }: Position): readonly string[] {
  return redefinedKeys(read.keys, state).map(
    (name) => `the stored value of ${name} rules, although the file now defines it differently`,
  )
}

/** Windows that line up with partitions replace nothing: what a later one replaces, an earlier one has written. */
function replacementWarnings({ state }: Position, { removedRows }: Commit): readonly string[] {
  if (state === null || removedRows === 0n) return []
  return [
    `replaced ${removedRows} rows that were there before: a window must end where a partition does`,
  ]
}
