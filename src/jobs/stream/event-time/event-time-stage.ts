// Event time between the rows of a batch and its outputs. For a batch:
//  1. rows are judged by the watermark that the batch before has left, so that their order within the batch does not matter;
//  2. where windows are aggregated, all rows go into their groups, those that the batch before has left open among them;
//  3. the watermark moves on to the latest row, less the delay;
//  4. windows that it has passed are over: they are given out and forgotten, the others are written to the checkpoint;
//  5. the commit of the rows names what was written, and the watermark.
// A window is given out by the very batch whose rows bring the watermark past it, and not by the next one.
import { IcebergError } from '../../../base/errors.ts'
import type { ViewRows } from '../../sinks/sink.ts'
import type { Carried } from '../stream.ts'
import type { EventTime } from './definition.ts'
import { HeldWindows, checkNothingHeld } from './held-windows.ts'
import type { HeldFiles } from './held-windows.ts'
import { createJudge, lateRows } from './judge.ts'
import type { TimedBatch } from './judge.ts'
import { RowsInTime } from './rows-in-time.ts'
import { RowsOfWindows } from './rows-of-windows.ts'

/** What event time makes of a batch. */
export interface TimedRows {
  /** What goes on: windows, or the rows that are not late. */
  readonly rows: ViewRows
  /** Late rows, where they are set aside; else null. */
  readonly late: ViewRows | null
  /** Whether rows have been read to their end. Before that what follows is as if there were none. */
  readonly isRead: () => boolean
  /** What this batch leaves. */
  readonly after: () => Carried
  /** Rows that were late, whatever became of them. */
  readonly lateRows: () => bigint
  /** Rows without event time, which are never late and in no window. */
  readonly timelessRows: () => bigint
}

/** What one stream does with event time, batch after batch. */
export class EventTimeStage {
  readonly #eventTime: EventTime
  readonly #held: HeldWindows | null

  /**
   * @param files where open windows are kept; null where there is no checkpoint
   * @throws IcebergError `invalid` when windows are aggregated, and there is none
   */
  constructor(eventTime: EventTime, files: HeldFiles | null) {
    this.#eventTime = eventTime
    this.#held = files === null ? null : new HeldWindows(files)
    if (eventTime.aggregate === null || files !== null) return
    throw new IcebergError('invalid', 'open windows are kept in a checkpoint: set one')
  }

  /** Whether windows come out, and not the rows themselves. */
  get isAggregating(): boolean {
    return this.#eventTime.aggregate !== null
  }

  /**
   * @throws IcebergError `invalid` for columns that are not there or do not fit, and where windows are open that nobody
   *   aggregates any more
   */
  apply(batch: TimedBatch): TimedRows {
    if (!this.isAggregating) checkNothingHeld(batch.before)
    const judge = createJudge(this.#eventTime, batch)
    const rows =
      judge.plan === null || this.#held === null
        ? new RowsInTime(judge, batch)
        : new RowsOfWindows({ judge, plan: judge.plan, held: this.#held }, batch)
    return {
      rows: { schema: rows.schema, batches: { [Symbol.asyncIterator]: () => rows.read() } },
      late: judge.late === 'aside' ? lateRows(judge, batch) : null,
      isRead: () => rows.counts !== null,
      after: () => rows.after,
      lateRows: () => rows.counts?.late ?? 0n,
      timelessRows: () => rows.counts?.timeless ?? 0n,
    }
  }
}
