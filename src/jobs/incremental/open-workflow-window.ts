// The inputs of a workflow's job for one window, and the views that its steps make of them.
import type { UnknownRow } from '../../client/row-shapes.ts'
import { IcebergError, withContext } from '../../base/errors.ts'
import { rowsOnDemand } from '../../scan/row-source.ts'
import type { RowSource } from '../../scan/row-source.ts'
import type { TableScan } from '../../scan/table-scan.ts'
import type { RangePoint } from '../../scan/incremental.ts'
import type { HistoryPoint } from '../../metadata/snapshot-range.ts'
import { explained, movedOffset, placed } from '../error-place.ts'
import type { Explain } from '../error-place.ts'
import { openPipeline } from '../pipeline.ts'
import type { Pipeline } from '../pipeline.ts'
import type { ViewRows } from '../sinks/sink.ts'
import type { JobInput } from '../sources/input-view.ts'
import { openInput, windowInput } from '../sources/input-view.ts'
import type { SourceReport } from '../report.ts'
import type { SqlEngine } from '../sql/engine.ts'
import { isUtcZone } from '../time-zone.ts'
import type { FlareJob } from '../workflow/model.ts'
import { checkConjuncts, commitQuery } from './commit-query.ts'
import type { CommitQuery } from './commit-query.ts'
import { COMMIT_COLUMNS, commitBounds, commitRange } from './commit-range.ts'
import { checkKept, scanVersion } from './kept-version.ts'
import { boundQuery } from './workflow-cut.ts'
import type { CutInput } from './workflow-cut.ts'
import type { OpenWindow, ReadVersions, Window, WindowPart } from './windowed-job.ts'
import type { WorkflowContext } from '../workflow-context.ts'

export interface WorkflowWindow {
  readonly job: FlareJob
  readonly cutInputs: readonly CutInput[]
  readonly window: Window
}

/** Opens the inputs in their order; all of them are of one instant, or of that of the run that the window repeats. */
export async function openWorkflowWindow(
  { job, cutInputs, window }: WorkflowWindow,
  context: WorkflowContext,
  signal?: AbortSignal,
): Promise<OpenWindow> {
  const inputs = new Map<string, JobInput>()
  const read = new Map<string, ReadVersions>()
  const pins = new Map<string, bigint | null>()
  const options = signal === undefined ? {} : { signal }
  for (const input of job.inputs) {
    const cut = cutInputs.find(({ input: name }) => name === input.name)
    const part = window.parts.get(input.name)
    if (cut !== undefined && part !== undefined) {
      const place = { input: input.name, ...cut.read.sqlPlace }
      const opened = await placed(place, () => openCut(cut, part, context, signal))
      inputs.set(input.name, opened.input)
      read.set(input.name, opened.versions)
      continue
    }
    const pinned = window.pins.get(input.name)
    const how = { ...options, ...(pinned === undefined ? {} : { version: pinned }) }
    const view = await placed({ input: input.name, ...input.place }, () =>
      openInput(input, context.lake, how),
    )
    inputs.set(input.name, view)
    const pin = pinOf(view.report)
    if (pin !== undefined) pins.set(input.name, pin)
  }
  const pipeline = await openPipeline(job, inputs, context.engine, options)
  const sources: readonly SourceReport[] = [...inputs.values()].map(({ report }) => report)
  return {
    sources,
    read,
    pins,
    rows: async (view) => viewOnDemand(pipeline, view),
    close: () => pipeline.close(),
  }
}

/** Rows that nobody reads are not begun: they would hold up those that are read after them. */
function viewOnDemand(pipeline: Pipeline, view: string): ViewRows {
  const schema = pipeline.schemaOf(view)
  const open = (): RowSource => rowsOnDemand(async () => (await pipeline.rows(view)).batches)
  return { schema, batches: { [Symbol.asyncIterator]: open } }
}

/** Files and topics have no versions. */
function pinOf(report: SourceReport): bigint | null | undefined {
  return report.kind === 'files' || report.kind === 'topic' ? undefined : report.snapshotId
}

interface OpenCut {
  readonly input: JobInput
  readonly versions: ReadVersions
}

async function openCut(
  cut: CutInput,
  part: WindowPart,
  context: WorkflowContext,
  signal?: AbortSignal,
): Promise<OpenCut> {
  const query = commitQuery(cut.read.sql)
  return query === null
    ? openVersion(cut, part, context, signal)
    : openCommits({ cut, part, query }, context, signal)
}

