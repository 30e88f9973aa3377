import { Permits } from '../base/permits.ts'
import type { TableState } from '../table/table-state.ts'

/** What the writers of one operation share. */
export interface WriteContext {
  readonly state: TableState
  /** Names the files of this operation, so that no two attempts ever meet in one name. */
  readonly operationId: string
  readonly signal?: AbortSignal
  /** Counts up over all files of the operation. */
  readonly nextFileNumber: () => number
  /** Row groups that are encoded at once, over all files of the operation. */
  readonly permits: Permits
}

export function createWriteContext(state: TableState, signal?: AbortSignal): WriteContext {
  let fileNumber = 0
  return {
    state,
    operationId: state.services.environment.uuid(),
    ...(signal === undefined ? {} : { signal }),
    nextFileNumber: () => fileNumber++,
    // One more than there are threads, so that none waits for work.
    permits: new Permits(state.services.codec.threads + 1),
  }
}
