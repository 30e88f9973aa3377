// Files one after the other leave storage and threads idle between them, which is most of the time where files are small.
import type { RecordBatch } from 'apache-arrow'

import { mapConcurrent, resume } from '../base/concurrency.ts'
import type { TableState } from '../table/table-state.ts'
import { readTask } from './read-task.ts'
import type { ReadRequest } from './read-task.ts'
import type { FileScanTask } from './task.ts'

/** Files that are under way at once: one is given out, of the others the first rows are made. */
const FILES_AHEAD = 4

/** Larger files begin when it is their turn: they keep threads busy by themselves, and ahead they would take memory. */
const MAX_AHEAD_BYTES = 8n * 1024n * 1024n

export interface ReadTasksRequest extends ReadRequest {
  /** Whether rows may be read that are not asked for in the end. */
  readonly isReadAhead: boolean
}

/** The matching rows of files, in the order of the tasks, as {@link readTask} gives those of each. */
export async function* readTasks(
  state: TableState,
  tasks: AsyncIterable<FileScanTask>,
  request: ReadTasksRequest,
): AsyncGenerator<RecordBatch> {
  const files = mapConcurrent(
    tasks,
    request.isReadAhead ? FILES_AHEAD : 1,
    (task, signal) => beginFile(state, task, { ...request, signal }),
    request.signal,
  )
  for await (const batches of files) yield* batches
}

async function beginFile(
  state: TableState,
  task: FileScanTask,
  request: ReadTasksRequest,
): Promise<AsyncIterable<RecordBatch>> {
  const batches = readTask(state, task, request)
  const isBegun = request.isReadAhead && task.file.fileSizeBytes <= MAX_AHEAD_BYTES
  if (!isBegun) return batches
  const first = batches.next()
  // A failure is thrown where its rows would have come.
  await Promise.allSettled([first])
  return resume(first, batches)
}
