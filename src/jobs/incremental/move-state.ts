/**
 * Where a job stands, moved by people. Whoever moves it leaves a note beside it. A move is a run of its own, so that a run
 * which began before it does not land.
 */
import { unreachable } from '../../base/assert.ts'
import { IcebergError } from '../../base/errors.ts'
import { suggestion } from '../../base/nearest-name.ts'
import type { UnknownRow } from '../../client/row-shapes.ts'
import type { Transaction } from '../../client/transaction.ts'
import { MAIN_BRANCH } from '../../metadata/refs.ts'
import { blankState, formatAnchoredState } from '../state-record.ts'
import type { IncrementalState } from '../state-record.ts'
import { sameState } from '../state.ts'
import { placed } from '../error-place.ts'
import type { JobTable } from '../lake.ts'
import { stateIn, stateOf, statesIn, tablesOf } from './kept-state.ts'
import { orderIn } from './key-order.ts'
import { keptCuts, outputsOf, runOf } from './position.ts'
import type { RunContext } from './run-context.ts'
import { auditKey, auditOf, formatAudit } from './state-notes.ts'
import type { StateStore } from './state-store.ts'
import type { Cut, JobState, WindowedJob } from './windowed-job.ts'

/** How the state is to move. */
export type StateMove =
  /** Values that the next run takes in place of those that are stored, or that it would work out. */
  | { readonly kind: 'set'; readonly values: ReadonlyMap<string, string> }
  /** What is stored is forgotten: the next run is as the first one was. */
  | { readonly kind: 'reset' }
  /** Stands where another job does that writes to the same outputs, such as this one under a former name. */
  | { readonly kind: 'take-over'; readonly jobId: string }

type StateContext = Pick<RunContext, 'store' | 'now'>

/**
 * Moves where a job stands, in all of its tables or in the store.
 *
 * @throws IcebergError `invalid` for a key that no state has, and for what is no value of its key
 * @throws IcebergError `not-found` when there is no table yet to keep the state in, or no state to take over
 * @throws IcebergError `conflict` when a run moved the state meanwhile
 */
export async function moveState(
  job: WindowedJob,
  move: StateMove,
  context: StateContext,
): Promise<void> {
  const cuts = keptCuts(job)
  checkKeys(job, cuts, move)
  const known = await knownStates(job, cuts, context)
  const read = move.kind === 'set' ? { ...move, values: await readValues(cuts, move, known) } : move
  if (context.store === null) await moveInTables(job, cuts, { move: read, context })
  else await moveInStore(job, cuts, { move: read, store: context.store })
}

/** Any state that is kept of each cut, to tell what its values are. */
async function knownStates(
  job: WindowedJob,
  cuts: readonly Cut[],
  { store }: StateContext,
): Promise<JobState> {
  if (store !== null) return (await store.get(job.id))?.states ?? new Map()
  const tables = await tablesOf(job)
  const states = tables.flatMap(({ table }) => [...statesIn(table, cuts)])
  return new Map(states.filter(([, state]) => state !== null))
}

/** Values as the keys' own are spelled. @throws IcebergError `invalid` for what is no value of its key */
async function readValues(
  cuts: readonly Cut[],
  { values }: { readonly values: ReadonlyMap<string, string> },
  known: JobState,
): Promise<ReadonlyMap<string, string>> {
  const read = new Map<string, string>()
  for (const [key, text] of values) {
    for (const cut of cuts.filter(({ entries }) => entries.some((entry) => entry.key === key))) {
      const stored = known.get(cut.stateKey)?.state ?? new Map<string, string>()
      const order = await orderIn(cut, key, stored)
      read.set(key, await placed({ key }, () => order.read(text)))
    }
  }
  return read
}

interface TableMove {
  readonly move: StateMove
  readonly context: StateContext
}

async function moveInTables(
  job: WindowedJob,
  cuts: readonly Cut[],
  { move, context }: TableMove,
): Promise<void> {
  const tables = (await tablesOf(job)).flatMap(({ table }) => table ?? [])
  if (tables.length === 0) {
    throw new IcebergError(
      'not-found',
      'no table of the job is there yet to keep its state: its first run makes them',
      { context: { job: job.name } },
    )
  }
  const all = tables.flatMap((table) => [...statesIn(table, cuts).values()])
  const highest = Math.max(...all.map((state) => state?.run ?? 0))
  const from = sourceStates(job, cuts, { move, tables })
  for (const table of tables) {
    const before = statesIn(table, cuts)
    const after = movedStates(job, cuts, { move, before: from ?? before, run: highest + 1 })
    const note = {
      atMs: context.now(),
      action: move.kind,
      before: valuesIn(before),
      after: valuesIn(after),
    }
    const notes = { [auditKey(job)]: formatAudit([note, ...auditOf(job, table)]) }
    await table.transaction((tx) => describeMove(tx, { before, after, notes }))
  }
}

