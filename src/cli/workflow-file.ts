import { readFile } from 'node:fs/promises'

import { IcebergError } from '../base/errors.ts'
import { isCode } from '../io/durable-files.ts'
import type { Config } from '../jobs/config.ts'
import { lintWorkflow } from '../jobs/workflow/lint.ts'
import type { Workflow } from '../jobs/workflow/model.ts'
import { parseWorkflow } from '../jobs/workflow/parse.ts'
import { commandConfig } from './command-config.ts'
import { problemText } from './error-text.ts'
import type { ConfigOption } from './options.ts'
import { warningPrinter } from './terminal.ts'
import type { Terminal } from './terminal.ts'

/** A workflow file and the configuration that it is run under. */
export interface LoadedWorkflow {
  readonly workflow: Workflow
  readonly config: Config
}

/** Reads a workflow file, and tells what is odd about it. */
export async function loadWorkflow(
  terminal: Terminal,
  file: string,
  options: ConfigOption & { readonly strict?: boolean },
): Promise<LoadedWorkflow> {
  const text = await workflowText(file)
  const config = await commandConfig(options)
  const strict = options.strict ?? config.strict
  const { workflow, warnings } = parseWorkflow(text, { file, strict })
  const warn = warningPrinter(terminal)
  for (const warning of [...warnings, ...lintWorkflow(workflow, { config })])
    warn(problemText(warning))
  return { workflow, config }
}

/** @throws IcebergError `not-found` when there is no such file, `unavailable` when it cannot be read */
export async function workflowText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const from = { context: { file }, cause: error }
    throw isCode(error, 'ENOENT', 'ENOTDIR')
      ? new IcebergError('not-found', 'there is no such workflow file', from)
      : new IcebergError('unavailable', 'the workflow file cannot be read', from)
  }
}
