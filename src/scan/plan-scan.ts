import type { BoundPredicate } from '../expressions/bound.ts'
import { residualOf } from '../expressions/residual.ts'
import type { PartitionTuple } from '../layout/partition-tuple.ts'
import { specById } from '../metadata/table-metadata.ts'
import type { TableState } from '../table/table-state.ts'
import { decideByFacts, fileFacts } from './file-facts.ts'
import { storedPart } from './metadata-columns.ts'
import { planFiles } from './plan-files.ts'
import type { PlanRequest } from './plan-files.ts'
import type { ScanPlan } from './scan-plan.ts'
import type { FileScanTask } from './task.ts'

/**
 * The files that may hold matching rows, as {@link planFiles} finds them, for a predicate that may also ask of metadata
 * columns: files of which metadata decides that none of their rows match are left out too.
 */
export async function planScan(state: TableState, request: PlanRequest): Promise<ScanPlan> {
  const { predicate } = request
  const stored = storedPart(predicate)
  const plan = await planFiles(state, { ...request, predicate: stored })
  if (stored === predicate) return plan
  const residuals = residualsBySpec(state, request)
  const tasks = plan.tasks
    .map((task): FileScanTask => {
      const { specId, partition } = task.file
      const residual = decideByFacts(residuals(specId)(partition), fileFacts(state.metadata, task))
      return { ...task, residual }
    })
    .filter(({ residual }) => residual.kind !== 'false')
  return { ...plan, tasks, counts: countsOf(plan, tasks) }
}

function residualsBySpec(
  { metadata }: TableState,
  { predicate, schema }: PlanRequest,
): (specId: number) => (tuple: PartitionTuple) => BoundPredicate {
  const known = new Map<number, (tuple: PartitionTuple) => BoundPredicate>()
  return (specId) => {
    const residual = known.get(specId) ?? residualOf(predicate, specById(metadata, specId), schema)
    known.set(specId, residual)
    return residual
  }
}

function countsOf({ counts, tasks }: ScanPlan, kept: readonly FileScanTask[]): ScanPlan['counts'] {
  return {
    ...counts,
    filesPrunedByMetrics: counts.filesPrunedByMetrics + tasks.length - kept.length,
    recordsPlanned: kept.reduce((sum, { file }) => sum + file.recordCount, 0n),
    bytesPlanned: kept.reduce((sum, { file }) => sum + file.fileSizeBytes, 0n),
  }
}
