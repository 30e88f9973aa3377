import { IcebergError } from '../base/errors.ts'
import { Permits } from '../base/permits.ts'
import type { ParquetCompression } from '../formats/parquet/codec.ts'
import { PARQUET_COMPRESSION } from '../metadata/properties.ts'
import type { TableState } from '../table/table-state.ts'
import type { RowEngine } from './row-engine.ts'

/** @throws IcebergError `invalid` for a compression that there is none of: a caller without types may name any */
export function checkCompression(compression: unknown): void {
  if (compression === undefined) return
  const text = typeof compression === 'string' ? compression : typeof compression
  if (PARQUET_COMPRESSION.parse(text) === compression) return
  throw new IcebergError('invalid', 'data files have no such compression', {
    context: { compression: text, expects: PARQUET_COMPRESSION.expects },
  })
}

/** A data file ends at so many rows, or as soon as it then has so many bytes. */
export interface FileLength {
  readonly rows: number
  readonly minBytes: number
}

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
  /** Whether the batches to write have the ids of their rows, in the columns that come after the table's own. */
  readonly movesRows?: boolean
  /** When a data file has enough rows; as many as its size allows when absent. */
  readonly fileLength?: FileLength
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
