// Writes a window: first what remembers nothing, then the tables that lack it, each by one commit with the state.
import { isKind } from '../../base/errors.ts'
import type { UnknownRow } from '../../client/row-shapes.ts'
import type { Transaction } from '../../client/transaction.ts'
import type { OutputReport, TableReport, WindowReport } from '../report.ts'
import { formatAnchoredState, formatState } from '../state-record.ts'
import type { IncrementalState } from '../state-record.ts'
import { findState, fingerprint, sameState, stateAfter } from '../state.ts'
import { replacementWarnings } from './effects.ts'
import { keptCuts, outputsOf } from './position.ts'
import type { Position, TablePosition } from './position.ts'
import { replacedRows } from './replaced-rows.ts'
import type { RunContext } from './run-context.ts'
import type { WindowRun } from './run-window.ts'
import type { OpenWindow, Window } from './windowed-job.ts'

/** The entry of a snapshot's summary that says why its rows were written: a value of {@link RunKind}. */
const RUN_KIND_ENTRY = 'frazil.run-kind'

/** The entry that names the job. */
const JOB_ID_ENTRY = 'frazil.job-id'

type Written = Pick<WindowReport, 'outcome' | 'run' | 'outputs' | 'warnings'>

interface OpenRun extends WindowRun {
  readonly opened: OpenWindow
}

/** @throws IcebergError `conflict` when another commit changed what is replaced, while the job stands where it did */
export async function writeWindow(run: OpenRun, context: RunContext): Promise<Written> {
  const { job, position } = run
  const next = nextStates(run)
  const outputs = await writeOthers(run, context)
  const warnings: string[] = []
  const isMine = (): boolean => outputs.some(({ kind }) => kind === 'table')
  for (const target of position.behind) {
    try {
      const { report, said } = await writeTable(run, target, { next, context })
      outputs.push(report)
      warnings.push(...said)
    } catch (error) {
      if (!isKind(error, 'conflict') || !(await hasMoved(run, target))) throw error
      // Another run has done the window here. Where it was first it does the rest, too.
      if (!isMine()) return { outcome: 'already-done', run: null, outputs: [], warnings }
    }
  }
  const isStored =
    context.store === null ||
    next.size === 0 ||
    (await context.store.compareAndSet(job.id, position.stored, withNext(position, next)))
  const runNumber = next.size === 0 ? null : position.nextRun
  return isStored
    ? { outcome: outcomeOf(outputs), run: runNumber, outputs, warnings }
    : { outcome: 'already-done', run: null, outputs, warnings }
}

function withNext({ stored }: Position, next: JobStates): JobStates {
  return new Map([...(stored?.states ?? []), ...next])
}

type JobStates = ReadonlyMap<string, IncrementalState>

/** What the window leaves for the next one, by state key. */
function nextStates({
  job,
  position,
  window,
  opened,
}: OpenRun): ReadonlyMap<string, IncrementalState> {
  const outputs = outputsOf(job)
  return new Map(
    keptCuts(job).map(({ input, stateKey, definitions, entries }) => {
      const read = opened.read.get(input)
      const state = stateAfter({
        run: position.nextRun,
        definitions,
        entries,
        values: window.parts.get(input)?.values ?? new Map(),
        sourceSnapshotId: read?.sourceSnapshotId ?? null,
        afterSnapshotId: read?.afterSnapshotId ?? null,
        pins: opened.pins,
        outputs,
      })
      return [stateKey, state]
    }),
  )
}

/** Files and the console, before the state moves. When some table has the window already, they have it too. */
async function writeOthers(
  { job, position, opened, window }: OpenRun,
  { signal }: RunContext,
): Promise<OutputReport[]> {
  const reports: OutputReport[] = []
  if (position.pending !== null) return reports
  const exportName = nameOf(window)
  const how = { exportName, ...(signal === undefined ? {} : { signal }) }
  for (const output of job.outputs) {
    if (output.kind === 'other')
      reports.push(await output.write(await opened.rows(output.view), how))
  }
  return reports
}

/** The same for the same window, so that what is written again takes the place of what was; null for the whole of the inputs. */
function nameOf({ parts }: Window): string | null {
  if (parts.size === 0) return null
  const values = [...parts].map(([input, part]) => `${input} ${[...part.values].flat().join(' ')}`)
  return fingerprint(values.join('\n'))
}

async function writeTable(
  run: OpenRun,
  target: TablePosition,
  {
    next,
    context,
  }: { readonly next: ReadonlyMap<string, IncrementalState>; readonly context: RunContext },
): Promise<{ readonly report: TableReport; readonly said: readonly string[] }> {
  const { job, opened } = run
  const { output, table, state } = target
  const rows = await opened.rows(output.view)
  const replaceWhere = await replacedRows(run, output, { table, schema: rows.schema })
  const { commit, warnings } = await output.write(rows, {
    table,
    replaceWhere,
    describe(tx) {
      tx.setSummary({ [JOB_ID_ENTRY]: job.id, [RUN_KIND_ENTRY]: job.kind })
      if (context.store !== null) return
      for (const [stateKey, after] of next) {
        describeState(tx, stateKey, { before: state.get(stateKey) ?? null, after })
      }
    },
    ...(context.signal === undefined ? {} : { signal: context.signal }),
  })
  return {
    report: { kind: 'table', name: output.view, target: output.target, commit, plan: null },
    said: [...warnings, ...replacementWarnings(run, target, commit?.removedRows ?? 0n)],
  }
}

/** The state in the commit, which does not land if the table has moved on from where it was. */
function describeState(
  tx: Transaction<UnknownRow>,
  stateKey: string,
  { before, after }: { readonly before: IncrementalState | null; readonly after: IncrementalState },
): void {
  tx.setSummary({ [stateKey]: formatState(after) })
  tx.setProperties((point) => ({
    [stateKey]: formatAnchoredState({ state: after, anchor: { branch: 'main', ...point } }),
  }))
  tx.guard((fresh) => sameState(findState(fresh, { key: stateKey }), before))
}

/** Whether another run of the job has done the window in a table: then there is nothing wrong. */
async function hasMoved({ job }: OpenRun, { output, state }: TablePosition): Promise<boolean> {
  const table = await output.find()
  return keptCuts(job).some(({ stateKey }) => {
    const now = table === null ? null : findState(table.metadata, { key: stateKey })
    return !sameState(now, state.get(stateKey) ?? null)
  })
}

function outcomeOf(outputs: readonly OutputReport[]): 'written' | 'empty' {
  const tables = outputs.filter((output) => output.kind === 'table')
  const isEmpty =
    tables.length > 0 && tables.every(({ commit }) => (commit?.snapshotId ?? null) === null)
  return isEmpty ? 'empty' : 'written'
}
