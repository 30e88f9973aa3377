import { stringifyJson } from '../../base/json-exact.ts'
import { backfillJob, replayJob } from '../../jobs/job-calls.ts'
import type { WindowReport } from '../../jobs/report.ts'
import type { AgainOptions, BackfillOptions } from '../commands/backfill.ts'
import { reportRecord } from '../run-record.ts'
import { printLine } from '../terminal.ts'
import type { Terminal } from '../terminal.ts'
import { windowPrinter } from '../window-printer.ts'
import type { WindowPrinter } from '../window-printer.ts'
import { loadWorkflow } from '../workflow-file.ts'
import type { LoadedWorkflow } from '../workflow-file.ts'

interface NamedJob {
  readonly file: string
  readonly job: string
}

export async function backfillFile(
  terminal: Terminal,
  { file, job }: NamedJob,
  options: BackfillOptions,
): Promise<void> {
  const { from, to, step } = options
  const range = { from, to, ...(step === undefined ? {} : { step }) }
  await showWindows(terminal, { file, job, options }, (loaded, how) =>
    backfillJob(loaded.workflow, range, how),
  )
}

export async function replayFile(
  terminal: Terminal,
  { file, job, run }: NamedJob & { readonly run: number },
  options: AgainOptions,
): Promise<void> {
  await showWindows(terminal, { file, job, options }, async function* (loaded, how) {
    yield await replayJob(loaded.workflow, run, how)
  })
}

interface AgainCommand extends NamedJob {
  readonly options: AgainOptions
}

type JobWindows = (
  loaded: LoadedWorkflow,
  how: Omit<WindowPrinter, 'end' | 'onAction' | 'onBatch' | 'onWindow'> & {
    readonly config: LoadedWorkflow['config']
    readonly job: string
    readonly dryRun: boolean
  },
) => AsyncIterable<WindowReport>

async function showWindows(
  terminal: Terminal,
  { file, job, options }: AgainCommand,
  run: JobWindows,
): Promise<void> {
  const loaded = await loadWorkflow(terminal, file, options)
  const { workflow, config } = loaded
  const { end, onWindow, onEvent, show, signal } = windowPrinter(terminal, {
    json: options.json ?? false,
    isExplained: () => options.explain === true,
  })
  const windows: WindowReport[] = []
  try {
    const how = { config, job, dryRun: options.dryRun ?? false, onEvent, show, signal }
    for await (const window of run(loaded, how)) {
      windows.push(window)
      onWindow(window)
    }
  } finally {
    end()
  }
  if (options.json !== true) return
  const jobs = [{ kind: 'windows', job, windows } as const]
  await printLine(terminal, stringifyJson(reportRecord({ workflow: workflow.name, jobs })))
}
