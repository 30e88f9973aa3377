// A dry run: everything is read and nothing is written.
import type { OutputReport, WindowReport, WritePlan } from '../report.ts'
import { replacementWarnings } from './effects.ts'
import { planWrite } from './plan-write.ts'
import type { TablePosition } from './position.ts'
import { replacedRows } from './replaced-rows.ts'
import type { RunContext } from './run-context.ts'
import type { WindowRun } from './run-window.ts'
import type { OpenWindow } from './windowed-job.ts'

export async function planWindow(
  run: WindowRun & { readonly opened: OpenWindow },
  { signal }: RunContext,
): Promise<Pick<WindowReport, 'outcome' | 'outputs' | 'warnings'>> {
  const { job, opened, position } = run
  const outputs: OutputReport[] = []
  const warnings: string[] = []
  for (const output of job.outputs) {
    const behind = position.behind.find((table) => table.output === output)
    if (output.kind === 'table' ? behind === undefined : position.pending !== null) continue
    const rows = await opened.rows(output.view)
    warnings.push(...((await output.check?.(rows.schema)) ?? []))
    if (output.kind === 'other') outputs.push(output.planned)
    else if (behind !== undefined) {
      const plan = await planTable(behind)
      outputs.push({ kind: 'table', name: output.view, target: output.target, commit: null, plan })
      warnings.push(...replacementWarnings(run, behind, plan.replacedRows))
    }
  }
  return { outcome: 'planned', outputs, warnings }

  async function planTable({ output, table }: TablePosition): Promise<WritePlan> {
    const rows = await opened.rows(output.view)
    const replaceWhere = await replacedRows(run, output, { table, schema: rows.schema })
    const options = signal === undefined ? {} : { signal }
    return planWrite(output, { table, rows, replaceWhere, ...options })
  }
}
