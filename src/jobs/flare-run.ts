import type { Environment } from '../base/environment.ts'
import { IcebergError } from '../base/errors.ts'
import type { Commit } from '../write/commit-report.ts'
import type { Lake } from './lake.ts'
import type { WindowReport } from './report.ts'
import { allRows } from './source-rows.ts'
import type { SqlEngine } from './sql/engine.ts'
import { stateKey } from './state-record.ts'
import { checkTarget, createTarget, findTarget } from './target.ts'
import { runWindow } from './window.ts'
import type { FlareJob, IncrementalRead, Input, TableOutput } from './workflow/model.ts'
import { writeOutput } from './write-output.ts'

/** What every job of a run is given. */
export interface JobRun {
  readonly lake: Lake
  /** Its `current_timestamp` is the same for all jobs of the run. */
  readonly engine: SqlEngine
  readonly environment: Environment
  readonly onWindow: (report: WindowReport) => void
  readonly catchUp: boolean
  readonly dryRun: boolean
  readonly signal?: AbortSignal
}

/** Copies its input to its output: a window of it, all windows that are due, or the whole of it. */
export async function runFlareJob(job: FlareJob, run: JobRun): Promise<void> {
  const [output] = job.outputs
  if (output?.kind !== 'table' || job.outputs.length > 1) {
    throw new IcebergError(
      'unsupported',
      'several outputs, or ones that are no tables, are not built yet',
      {
        context: { job: job.name },
      },
    )
  }
  const input = inputOf(job, output)
  if (input.incremental === null) await runWhole(job, { input, output }, run)
  else await runWindows(job, { input, output, read: input.incremental }, run)
}

/** Names of views are found without case, as SQL does. */
function inputOf(job: FlareJob, output: TableOutput): Input {
  const input = job.inputs.find(({ name }) => name.toLowerCase() === output.name.toLowerCase())
  if (input !== undefined) return input
  throw new IcebergError('invalid', 'an output is named after none of the inputs', {
    context: { job: job.name, output: output.name },
  })
}

interface Ends {
  readonly input: Input
  readonly output: TableOutput
}

async function runWindows(
  job: FlareJob,
  { input, output, read }: Ends & { readonly read: IncrementalRead },
  run: JobRun,
): Promise<void> {
  const target = await run.lake.locate(output.dataset)
  const window = {
    job: job.name,
    read,
    output,
    target,
    stateKey: stateKey(job.id, read.context),
    engine: run.engine,
    now: () => run.environment.nowMs(),
    isDryRun: run.dryRun,
    ...(run.signal === undefined ? {} : { signal: run.signal }),
  }
  for (;;) {
    run.signal?.throwIfAborted()
    const source = await run.lake.loadTable(input.dataset)
    const report = await runWindow({ ...window, source })
    run.onWindow(report)
    const isLast = report.outcome === 'nothing-to-do' || report.outcome === 'planned'
    if (!run.catchUp || isLast) return
  }
}

async function runWhole(job: FlareJob, { input, output }: Ends, run: JobRun): Promise<void> {
  const startMs = run.environment.nowMs()
  const options = run.signal === undefined ? {} : { signal: run.signal }
  const rows = await allRows(await run.lake.loadTable(input.dataset), run.signal)
  const place = await run.lake.locate(output.dataset)
  const found = await findTarget(place)
  if (found !== null) checkTarget(found, output)
  const commit = run.dryRun
    ? null
    : await writeOutput(
        found ?? (await createTarget(place, output, rows.schema)),
        output,
        rows,
        options,
      )
  run.onWindow({
    job: job.name,
    kind: 'incremental',
    outcome: wholeOutcome(commit),
    run: null,
    window: new Map(),
    sources: [rows.report],
    outputs: [{ kind: 'table', name: output.name, target: place.name, commit, plan: null }],
    durationMs: run.environment.nowMs() - startMs,
    beyond: null,
    warnings: [],
  })
}

function wholeOutcome(commit: Commit | null): WindowReport['outcome'] {
  if (commit === null) return 'planned'
  return commit.snapshotId === null ? 'empty' : 'written'
}
