import { Permits } from '../base/permits.ts'
import type { ParquetCompression } from '../formats/parquet/codec.ts'
import type { TableState } from '../table/table-state.ts'
import type { RowEngine } from './row-engine.ts'

/** What the writers of one operation share. */
export interface WriteContext {
  readonly state: TableState
  /** Names the files of this operation, so that no two attempts ever meet in one name. */
  readonly operationId: string
  readonly signal?: AbortSignal
  /** Counts up over all files of the operation. */
  readonly nextFileNumber: () => number
  /** How data files are compressed; as the table says when absent. */
  readonly compression?: ParquetCompression
  /** Row groups that are encoded at once, over all files of the operation. */
  readonly permits: Permits
  /** What may write rows in place of our own way; absent when there is nothing else. */
  readonly engine?: RowEngine | undefined
}

export function createWriteContext(
  state: TableState,
  options: {
    readonly signal?: AbortSignal | undefined
    readonly engine?: RowEngine | undefined
  } = {},
): WriteContext {
  const { signal, engine } = options
  let fileNumber = 0
  return {
    state,
    operationId: state.services.environment.uuid(),
    ...(signal === undefined ? {} : { signal }),
    nextFileNumber: () => fileNumber++,
    engine,
    // One more than there are threads, so that none waits for work.
    permits: new Permits(state.services.codec.threads + 1),
  }
}
