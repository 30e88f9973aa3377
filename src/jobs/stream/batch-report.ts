import type { OutputReport } from '../report.ts'
import type { StreamOffset } from '../sources/stream-source.ts'

/** What one batch of a stream did. */
export interface BatchReport {
  readonly job: string
  readonly kind: 'stream'
  readonly outcome:
    /** Its rows are in all outputs. */
    | 'written'
    /** It had no rows: only the position moved. */
    | 'empty'
    /** Another run of the stream did it meanwhile. */
    | 'already-done'
  /** The number of the batch; counts from 1. */
  readonly epoch: number
  readonly sources: readonly BatchSource[]
  /** Those that the batch was written to: one that had it already is not among them. */
  readonly outputs: readonly OutputReport[]
  /** Records that were no rows, and the files that have them. */
  readonly bad: { readonly records: number; readonly files: readonly string[] }
  /** Microseconds since the epoch; null for a stream without a watermark. */
  readonly watermarkMicros: bigint | null
  /** Rows that came too late for the watermark that the batch before had left, whatever became of them. */
  readonly lateRows: bigint
  /** Milliseconds. */
  readonly durationMs: number
  readonly warnings: readonly string[]
}

/** What a batch read of one source. */
export interface BatchSource {
  readonly name: string
  readonly description: string
  readonly rows: bigint
  readonly start: StreamOffset
  readonly end: StreamOffset
}
