// What is done with one job of a workflow file, beside running it: ranges and runs again, and where it stands.
import { unreachable } from '../base/assert.ts'
import { IcebergError, withContext } from '../base/errors.ts'
import { checkChoice, checkOptions } from '../base/options.ts'
import type { OptionNames } from '../base/options.ts'
import { suggestion } from '../base/nearest-name.ts'
import { placeOfJob, placed } from './error-place.ts'
import { runBackfill } from './incremental/backfill.ts'
import type { BackfillRange } from './incremental/backfill.ts'
import { showState } from './incremental/kept-state.ts'
import type { KeptState } from './incremental/kept-state.ts'
import { moveState } from './incremental/move-state.ts'
import type { StateMove } from './incremental/move-state.ts'
import { replayRun } from './incremental/replay.ts'
import type { RunContext } from './incremental/run-context.ts'
import { workflowJob } from './incremental/workflow-job.ts'
import type { WindowReport } from './report.ts'
import { openSession } from './session.ts'
import type { Session, SessionOptions } from './session.ts'
import type { StreamOffset } from './sources/stream-source.ts'
import { resetStream, streamStatus } from './stream/stream-status.ts'
import type { StreamStatus } from './stream/stream-status.ts'
import type { Stream } from './stream/stream.ts'
import { workflowStream } from './stream/workflow-stream.ts'
import type { FlareJob, Workflow } from './workflow/model.ts'

/** Which job of which file, and what it is called with. */
export interface JobCallOptions extends SessionOptions {
  /** The name of a job in the file. */
  readonly job: string
}

/** How a job is run again. */
export interface AgainOptions extends JobCallOptions {
  /** Says what would be written, and commits nothing. */
  readonly dryRun?: boolean
}

const CALL_OPTIONS: OptionNames<JobCallOptions> = {
  config: true,
  environment: true,
  onEvent: 'function',
  show: 'function',
  signal: 'signal',
  job: 'text',
}

const AGAIN_OPTIONS: OptionNames<AgainOptions> = { ...CALL_OPTIONS, dryRun: 'boolean' }

/**
 * Runs the windows of a range again, in place of what the outputs have of them, and gives each as it ends. A backfill that
 * was interrupted goes on where it was. Where the job stands does not move.
 *
 * @throws IcebergError `invalid` for a job that has no such windows, and for outputs that cannot tell their rows
 */
export async function* backfillJob(
  workflow: Workflow,
  range: BackfillRange,
  options: AgainOptions,
): AsyncGenerator<WindowReport, void, undefined> {
  checkOptions('backfillJob', options, AGAIN_OPTIONS)
  checkOptions<BackfillRange>('range', range, { from: 'text', to: 'text', step: 'text' })
  const job = jobNamed(workflow, options.job)
  const session = openSession(options)
  try {
    yield* runBackfill(() => workflowJob(job, session), range, contextOf(session, options))
  } catch (error) {
    throw withContext(error, placeOfJob(workflow, job.name))
  } finally {
    await session.close()
  }
}

/**
 * Does a run again: its window, of the source as it was then, in place of what it left.
 *
 * @throws IcebergError `not-found` when nothing remembers the run, or its version of the source has expired
 */
export async function replayJob(
  workflow: Workflow,
  run: number,
  options: AgainOptions,
): Promise<WindowReport> {
  checkOptions('replayJob', options, AGAIN_OPTIONS)
  return inSession(workflow, options, async (job, session) =>
    replayRun(await workflowJob(job, session), run, contextOf(session, options)),
  )
}

/** Where a job stands, as each of its tables or the store keeps it. */
export async function jobState(
  workflow: Workflow,
  options: JobCallOptions,
): Promise<readonly KeptState[]> {
  checkOptions('jobState', options, CALL_OPTIONS)
  return inSession(workflow, options, async (job, session) =>
    showState(await workflowJob(job, session), contextOf(session)),
  )
}

/** How the state of a job of a file is to move. */
export type JobStateMove =
  | Exclude<StateMove, { readonly kind: 'take-over' }>
  /** Stands where a job of the same file stood, or one whose id is given: `workspace/workflow/job`. */
  | { readonly kind: 'from-job'; readonly name: string }

/**
 * Moves where a job stands, in all of its tables or in the store, and leaves a note of it.
 *
 * @throws IcebergError `invalid` for a key that the state has not, `not-found` where there is nothing to keep it in
 * @throws IcebergError `conflict` when a run moved it meanwhile
 */