/** A window by a column, of the source as it is or was. */
async function openVersion(
  cut: CutInput,
  { values, source: version }: WindowPart,
  { engine }: WorkflowContext,
  signal?: AbortSignal,
): Promise<OpenCut> {
  const { read, source } = cut
  const { scan, snapshotId } = scanVersion(source, version)
  const bound = boundQuery(read, read.sql, values)
  const options = signal === undefined ? {} : { signal }
  const query = { sql: bound.text, view: read.context, explain: explainer(cut, bound.offsetOf) }
  const input = await windowInput({ table: source, scan }, query, engine, options)
  return { input, versions: { sourceSnapshotId: snapshotId, afterSnapshotId: null } }
}

interface CommitWindow {
  readonly cut: CutInput
  readonly part: WindowPart
  readonly query: CommitQuery
}

/** A window of commits: the rows that they appended. */
async function openCommits(
  { cut, part, query }: CommitWindow,
  { engine }: WorkflowContext,
  signal?: AbortSignal,
): Promise<OpenCut> {
  const { read, source } = cut
  checkZone(query, engine)
  const { scan, versions } = commitScan(cut, part, query)
  const bound = boundQuery(read, query.sql, part.values)
  const explain = explainer(cut, (offset) => query.offsetOf(bound.offsetOf(offset)))
  const schema = { ...source.schema, fields: scan.fields }
  const tree = await explained(explain, () =>
    engine.parse(bound.text, new Map([[read.context, schema]])),
  )
  checkConjuncts(tree, query)
  const hidden = query.usesColumns ? [] : COMMIT_COLUMNS
  const options = signal === undefined ? {} : { signal }
  const window = { sql: bound.text, view: read.context, hidden, explain }
  const input = await windowInput({ table: source, scan }, window, engine, options)
  return { input, versions }
}

/** Says of an error of a query that was bound where it stands in the file. */
function explainer({ input, read }: CutInput, offsetOf: (offset: number) => number): Explain {
  return (error) => withContext(movedOffset(error, offsetOf), { input, ...read.sqlPlace })
}

interface OpenScan {
  readonly scan: TableScan<UnknownRow, UnknownRow>
  readonly versions: ReadVersions
}

function commitScan(
  { read, source }: CutInput,
  part: WindowPart,
  { comparisons }: CommitQuery,
): OpenScan {
  if (read.lag !== null) {
    throw new IcebergError(
      'invalid',
      'a window of commits needs no lag: what is committed late is in a later one',
      { context: { context: read.context } },
    )
  }
  if (typeof part.source === 'bigint') checkKept(source, part.source)
  const bounds = commitBounds(comparisons, part.values)
  const { since, lastSnapshotId } = commitRange(source.metadata, bounds, part)
  const { overwriteSnapshots, deleteSnapshots } = read
  const from = rangePoint(since)
  const until: RangePoint = lastSnapshotId === null ? from : { snapshot: lastSnapshotId }
  const range = source.appends({ since: from, until, overwriteSnapshots, deleteSnapshots })
  const afterSnapshotId = since.kind === 'snapshot' ? since.snapshotId : null
  return {
    scan: withCommitColumns(range),
    versions: { sourceSnapshotId: lastSnapshotId, afterSnapshotId },
  }
}

/** Times of keys are those of the session zone, and times of commits have none: only in UTC the two are the same. */
function checkZone({ comparisons }: CommitQuery, { timeZone }: SqlEngine): void {
  if (isUtcZone(timeZone) || comparisons.every(({ unit }) => unit !== 'time')) return
  throw new IcebergError(
    'unsupported',
    'windows of commits by time are worked out in UTC alone: set timeZone to UTC, or compare _commit_snapshot_id',
    { context: { timeZone } },
  )
}

function withCommitColumns(
  scan: TableScan<UnknownRow, UnknownRow>,
): TableScan<UnknownRow, UnknownRow> {
  const own = scan.fields.map(({ name }) => [name])
  return scan.selectPaths([...own, ...COMMIT_COLUMNS.map((name) => [name])])
}

function rangePoint(point: HistoryPoint): RangePoint {
  return point.kind === 'snapshot'
    ? { snapshot: point.snapshotId }
    : { time: BigInt(point.timestampMs) }
}
