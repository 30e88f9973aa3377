import { IcebergError } from '../../base/errors.ts'
import type { Problem } from '../../base/errors.ts'
import { stringifyJson } from '../../base/json-exact.ts'
import { findConfigFile, loadConfigFile } from '../../jobs/config-file.ts'
import type { Config } from '../../jobs/config.ts'
import { lintWorkflow } from '../../jobs/workflow/lint.ts'
import { parseWorkflow } from '../../jobs/workflow/parse.ts'
import { CheckFailed } from '../check-failed.ts'
import type { LintFileOptions } from '../commands/lint.ts'
import { problemText } from '../error-text.ts'
import { printable } from '../printable.ts'
import { printLine, warningPrinter } from '../terminal.ts'
import type { Terminal } from '../terminal.ts'
import { workflowText } from '../workflow-file.ts'

/** Tells what is wrong with a workflow file. */
export async function lintFile(
  terminal: Terminal,
  file: string,
  options: LintFileOptions,
): Promise<void> {
  const text = await workflowText(file)
  const config = await configIfAny(options.config)
  const strict = options.strict ?? config?.strict ?? false
  const { found, warnings } = check(text, { file, strict, config })
  if (options.json === true) {
    await printLine(terminal, stringifyJson({ findings: found, warnings }))
  } else {
    const warn = warningPrinter(terminal)
    for (const warning of warnings) warn(problemText(warning))
    for (const finding of found) {
      await printLine(terminal, printable(`${problemText(finding)} (${finding.rule})`))
    }
  }
  if (found.length > 0) throw new CheckFailed()
}

/** Without data a file can be looked at where nothing is configured; then nothing is said of its addresses. */
async function configIfAny(given: string | undefined): Promise<Config | null> {
  const path = given ?? (await findConfigFile(process.cwd()))
  return path === null ? null : loadConfigFile(path, process.env)
}

/** A finding, or a fault of the file: then its rule is the kind of the fault. */
interface Found extends Problem {
  readonly rule: string
}

interface Checked {
  readonly found: readonly Found[]
  readonly warnings: readonly Problem[]
}

function check(
  text: string,
  {
    file,
    strict,
    config,
  }: { readonly file: string; readonly strict: boolean; readonly config: Config | null },
): Checked {
  try {
    const { workflow, warnings } = parseWorkflow(text, { file, strict })
    return { found: lintWorkflow(workflow, config === null ? {} : { config }), warnings }
  } catch (error) {
    if (!(error instanceof IcebergError)) throw error
    const rule = error.kind
    return { found: error.problems.map((problem) => ({ rule, ...problem })), warnings: [] }
  }
}
