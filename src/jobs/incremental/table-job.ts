// A job between two tables of a program, as a job that takes window after window.
import { microsFromMs } from '../../base/civil-time.ts'
import type { UnknownRow } from '../../client/row-shapes.ts'
import { Table } from '../../client/table.ts'
import type { OverwritePartitionsOptions } from '../../client/write-options.ts'
import { predicateOf } from '../../expressions/build.ts'
import { describePredicate } from '../../expressions/describe.ts'
import type { Expression } from '../../expressions/predicate.ts'
import type { SortTerm } from '../../layout/layout-text.ts'
import type { TableScan } from '../../scan/table-scan.ts'
import type { LiveTable } from '../../table/table-state.ts'
import { inputBatches } from '../../write/input.ts'
import type { JobTable } from '../lake.ts'
import type { TableSource } from '../report.ts'
import type { ViewRows } from '../sinks/sink.ts'
import { createSqlEngine } from '../sql/duckdb.ts'
import type { SqlEngine } from '../sql/engine.ts'
import { stateKey } from '../state-record.ts'
import type { RowsChange } from '../rows-change.ts'
import { commitCut } from './commit-cut.ts'
import { checkKept, scanVersion } from './kept-version.ts'
import { partitionsOf } from '../sinks/workflow-outputs.ts'
import { SOURCE_VIEW, valueCondition, valueCut } from './value-cut.ts'
import type { ValueWindow } from './value-cut.ts'
import type { TableTarget } from '../sinks/target.ts'
import type { OpenWindow, ReadVersions, Window, WindowPart, WindowedJob } from './windowed-job.ts'

export interface TableJob {
  readonly id: string
  readonly source: LiveTable
  readonly target: LiveTable
  readonly window: ValueWindow | CommitWindow
  /** What is done to the rows on their way; null to write them as they are. */
  readonly change: RowsChange | null
  readonly write: TableWriteMode
  readonly signal?: AbortSignal
}

export interface CommitWindow {
  readonly by: 'commit'
  readonly overwriteSnapshots: 'throw' | 'skip' | 'added'
  readonly deleteSnapshots: 'throw' | 'skip'
}

export interface TableWriteMode {
  readonly mode: 'append' | 'overwrite-partitions'
  readonly sort?: string | readonly SortTerm[]
}

/** The context that the state of jobs between tables has: they have one window each. */
const CONTEXT = SOURCE_VIEW

/** The job over its source as it is now. */
export async function tableJob(job: TableJob): Promise<WindowedJob> {
  const options = job.signal === undefined ? {} : { signal: job.signal }
  const source = untyped(await job.source.refresh(options))
  const key = stateKey(job.id, CONTEXT)
  const { window } = job
  const cut =
    'by' in window
      ? commitCut(key, source)
      : valueCut(window, { stateKey: key, source, ...options })
  return {
    id: job.id,
    name: job.id,
    kind: 'incremental',
    replacesWindow: false,
    cuts: [cut],
    outputs: [targetOf(job)],
    open: (asked, signal) => openTableWindow(job, source, { window: asked, signal }),
  }
}

/** The same version, with rows of any columns. */
function untyped(state: LiveTable['state']): JobTable {
  return new Table<UnknownRow, UnknownRow>(state, new Map())
}

function targetOf({ target, write }: TableJob): TableTarget {
  const { name } = target.state
  return {
    kind: 'table',
    view: SOURCE_VIEW,
    target: name,
    identity: name,
    folder: target.state.metadata.location,
    effect: write.mode === 'append' ? 'append' : 'replace-partitions',
    find: async () => untyped(await target.refresh()),
    partitions: (table) => (table === null ? [] : partitionsOf(table)),
    foresee: async ({ batches }, table) => {
      const { metadata } = table ?? target.state
      return { metadata, batches, otherSpecs: 'refuse' }
    },
    async write(rows, { table, replaceWhere, describe, signal }) {
      const handle = table ?? untyped(await target.refresh())
      const stop = signal === undefined ? {} : { signal }
      const options: OverwritePartitionsOptions = {
        ...(write.sort === undefined ? {} : { sort: write.sort }),
        ...stop,
      }
      const commit = await handle.transaction(async (tx) => {
        describe(tx)
        if (replaceWhere !== null) {
          await tx.overwrite(predicateOf(replaceWhere), rows.batches, options)
        } else if (write.mode === 'append') await tx.append(rows.batches, options)
        else await tx.overwritePartitions(rows.batches, options)
      }, stop)
      target.moveTo(handle.state.loaded)
      return { commit, warnings: [] }
    },
  }
}

