// One window of a job:
//  1. where the job stands; the values that cut the window, unless a table is ahead and says them; whether it may be run yet;
//  2. the inputs as they are now, or as a table that is ahead has read them, pinned;
//  3. files and the console, which remember nothing;
//  4. each table by one commit of rows and state, if the table still stands where it did in 1.
// Nothing is remembered outside of these commits: a crash at any instant leaves tables from which the next run starts right.
import { assert } from '../../base/assert.ts'
import type { Beyond, WindowReport } from '../report.ts'
import { redefinedKeys } from '../state.ts'
import { atLeastOnceWarnings, checkBeginnings, checkKeepsWindows } from './effects.ts'
import { planWindow } from './plan-window.ts'
import { findPosition } from './position.ts'
import type { Position } from './position.ts'
import type { RunContext } from './run-context.ts'
import { isHiddenKey } from './windowed-job.ts'
import type { Cut, Window, WindowPart, WindowedJob } from './windowed-job.ts'
import { writeWindow } from './write-window.ts'

/**
 * Runs the next window of a job, or says why there is none to run.
 *
 * @throws IcebergError `conflict` when another commit changed what the window replaces, while the job stands where it did
 */
export async function runNextWindow(job: WindowedJob, context: RunContext): Promise<WindowReport> {
  const startMs = context.now()
  const position = await findPosition(job, context.store)
  const window = position.pending ?? (await nextWindow(job, position))
  return runWindow({ job, position, window, startMs }, context)
}

/** A window that is to be run from where the job stands. */
export interface WindowRun {
  readonly job: WindowedJob
  readonly position: Position
  readonly window: Window
  /** When it was begun. */
  readonly startMs: number
}

export async function runWindow(run: WindowRun, context: RunContext): Promise<WindowReport> {
  const { job, position, window, startMs } = run
  checkKeepsWindows(job, position.tables)
  const report = (rest: Partial<WindowReport> & Pick<WindowReport, 'outcome'>): WindowReport => ({
    job: job.name,
    kind: job.kind,
    run: null,
    window: namedValues(job, window),
    sources: [],
    outputs: [],
    beyond: null,
    warnings: [],
    ...rest,
    durationMs: context.now() - startMs,
  })
  const beyond = position.pending === null ? await beyondOf(job, window) : null
  if (beyond !== null)
    return report({ outcome: 'nothing-to-do', outputs: targetsOf(position), beyond })
  await checkBeginnings(job, position.tables, window)
  const warnings = await warningsOf(run, context)
  const opened = await job.open(window, context.signal)
  try {
    const { sources } = opened
    const rest = context.isDryRun
      ? await planWindow({ ...run, opened }, context)
      : await writeWindow({ ...run, opened }, context)
    return report({ ...rest, sources, warnings: [...warnings, ...rest.warnings] })
  } finally {
    await opened.close()
  }
}

/** The window that follows from where the job stands. */
async function nextWindow({ cuts }: WindowedJob, { state }: Position): Promise<Window> {
  const parts = new Map<string, WindowPart>()
  for (const { input, stateKey, values } of cuts) {
    const before = state.get(stateKey) ?? null
    parts.set(input, {
      values: await values(before?.state ?? new Map()),
      source: 'current',
      afterSnapshotId: before?.sourceSnapshotId ?? null,
    })
  }
  return { parts, pins: new Map() }
}

async function beyondOf({ cuts }: WindowedJob, window: Window): Promise<Beyond | null> {
  for (const cut of cuts) {
    const beyond = await cut.beyond(valuesOf(cut, window))
    if (beyond !== null) return beyond
  }
  return null
}

async function warningsOf(
  { job, position, window }: WindowRun,
  { store }: RunContext,
): Promise<readonly string[]> {
  const redefined = job.cuts.flatMap(({ definitions, stateKey }) =>
    redefinedKeys(definitions, position.state.get(stateKey) ?? null).map(
      (name) => `the stored value of ${name} rules, although the file now defines it differently`,
    ),
  )
  const odd: string[] = []
  for (const cut of job.cuts) odd.push(...(await cut.oddities(valuesOf(cut, window))))
  const twice = store === null ? [] : atLeastOnceWarnings(position.tables)
  return [...redefined, ...odd, ...twice]
}

function valuesOf({ input }: Cut, window: Window): ReadonlyMap<string, string> {
  const part = window.parts.get(input)
  assert(part !== undefined, 'a window has a part for each cut')
  return part.values
}

/** Values by the names of their keys; where inputs have keys of one name, by the input's and the key's. */
function namedValues({ cuts }: WindowedJob, window: Window): ReadonlyMap<string, string> {
  const all = cuts.flatMap((cut) =>
    [...valuesOf(cut, window)]
      .filter(([key]) => !isHiddenKey(key))
      .map(([key, value]) => ({ input: cut.input, key, value })),
  )
  const isShared = (key: string): boolean => all.filter((one) => one.key === key).length > 1
  return new Map(
    all.map(({ input, key, value }) => [isShared(key) ? `${input}.${key}` : key, value]),
  )
}

function targetsOf({ tables }: Position): WindowReport['outputs'] {
  return tables.map(({ output: { view, target } }) => ({
    kind: 'table',
    name: view,
    target,
    commit: null,
    plan: null,
  }))
}
