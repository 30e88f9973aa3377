// A run that is done again: the same window, of the source as it was then, in place of what it left.
import { IcebergError } from '../../base/errors.ts'
import type { WindowReport } from '../report.ts'
import type { IncrementalState } from '../state-record.ts'
import { findRun } from '../state.ts'
import { findPosition, keptCuts, windowOfStates } from './position.ts'
import type { Position } from './position.ts'
import type { RunContext } from './run-context.ts'
import { runWindow } from './run-window.ts'
import type { Cut, Window, WindowedJob } from './windowed-job.ts'

/**
 * Does a run again. Where the job stands does not move.
 *
 * @throws IcebergError `not-found` when nothing remembers the run, or the version of the source that it read has expired
 * @throws IcebergError `invalid` for a job whose rows of a window cannot be told from others
 */
export async function replayRun(
  job: WindowedJob,
  run: number,
  context: RunContext,
): Promise<WindowReport> {
  const startMs = context.now()
  const position = await findPosition(job, context.store)
  const window = windowOfRun(job, run, position)
  const again: WindowedJob = {
    ...job,
    kind: 'replay',
    replacesWindow: true,
    cuts: job.cuts.map((cut) => ({
      ...cut,
      entries: [],
      definitions: new Map(),
      beyond: async () => null,
      oddities: async () => [],
    })),
  }
  const whole: Position = { ...position, pending: null, behind: position.tables }
  return runWindow({ job: again, position: whole, window, startMs }, { ...context, store: null })
}

function windowOfRun(job: WindowedJob, run: number, position: Position): Window {
  const cuts = keptCuts(job)
  for (const { table } of position.tables) {
    const states = cuts.flatMap(({ stateKey }) =>
      table === null ? [] : (findRun(table.metadata, { key: stateKey }, run) ?? []),
    )
    if (isWhole(cuts, states)) return windowOfStates(cuts, states)
  }
  const last = cuts.flatMap(({ stateKey }) => position.state.get(stateKey) ?? [])
  if (isWhole(cuts, last) && last.every((state) => state.run === run))
    return windowOfStates(cuts, last)
  throw new IcebergError(
    'not-found',
    'no snapshot of the job’s tables remembers this run: it has expired, was undone, had no rows, or never was',
    { context: { job: job.name, run } },
  )
}

/** What a person set is no run. */
function isWhole(cuts: readonly Cut[], states: readonly IncrementalState[]): boolean {
  return cuts.length > 0 && states.length === cuts.length && states.every(({ isSet }) => !isSet)
}