export async function moveJobState(
  workflow: Workflow,
  move: JobStateMove,
  options: JobCallOptions,
): Promise<void> {
  checkOptions('moveJobState', options, CALL_OPTIONS)
  checkMove(move)
  return inSession(workflow, options, async (job, session) => {
    const asked: StateMove =
      move.kind === 'from-job' ? { kind: 'take-over', jobId: idOf(workflow, move.name) } : move
    await moveState(await workflowJob(job, session), asked, contextOf(session))
  })
}

/** A move that is misspelt must not become another one. */
function checkMove(move: JobStateMove): void {
  checkChoice('kind', move?.kind, ['set', 'reset', 'from-job'])
  switch (move.kind) {
    case 'set':
      checkOptions<typeof move>('set', move, { kind: true, values: true })
      return checkMap('values', move.values)
    case 'reset':
      return checkOptions<typeof move>('reset', move, { kind: true })
    case 'from-job':
      return checkOptions<typeof move>('from-job', move, { kind: true, name: 'text' })
    default:
      return unreachable(move)
  }
}

function checkMap(option: string, given: unknown): void {
  if (given instanceof Map) return
  throw new IcebergError('invalid', 'the option is a Map', { context: { option } })
}

/** Where a stream stands, as its tables and its checkpoint keep it. */
export async function streamState(
  workflow: Workflow,
  options: JobCallOptions,
): Promise<StreamStatus> {
  checkOptions('streamState', options, CALL_OPTIONS)
  return inStream(workflow, options, streamStatus)
}

/**
 * Forgets where a stream stands: its next run begins where its sources do, or at positions that are given. Rows that are in its
 * tables stay.
 *
 * @param offsets positions by the names of the inputs, as {@link streamState} shows them
 */
export async function resetStreamState(
  workflow: Workflow,
  options: JobCallOptions & { readonly offsets?: ReadonlyMap<string, StreamOffset> },
): Promise<void> {
  checkOptions<typeof options>('resetStreamState', options, { ...CALL_OPTIONS, offsets: true })
  const { offsets, signal } = options
  if (offsets !== undefined) checkMap('offsets', offsets)
  return inStream(workflow, options, (stream) =>
    resetStream(stream, {
      ...(offsets === undefined ? {} : { offsets }),
      ...(signal === undefined ? {} : { signal }),
    }),
  )
}

async function inStream<Result>(
  workflow: Workflow,
  options: JobCallOptions,
  run: (stream: Stream) => Promise<Result>,
): Promise<Result> {
  const job = workflow.dag.find((candidate) => candidate.name === options.job)
  const settings = job?.kind === 'flare' ? job.stream : null
  if (job?.kind !== 'flare' || settings === null) throw noStream(workflow, options.job)
  const session = openSession(options)
  try {
    return await placed(placeOfJob(workflow, job.name), async () =>
      run(await workflowStream(job, settings, session)),
    )
  } finally {
    await session.close()
  }
}

function noStream({ name: workflow, dag }: Workflow, job: string): IcebergError {
  const streams = dag.flatMap((one) =>
    one.kind === 'flare' && one.stream !== null ? one.name : [],
  )
  return new IcebergError(
    'invalid',
    `the workflow has no stream of that name${suggestion(job, streams)}`,
    { context: { workflow, job } },
  )
}

function idOf({ workspace, name }: Workflow, job: string): string {
  return job.includes('/') ? job : `${workspace}/${name}/${job}`
}

async function inSession<Result>(
  workflow: Workflow,
  options: JobCallOptions,
  run: (job: FlareJob, session: Session) => Promise<Result>,
): Promise<Result> {
  const job = jobNamed(workflow, options.job)
  const session = openSession(options)
  try {
    return await placed(placeOfJob(workflow, job.name), () => run(job, session))
  } finally {
    await session.close()
  }
}

function contextOf(session: Session, { dryRun }: Partial<AgainOptions> = {}): RunContext {
  return {
    store: session.stateStore,
    now: () => session.environment.nowMs(),
    isDryRun: dryRun ?? false,
    ...(session.signal === undefined ? {} : { signal: session.signal }),
  }
}

/** @throws IcebergError `invalid` when the file has no such job, or it is one that writes no rows */
function jobNamed({ dag, name: workflow }: Workflow, name: string): FlareJob {
  const job = dag.find((candidate) => candidate.name === name)
  if (job?.kind === 'flare' && job.stream === null) return job
  if (job?.kind === 'flare') {
    throw new IcebergError('invalid', 'the job is a stream: `frazil stream` shows and resets it', {
      context: { workflow, job: name },
    })
  }
  const names = dag.flatMap((one) => (one.kind === 'flare' ? one.name : []))
  throw new IcebergError(
    'invalid',
    `the workflow has no job of that name that writes rows${suggestion(name, names)}`,
    { context: { workflow, job: name } },
  )
}
