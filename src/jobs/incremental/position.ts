/**
 * Where a job stands. Each of its tables says how many runs it has; when a run was interrupted between two of them, some are
 * ahead. The job stands where the tables stand that are furthest behind, and its next window is then the one that those
 * ahead have recorded, of the versions that they were written from.
 */
import { IcebergError } from '../../base/errors.ts'
import type { JobTable } from '../lake.ts'
import { blankState } from '../state-record.ts'
import type { IncrementalState } from '../state-record.ts'
import { findRun, findState } from '../state.ts'
import type { StateStore, StoredState } from './state-store.ts'
import type { TableTarget } from '../sinks/target.ts'
import type { Cut, JobState, Window, WindowedJob } from './windowed-job.ts'

export interface Position {
  readonly tables: readonly TablePosition[]
  /** Where the job stands, by state key. */
  readonly state: JobState
  /** The number of the window that comes next. */
  readonly nextRun: number
  /** A window that some tables have and others lack; null when all have the same. */
  readonly pending: Window | null
  /** Tables that the next window is written to. */
  readonly behind: readonly TablePosition[]
  /** What the state store has, where state is not kept in the tables. */
  readonly stored: StoredState | null
}

/** A table as it was read before a window. */
export interface TablePosition {
  readonly output: TableTarget
  readonly table: JobTable | null
  /** What the table itself says. */
  readonly state: JobState
}

/**
 * @param store where state is kept; null for the tables
 * @throws IcebergError `invalid` when what is known does not say where the job stands, or it was bound to other outputs
 */
export async function findPosition(job: WindowedJob, store: StateStore | null): Promise<Position> {
  const cuts = keptCuts(job)
  const tables: TablePosition[] = []
  for (const output of job.outputs) {
    if (output.kind !== 'table') continue
    const table = await output.find()
    tables.push({ output, table, state: stateIn(table, store === null ? cuts : []) })
  }
  if (store === null && cuts.length > 0 && tables.length === 0) {
    throw new IcebergError(
      'invalid',
      'state is kept in the tables that a job writes, and this one writes none: configure a folder for it, as `state: {file: ./state}`',
      { context: { job: job.name } },
    )
  }
  const stored = store === null ? null : await store.get(job.id)
  const position = store === null ? inTables(job, cuts, tables) : inStore(cuts, tables, stored)
  checkBinding(job, [...tables.map(({ state }) => state), position.state])
  return { ...position, tables, stored }
}

/** The cuts that move from run to run. */
export function keptCuts({ cuts }: Pick<WindowedJob, 'cuts'>): readonly Cut[] {
  return cuts.filter(({ entries }) => entries.length > 0)
}

type Found = Pick<Position, 'state' | 'nextRun' | 'pending' | 'behind'>

function inStore(
  cuts: readonly Cut[],
  tables: readonly TablePosition[],
  stored: StoredState | null,
): Found {
  const state = new Map(
    cuts.map(({ stateKey }) => [stateKey, stored?.states.get(stateKey) ?? null]),
  )
  return { state, nextRun: runOf(state) + 1, pending: null, behind: tables }
}

function inTables(job: WindowedJob, cuts: readonly Cut[], tables: readonly TablePosition[]): Found {
  const stands = tables.map((position) => ({ position, state: spokenFor(position, tables) }))
  const runs = stands.map(({ state }) => runOf(state))
  const [lowest, highest] = [Math.min(...runs, Infinity), Math.max(...runs, 0)]
  const behind = stands.filter(({ state }) => runOf(state) === lowest)
  const [first] = behind
  if (first === undefined || cuts.length === 0) {
    return { state: new Map(), nextRun: 1, pending: null, behind: tables }
  }
  return {
    state: first.state,
    nextRun: lowest + 1,
    pending: lowest === highest ? null : pendingWindow(job, cuts, tables, lowest + 1),
    behind: behind.map(({ position }) => position),
  }
}

/** What a table stands for: its own state, or one that a person set for all outputs when it was behind that. */
function spokenFor(own: TablePosition, tables: readonly TablePosition[]): JobState {
  return tables
    .map(({ state }) => state)
    .filter((state) => isSetFor(state, own.output.identity))
    .reduce((best, state) => (runOf(state) > runOf(best) ? state : best), own.state)
}

function isSetFor(state: JobState, identity: string): boolean {
  const newest = newestOf(state)
  return newest?.isSet === true && newest.outputs?.includes(identity) === true
}

/** The window that the tables ahead have, and the others lack. */
function pendingWindow(
  job: WindowedJob,
  cuts: readonly Cut[],
  tables: readonly TablePosition[],
  run: number,
): Window {
  for (const { table } of tables) {
    const states = cuts.map(({ stateKey }) =>
      table === null ? null : findRun(table.metadata, { key: stateKey }, run),
    )
    if (states.every((state) => state !== null && !state.isSet)) {
      return windowOfStates(
        cuts,
        states.flatMap((state) => state ?? []),
      )
    }
  }
  throw new IcebergError(
    'invalid',
    'the outputs of the job stand at different runs, and the window between them is not known any more: say by `frazil state set` where all of them shall resume',
    { context: { job: job.name, ...runsByTable(tables) } },
  )
}

/** The window that states were left by, of the versions that it was read from. */
export function windowOfStates(cuts: readonly Cut[], states: readonly IncrementalState[]): Window {
  const parts = cuts.map(({ input }, index) => {
    const { keys: values, sourceSnapshotId, afterSnapshotId } = states[index] ?? blankState
    return [input, { values, source: sourceSnapshotId ?? 'none', afterSnapshotId }] as const
  })
  return { parts: new Map(parts), pins: states[0]?.pins ?? new Map() }
}

function runsByTable(tables: readonly TablePosition[]): Readonly<Record<string, number>> {
  return Object.fromEntries(tables.map(({ output, state }) => [output.target, runOf(state)]))
}

function stateIn(table: JobTable | null, cuts: readonly Cut[]): JobState {
  return new Map(
    cuts.map(({ stateKey }) => [
      stateKey,
      table === null ? null : findState(table.metadata, { key: stateKey }),
    ]),
  )
}

/** The number of the last run; 0 before the first. */
export function runOf(state: JobState): number {
  return newestOf(state)?.run ?? 0
}

function newestOf(state: JobState): IncrementalState | null {
  return [...state.values()].reduce(
    (newest, one) => ((one?.run ?? 0) > (newest?.run ?? 0) ? one : newest),
    null,
  )
}

/** State belongs to the outputs that it was written with: rows of the windows before are in these, and in no others. */
function checkBinding(job: WindowedJob, states: readonly JobState[]): void {
  const now = outputsOf(job)
  for (const state of states) {
    const bound = newestOf(state)?.outputs ?? null
    if (
      bound === null ||
      (bound.length === now.length && bound.every((name) => now.includes(name)))
    )
      continue
    throw new IcebergError(
      'invalid',
      'the job has other outputs than when its state was written: give it another name, or say by `frazil state set` where it shall resume with these',
      { context: { job: job.name, boundTo: bound.join(', '), outputs: now.join(', ') } },
    )
  }
}

/** What the state of a job is bound to. */
export function outputsOf({ outputs }: Pick<WindowedJob, 'outputs'>): readonly string[] {
  return [...new Set(outputs.flatMap(({ identity }) => identity ?? []))].sort()
}

/** Whether a run left the state, which the next one follows; what a person set may lead back to rows that are there. */
export function wroteBefore(state: JobState): boolean {
  return runOf(state) > 0 && ![...state.values()].some((one) => one?.isSet === true)
}
