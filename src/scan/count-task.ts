import { strictMetricsMatcher } from '../expressions/contains-only.ts'
import type { TableState } from '../table/table-state.ts'
import { storedPart } from './metadata-columns.ts'
import { readTask } from './read-task.ts'
import type { ReadRequest } from './read-task.ts'
import type { FileScanTask } from './task.ts'

/** How many rows of a file match: all that metadata counts where it is certain of each, else those that are read. */
export async function countTask(
  state: TableState,
  task: FileScanTask,
  request: Omit<ReadRequest, 'fields'>,
): Promise<bigint> {
  if (matchesWhole(task)) return task.file.recordCount
  let rows = 0n
  for await (const batch of readTask(state, task, { ...request, fields: [] })) {
    rows += BigInt(batch.numRows)
  }
  return rows
}

/** Metrics are of what is stored, which says nothing certain of metadata columns. */
function matchesWhole({ residual, file }: FileScanTask): boolean {
  const isOfStored = storedPart(residual) === residual
  const isCounted = file.recordCount >= 0n
  return isCounted && isOfStored && strictMetricsMatcher(residual)(file.metrics, file.recordCount)
}
