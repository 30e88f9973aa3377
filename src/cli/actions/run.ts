import { readFile } from 'node:fs/promises'

import { IcebergError } from '../../base/errors.ts'
import { stringifyJson } from '../../base/json-exact.ts'
import { isCode } from '../../io/durable-files.ts'
import type { JobReport, WindowReport } from '../../jobs/report.ts'
import { runWorkflow } from '../../jobs/run-workflow.ts'
import { lintWorkflow } from '../../jobs/workflow/lint.ts'
import type { Workflow } from '../../jobs/workflow/model.ts'
import { parseWorkflow } from '../../jobs/workflow/parse.ts'
import { commandConfig } from '../command-config.ts'
import type { RunOptions } from '../commands/run.ts'
import { errorText, problemText } from '../error-text.ts'
import { jobText, reportRecord, windowText } from '../run-text.ts'
import { eventPrinter, printLine, printMessage, printResult, warningPrinter } from '../terminal.ts'
import type { Terminal } from '../terminal.ts'

export async function runFile(
  terminal: Terminal,
  file: string,
  options: RunOptions,
): Promise<void> {
  const text = await workflowText(file)
  const config = await commandConfig(options)
  const strict = options.strict ?? config.strict
  const { workflow, warnings } = parseWorkflow(text, { file, strict })
  const warn = warningPrinter(terminal)
  for (const warning of [...warnings, ...lintWorkflow(workflow)]) warn(problemText(warning))

  const printWindow = windowPrinter(terminal, workflow, options)
  const report = await runWorkflow(workflow, {
    config,
    catchUp: options.catchUp ?? false,
    dryRun: options.dryRun ?? false,
    signal: terminal.signal,
    onEvent: eventPrinter(terminal),
    onWindow(window) {
      for (const warning of window.warnings) warn(`${window.job}: ${warning}`)
      printWindow(window)
    },
  })
  if (options.json === true) await printLine(terminal, stringifyJson(reportRecord(report)))
  else await printJobs(terminal, report.jobs)
  throwFailures(terminal, report.jobs)
}

/** Windows as they end; the report as JSON comes at the end and has them all. */
function windowPrinter(
  terminal: Terminal,
  workflow: Workflow,
  { json, explain }: RunOptions,
): (window: WindowReport) => void {
  if (json === true) return () => undefined
  const explained = new Set(
    workflow.dag.flatMap((job) => (job.kind === 'flare' && job.explain ? job.name : [])),
  )
  return (window) => {
    const isExplained = explain === true || explained.has(window.job)
    printResult(terminal, windowText(window, { explain: isExplained }))
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

async function workflowText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const from = { context: { file }, cause: error }
    throw isCode(error, 'ENOENT', 'ENOTDIR')
      ? new IcebergError('not-found', 'there is no such workflow file', from)
      : new IcebergError('unavailable', 'the workflow file cannot be read', from)
  }
}