interface AskedWindow {
  readonly window: Window
  readonly signal: AbortSignal | undefined
}

type JobScan = TableScan<UnknownRow, UnknownRow>

async function openTableWindow(
  job: TableJob,
  source: JobTable,
  { window, signal }: AskedWindow,
): Promise<OpenWindow> {
  const part = window.parts.get(SOURCE_VIEW) ?? NO_PART
  const { scan, filter, versions } =
    'by' in job.window ? commitScan(source, part, job.window) : valueScan(source, part, job.window)
  const options = signal === undefined ? {} : { signal }
  const { snapshotId, counts } = await scan.plan(options)
  const report: TableSource = {
    kind: 'table',
    table: source.name,
    snapshotId,
    counts,
    filter,
    direct: job.change?.kind !== 'sql',
  }
  const engine = job.change?.kind === 'sql' ? engineFor(source) : null
  return {
    sources: [report],
    read: new Map([[SOURCE_VIEW, versions]]),
    pins: new Map(),
    rows: () => changedRows(job, { source, scan, engine, signal }),
    close: async () => engine?.close(),
  }
}

const NO_PART: WindowPart = { values: new Map(), source: 'current', afterSnapshotId: null }

interface WindowScan {
  readonly scan: JobScan
  readonly filter: string
  readonly versions: ReadVersions
}

function valueScan(source: JobTable, part: WindowPart, window: ValueWindow): WindowScan {
  const { scan, snapshotId } = scanVersion(source, part.source)
  const condition: Expression = valueCondition(window, source.schema, part.values)
  return {
    scan: scan.where(predicateOf(condition)),
    filter: describePredicate(condition),
    versions: { sourceSnapshotId: snapshotId, afterSnapshotId: null },
  }
}

/** `(start, end]` by the ids of snapshots; without a start the source as it is at the end. */
function commitScan(source: JobTable, { values }: WindowPart, window: CommitWindow): WindowScan {
  const [start, end] = [idIn(values.get('start')), idIn(values.get('end'))]
  if (end !== null) checkKept(source, end)
  const versions = { sourceSnapshotId: end, afterSnapshotId: start }
  if (end === null) return { scan: source.scan(), filter: 'true', versions }
  if (start === null) return { scan: source.scan().snapshot(end), filter: 'true', versions }
  const { overwriteSnapshots, deleteSnapshots } = window
  const scan = source.appends({
    since: { snapshot: start },
    until: { snapshot: end },
    overwriteSnapshots,
    deleteSnapshots,
  })
  return { scan, filter: 'true', versions }
}

function idIn(text: string | undefined): bigint | null {
  return text === undefined || text === '' ? null : BigInt(text)
}

function engineFor({ state }: JobTable): SqlEngine {
  const nowMicros = microsFromMs(state.services.environment.nowMs())
  return createSqlEngine({ timeZone: 'UTC', nowMicros })
}

interface ScannedRows {
  readonly source: JobTable
  readonly scan: JobScan
  /** Null unless the job has SQL. */
  readonly engine: SqlEngine | null
  readonly signal: AbortSignal | undefined
}

async function changedRows(
  { change, target }: TableJob,
  { source, scan, engine, signal }: ScannedRows,
): Promise<ViewRows> {
  const options = signal === undefined ? {} : { signal }
  const schema = { ...source.schema, fields: scan.fields }
  const batches = { [Symbol.asyncIterator]: () => scan.batches(options) }
  if (change === null) return { schema, batches }
  if (change.kind === 'sql' && engine !== null) {
    return engine.query(change.sql, new Map([[SOURCE_VIEW, { schema, batches }]]), options)
  }
  const changed = change.kind === 'transform' ? change.transform(batches) : batches
  const taken = untyped(target.state).schema
  return { schema: taken, batches: inputBatches(taken, changed, signal) }
}
