import { residualOf } from '../expressions/residual.ts'
import { perSpec } from '../metadata/per-spec.ts'
import type { TableState } from '../table/table-state.ts'
import { decideByFacts, fileFacts } from './file-facts.ts'
import { storedPart } from './metadata-columns.ts'
import { planFiles, planTasks } from './plan-files.ts'
import type { PlanRequest } from './plan-files.ts'
import type { ScanPlan } from './scan-plan.ts'
import type { FileScanTask } from './task.ts'

/**
 * The files that may hold matching rows, as {@link planFiles} finds them, for a predicate that may also ask of metadata
 * columns: files of which metadata decides that none of their rows match are left out too.
 */
export async function planScan(state: TableState, request: PlanRequest): Promise<ScanPlan> {
  const stored = storedPart(request.predicate)
  const plan = await planFiles(state, { ...request, predicate: stored })
  if (stored === request.predicate) return plan
  const tasks = decider(state, request)(plan.tasks)
  return { ...plan, tasks, counts: countsOf(plan, tasks) }
}

/** The same files manifest by manifest, as {@link planTasks} gives them. */
export async function* planScanTasks(
  state: TableState,
  request: PlanRequest,
): AsyncGenerator<readonly FileScanTask[]> {
  const stored = storedPart(request.predicate)
  const planned = planTasks(state, { ...request, predicate: stored })
  if (stored === request.predicate) {
    yield* planned
    return
  }
  const decide = decider(state, request)
  for await (const tasks of planned) yield decide(tasks)
}

/** What is left of tasks once metadata has decided what it can. */
function decider(
  { metadata }: TableState,
  { predicate, schema }: PlanRequest,
): (tasks: readonly FileScanTask[]) => readonly FileScanTask[] {
  const residuals = perSpec(metadata, (spec) => residualOf(predicate, spec, schema))
  return (tasks) =>
    tasks
      .map((task): FileScanTask => {
        const { specId, partition } = task.file
        const residual = decideByFacts(residuals(specId)(partition), fileFacts(metadata, task))
        return { ...task, residual }
      })
      .filter(({ residual }) => residual.kind !== 'false')
}

function countsOf({ counts, tasks }: ScanPlan, kept: readonly FileScanTask[]): ScanPlan['counts'] {
  return {
    ...counts,
    filesPrunedByMetrics: counts.filesPrunedByMetrics + tasks.length - kept.length,
    recordsPlanned: kept.reduce((sum, { file }) => sum + file.recordCount, 0n),
    bytesPlanned: kept.reduce((sum, { file }) => sum + file.fileSizeBytes, 0n),
  }
}
