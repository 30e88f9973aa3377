// A dry run: everything is read and nothing is written.
import type { OutputReport, WindowReport } from '../report.ts'
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
    else if (behind !== undefined) outputs.push(await planTable(behind))
  }
  return { outcome: 'planned', outputs, warnings }

  async function planTable({ output, table }: TablePosition): Promise<OutputReport> {
    const rows = await opened.rows(output.view)
    const replaceWhere = await replacedRows(run, output, { table, schema: rows.schema })
    const options = signal === undefined ? {} : { signal }
    const plan = await planWrite(output, { table, rows, replaceWhere, ...options })
    return { kind: 'table', name: output.view, target: output.target, commit: null, plan }
  }
}
