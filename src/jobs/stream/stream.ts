// A stream, whoever described it: a workflow file or a program.
import type { JobOutput } from '../sinks/target.ts'
import type { ViewRows } from '../sinks/sink.ts'
import type { OpenStream, StreamSource } from '../sources/stream-source.ts'
import type { Checkpoint } from './checkpoint.ts'
import type { StreamState } from './stream-state.ts'

export interface Stream {
  /** What its state is kept under. */
  readonly id: string
  readonly name: string
  /** By the names of the inputs. */
  readonly sources: ReadonlyMap<string, StreamSource>
  /** In the order in which they are written. */
  readonly outputs: readonly JobOutput[]
  /** Null for a stream that remembers nothing outside of its tables. */
  readonly checkpoint: Checkpoint | null
  readonly badRecords: BadRecordRule
  /** What is made of the rows of a batch: held open until it is closed. */
  readonly open: (batch: BatchInput, signal?: AbortSignal) => Promise<OpenBatch>
  /** Ends what batches have shared, after the last one of a run. Another run may follow. */
  readonly release: () => Promise<void>
}

/** What becomes of records that are no rows. */
export type BadRecordRule =
  /** They end the stream. */
  | { readonly kind: 'fail' }
  /** They go to a file of the checkpoint; more than so many in one batch end the stream. */
  | { readonly kind: 'keep'; readonly max: number }

/** What a batch is made of. */
export interface BatchInput {
  readonly epoch: number
  /** Microseconds since the epoch: what `current_timestamp` is for the whole batch. */
  readonly batchMicros: bigint
  /** The rows of each source, by its name. They can be read again. */
  readonly inputs: ReadonlyMap<string, ViewRows>
  /** What the batch before left. */
  readonly before: Carried
}

export interface OpenBatch {
  /** The rows of a view; each call reads them anew. */
  readonly rows: (view: string) => Promise<ViewRows>
  /** What this batch leaves. Asked when rows of it have been read. */
  readonly after: () => Carried
  /** What its user should know of its rows. Asked when they have been read; absent when there is nothing to know. */
  readonly told?: () => BatchNotes
  readonly close: () => Promise<void>
}

export interface BatchNotes {
  /** Rows that came too late by event time, whatever became of them. */
  readonly lateRows: bigint
  readonly warnings: readonly string[]
}

/** What goes from batch to batch beside positions. */
export type Carried = Pick<StreamState, 'watermarkMicros' | 'held'>

/** What a stream without event time carries. */
export const NOTHING_CARRIED: Carried = { watermarkMicros: null, held: null }

/** Sources that are being read, by their names. */
export type OpenSources = ReadonlyMap<string, OpenStream>