interface DescribedMove {
  readonly before: JobState
  readonly after: ReadonlyMap<string, IncrementalState>
  /** Properties beside those of the states. */
  readonly notes: Readonly<Record<string, string>>
}

function describeMove(tx: Transaction<UnknownRow>, { before, after, notes }: DescribedMove): void {
  tx.setProperties((point) => {
    const anchor = { branch: MAIN_BRANCH, ...point }
    const states = [...after].map(
      ([key, state]) => [key, formatAnchoredState({ state, anchor })] as const,
    )
    return { ...Object.fromEntries(states), ...notes }
  })
  for (const [stateKey, state] of before) {
    tx.guard((fresh) => sameState(stateIn(fresh, stateKey), state))
  }
}

async function moveInStore(
  job: WindowedJob,
  cuts: readonly Cut[],
  { move, store }: { readonly move: StateMove; readonly store: StateStore },
): Promise<void> {
  const stored = await store.get(job.id)
  const from = move.kind === 'take-over' ? await store.get(move.jobId) : stored
  if (from === null && move.kind === 'take-over') throw nothingToTake(move.jobId)
  const before = new Map(
    cuts.map(({ stateKey }) => [
      stateKey,
      from?.states.get(move.kind === 'take-over' ? renamed(job, stateKey, move.jobId) : stateKey) ??
        null,
    ]),
  )
  const run = Math.max(runOf(before), runOf(stored?.states ?? new Map())) + 1
  const after = movedStates(job, cuts, { move, before, run })
  const all = new Map([...(stored?.states ?? []), ...after])
  if (await store.compareAndSet(job.id, stored, all)) return
  throw new IcebergError('conflict', 'a run moved the state meanwhile', {
    context: { job: job.name },
  })
}

/** Where the other job stands: in the table that has come the furthest. Null unless there is one to take over from. */
function sourceStates(
  job: WindowedJob,
  cuts: readonly Cut[],
  { move, tables }: { readonly move: StateMove; readonly tables: readonly JobTable[] },
): JobState | null {
  if (move.kind !== 'take-over') return null
  const found = tables.map(
    (table): JobState =>
      new Map(
        cuts.map(({ stateKey }) => [stateKey, stateOf(table, renamed(job, stateKey, move.jobId))]),
      ),
  )
  const lowest = found.reduce((least, states) => (runOf(states) < runOf(least) ? states : least))
  if (runOf(lowest) === 0) throw nothingToTake(move.jobId)
  return lowest
}

/** The name under which another job keeps the same. */
function renamed(job: WindowedJob, stateKey: string, jobId: string): string {
  return stateKey.replace(`.${job.id}.`, `.${jobId}.`)
}

function nothingToTake(jobId: string): IcebergError {
  return new IcebergError('not-found', 'that job has left no state with all outputs of this one', {
    context: { fromJob: jobId },
  })
}

function movedStates(
  job: WindowedJob,
  cuts: readonly Cut[],
  {
    move,
    before,
    run,
  }: { readonly move: StateMove; readonly before: JobState; readonly run: number },
): ReadonlyMap<string, IncrementalState> {
  const outputs = outputsOf(job)
  return new Map(
    cuts.map(({ stateKey, entries, definitions }) => {
      const old = before.get(stateKey) ?? blankState
      const names = entries.map(({ key }) => key)
      const state = movedValues(move, names, old)
      // What a person says was not computed from the file as it is: only what is kept still warns of an edit.
      const known = move.kind === 'set' ? definitions : old.definitions
      const kept = new Map([...known].filter(([name]) => state.has(name)))
      const isTaken = move.kind === 'take-over'
      const base = isTaken ? old : blankState
      return [stateKey, { ...base, run, state, definitions: kept, outputs, isSet: true }]
    }),
  )
}

function movedValues(
  move: StateMove,
  names: readonly string[],
  old: IncrementalState,
): ReadonlyMap<string, string> {
  switch (move.kind) {
    case 'set': {
      const given = [...move.values].filter(([name]) => names.includes(name))
      return new Map([...old.state, ...given])
    }
    case 'reset':
      return new Map()
    case 'take-over':
      return old.state
    default:
      return unreachable(move)
  }
}

/** @throws IcebergError `invalid` for a name that is no key of the state */
function checkKeys(job: WindowedJob, cuts: readonly Cut[], move: StateMove): void {
  if (cuts.length === 0) {
    throw new IcebergError('invalid', 'the job keeps no state', { context: { job: job.name } })
  }
  if (move.kind !== 'set') return
  const names = cuts.flatMap(({ entries }) => entries.map(({ key }) => key))
  for (const name of move.values.keys()) {
    if (names.includes(name)) continue
    throw new IcebergError('invalid', `the state has no such key${suggestion(name, names)}`, {
      context: { key: name, keys: names.join(', ') },
    })
  }
}

function valuesIn(states: JobState): ReadonlyMap<string, string> {
  return new Map([...states.values()].flatMap((state) => [...(state?.state ?? [])]))
}
