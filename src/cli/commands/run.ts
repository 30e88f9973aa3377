import { readFile } from 'node:fs/promises'

import type { Command } from 'commander'

import { IcebergError } from '../../base/errors.ts'
import { runWorkflow } from '../../jobs/run-workflow.ts'
import { lintWorkflow } from '../../jobs/workflow/lint.ts'
import { parseWorkflow } from '../../jobs/workflow/parse.ts'
import { errorText, problemText } from '../error-text.ts'
import { jobText, reportRecord, windowText } from '../run-text.ts'
import { commandConfig } from '../table-name.ts'
import { printLine } from '../terminal.ts'
import type { Terminal } from '../terminal.ts'
import { stringifyJson } from '../../base/json-exact.ts'

interface RunOptions {
  readonly config?: string
  readonly catchUp?: boolean
  readonly dryRun?: boolean
  readonly explain?: boolean
  readonly strict?: boolean
  readonly json?: boolean
}

export function addRun(program: Command, terminal: Terminal): void {
  program
    .command('run')
    .argument('<workflow>', 'a workflow file')
    .description('run the jobs of a workflow file: the next window of each')
    .option('--config <file>', 'configuration; the nearest frazil.yaml upward when absent')
    .option('--catch-up', 'run windows until nothing is left to do')
    .option('--dry-run', 'say what would be read, and commit nothing')
    .option('--explain', 'say what was read and what was pruned')
    .option('--strict', 'refuse what is otherwise only warned of')
    .option('--json', 'print one JSON document')
    .addHelpText('after', '\nExample:\n  frazil run flights.yaml --catch-up')
    .action((file: string, options: RunOptions) => run(terminal, file, options))
}

async function run(terminal: Terminal, file: string, options: RunOptions): Promise<void> {
  const config = await commandConfig(options.config)
  const strict = options.strict ?? config.strict
  const { workflow, warnings } = parseWorkflow(await workflowText(file), { file, strict })
  for (const warning of [...warnings, ...lintWorkflow(workflow)]) {
    await printLine(terminal.err, `warning: ${problemText(warning)}`)
  }
  const explains = new Set(
    workflow.dag.flatMap((job) => (job.kind === 'flare' && job.explain ? job.name : [])),
  )
  const isText = options.json !== true
  const lines: Promise<void>[] = []
  const report = await runWorkflow(workflow, {
    config,
    catchUp: options.catchUp ?? false,
    dryRun: options.dryRun ?? false,
    signal: terminal.signal,
    onWindow(window) {
      const explain = options.explain === true || explains.has(window.job)
      if (isText) lines.push(printLine(terminal.out, windowText(window, { explain })))
    },
  })
  await Promise.all(lines)
  if (isText) {
    for (const job of report.jobs) {
      const text = jobText(job)
      if (text !== null) await printLine(terminal.out, text)
    }
  } else await printLine(terminal.out, stringifyJson(reportRecord(report)))
  const failures = report.jobs.flatMap((job) => (job.kind === 'failed' ? [job.error] : []))
  const [first, ...others] = failures
  for (const other of others) await printLine(terminal.err, errorText(other))
  if (first !== undefined) throw first
}

async function workflowText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new IcebergError('not-found', 'the workflow file cannot be read', {
      context: { file },
      cause: error,
    })
  }
}
