import { stringifyJson } from '../../base/json-exact.ts'
import type { CompactedTable } from '../../maintenance/compaction-options.ts'
import { MAINTENANCE_STEPS, maintain, planMaintenance } from '../../maintenance/maintain.ts'
import type {
  MaintenancePolicy,
  MaintenanceReport,
  MaintenanceSteps,
} from '../../maintenance/maintain.ts'
import type { MaintainOptions } from '../commands/maintain.ts'
import { findTable } from '../find-table.ts'
import { printable } from '../printable.ts'
import { stepResults } from '../results/steps.ts'
import { printLine, printMessage, printResult } from '../terminal.ts'
import type { Terminal } from '../terminal.ts'

export async function maintainTable(
  terminal: Terminal,
  name: string,
  options: MaintainOptions,
): Promise<void> {
  const { signal } = terminal
  const table = await findTable(terminal, name, options)
  const policy = policyOf(options)
  const steps =
    options.dryRun === true
      ? await planMaintenance(table, policy, { signal })
      : await runSteps(terminal, table, { policy, options })
  for (const line of stepLines(options, steps)) await printLine(terminal, line)
}

/** What was done before a step failed or was interrupted is printed too: it stays done. */
async function runSteps(
  terminal: Terminal,
  table: CompactedTable,
  { policy, options }: { readonly policy: MaintenancePolicy; readonly options: MaintainOptions },
): Promise<MaintenanceReport> {
  const { signal, err } = terminal
  const done: MaintenanceSteps[] = []
  try {
    return await maintain(table, policy, {
      signal,
      onStep: (step) => {
        if (err.isTTY === true) printMessage(terminal, `frazil: ${step} ...`)
      },
      onStepDone: (steps) => done.push(steps),
    })
  } catch (error) {
    const steps = done.at(-1)
    if (steps === undefined) throw error
    const unfinished = MAINTENANCE_STEPS.filter(
      (step) => policy[step] !== undefined && steps[step] === null,
    )
    for (const line of stepLines(options, { ...steps, unfinished })) printResult(terminal, line)
    throw error
  }
}

function policyOf(options: MaintainOptions): MaintenancePolicy {
  const { olderThan, retainLast, orphansOlderThan, targetSize, seconds, bytes } = options
  const expire = {
    ...(olderThan === undefined ? {} : { olderThan }),
    ...(retainLast === undefined ? {} : { retainLast }),
  }
  const orphans = orphansOlderThan === undefined ? {} : { olderThan: orphansOlderThan }
  const compact = targetSize === undefined ? {} : { targetBytes: targetSize }
  const budget = {
    ...(seconds === undefined ? {} : { seconds }),
    ...(bytes === undefined ? {} : { bytes }),
  }
  return {
    ...(options.expire ? { expire } : {}),
    ...(options.manifests ? { manifests: {} } : {}),
    ...(options.orphans ? { orphans } : {}),
    ...(options.compact ? { compact } : {}),
    ...(seconds === undefined && bytes === undefined ? {} : { budget }),
  }
}

/** What steps did, or would do, as it is printed. */
function stepLines(
  { json = false, dryRun = false }: MaintainOptions,
  { unfinished = [], ...steps }: MaintenanceSteps & Partial<Pick<MaintenanceReport, 'unfinished'>>,
): readonly string[] {
  const results = stepResults(steps)
  if (json) {
    const records = results.map(({ command, facts, files }) => ({ command, ...facts, files }))
    const document = { command: 'maintain', 'dry-run': dryRun, steps: records, unfinished }
    return [stringifyJson(document)]
  }
  return [
    ...results.flatMap(({ command, text }) =>
      text.split('\n').map((line) => printable(`${command}: ${line}`)),
    ),
    ...unfinished.map((step) => `left for the next run: ${step}`),
  ]
}
