import { stringifyJson } from '../../base/json-exact.ts'
import type { JobReport } from '../../jobs/report.ts'
import { runWorkflow } from '../../jobs/run-workflow.ts'
import type { BatchReport } from '../../jobs/stream/batch-report.ts'
import type { RunOptions } from '../commands/run.ts'
import { errorText } from '../error-text.ts'
import { reportRecord } from '../run-record.ts'
import { jobText } from '../run-text.ts'
import { printLine, printMessage } from '../terminal.ts'
import type { Terminal } from '../terminal.ts'
import { delayTiering } from '../tiering.ts'
import { windowPrinter } from '../window-printer.ts'
import { loadWorkflow } from '../workflow-file.ts'

export async function runFile(
  terminal: Terminal,
  file: string,
  options: RunOptions,
): Promise<void> {
  const { workflow, config } = await loadWorkflow(terminal, file, options)
  const explained = new Set(
    workflow.dag.flatMap((job) => (job.kind === 'flare' && job.explain ? job.name : [])),
  )
  const hasStream = workflow.dag.some((job) => job.kind === 'flare' && job.stream !== null)
  const { end, onBatch, ...printer } = windowPrinter(terminal, {
    json: options.json ?? false,
    isExplained: (job) => options.explain === true || explained.has(job),
  })
  const report = await runWorkflow(workflow, {
    config,
    catchUp: options.catchUp ?? false,
    dryRun: options.dryRun ?? false,
    ...(hasStream ? { stopping: terminal.stopGently() } : {}),
    ...printer,
    onBatch: settling(onBatch),
  }).finally(end)
  if (options.json === true) await printLine(terminal, stringifyJson(reportRecord(report)))
  else await printJobs(terminal, report.jobs)
  throwFailures(terminal, report.jobs)
}

/** After so many batches what a stream is always at has long been compiled. */
const SETTLED_BATCHES = 100

function settling(onBatch: (batch: BatchReport) => void): (batch: BatchReport) => void {
  let batches = 0
  return (batch) => {
    batches += 1
    if (batches === SETTLED_BATCHES) delayTiering()
    onBatch(batch)
  }
}

async function printJobs(terminal: Terminal, jobs: readonly JobReport[]): Promise<void> {
  for (const job of jobs) {
    const text = jobText(job)
    if (text !== null) await printLine(terminal, text)
  }
}

/** All failures are told; the first decides the exit code. */
function throwFailures(terminal: Terminal, jobs: readonly JobReport[]): void {
  const [first, ...others] = jobs.filter((job) => job.kind === 'failed')
  if (first === undefined) return
  for (const { error } of others) printMessage(terminal, errorText(error))
  throw first.error
}
