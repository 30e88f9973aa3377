// The views of a batch with event time. Whichever of them are asked for, and in whatever order: what the batch leaves is what all of
// its rows come to, since the commit of each table says it. A batch that is brought to one table alone leaves the same there.
import type { ErrorContext } from '../../../base/errors.ts'
import { placed } from '../../error-place.ts'
import { sameName } from '../../same-name.ts'
import type { ViewRows } from '../../sinks/sink.ts'
import { NOTHING_CARRIED } from '../stream.ts'
import type { BatchInput, BatchNotes, OpenBatch } from '../stream.ts'
import type { EventTimeStage, TimedRows } from './event-time-stage.ts'
import { checkNothingHeld } from './held-windows.ts'

/** A batch before event time is looked at. */
export interface UntimedBatch {
  readonly batch: Pick<BatchInput, 'epoch' | 'before'>
  /** The rows of a view; each call reads them anew. */
  readonly rows: (view: string) => Promise<ViewRows>
  readonly signal?: AbortSignal
}

/** What a stream does with event time, and the names of its views. */
export interface TimedViews {
  readonly stage: EventTimeStage
  /** The view whose rows have event times. */
  readonly judged: string
  /** What goes on of it, windows or rows that are not late; may have its name. */
  readonly result: string
  /** Late rows that are set aside; null where none are. */
  readonly late: string | null
  /** Where its author said so, for errors. */
  readonly place: ErrorContext
}

/** A batch as outputs see it. */
export type TimedBatchViews = Pick<OpenBatch, 'rows' | 'after' | 'told'>

/**
 * @param views null for a stream without event time
 * @throws IcebergError `invalid` when windows are open that nobody aggregates any more
 */
export function openTimed(views: TimedViews | null, batch: UntimedBatch): TimedBatchViews {
  if (views !== null) return new TimedOutputs(views, batch)
  checkNothingHeld(batch.batch.before)
  return { rows: batch.rows, after: () => NOTHING_CARRIED }
}

class TimedOutputs implements Required<TimedBatchViews> {
  readonly #views: TimedViews
  readonly #batch: UntimedBatch
  #timed: TimedRows | null = null

  constructor(views: TimedViews, batch: UntimedBatch) {
    this.#views = views
    this.#batch = batch
  }

  readonly rows: OpenBatch['rows'] = async (view) => {
    const { result, late } = this.#views
    if (sameName(view, result)) return this.#result()
    await this.#readAll()
    return sameName(view, late ?? '') ? this.#late() : this.#batch.rows(view)
  }

  readonly after: OpenBatch['after'] = () => this.#timed?.after() ?? this.#batch.batch.before

  readonly told = (): BatchNotes => ({
    lateRows: this.#timed?.lateRows() ?? 0n,
    warnings: this.#timed === null ? [] : warningsOf(this.#views.stage, this.#timed),
  })

  /** Windows are made once, and read as often as there are outputs; rows that go on as they are are read anew. */
  async #result(): Promise<ViewRows> {
    if (this.#timed === null || !this.#views.stage.isAggregating) this.#timed = await this.#apply()
    return this.#timed.rows
  }

  async #late(): Promise<ViewRows> {
    const { late } = await this.#apply()
    return late ?? NO_ROWS
  }

  /** Until then nobody knows what the batch leaves. */
  async #readAll(): Promise<void> {
    if (this.#timed?.isRead() === true) return
    const { batches } = await this.#result()
    for await (const _ of batches);
  }

  async #apply(): Promise<TimedRows> {
    const { batch, rows, signal } = this.#batch
    const { stage, judged, place } = this.#views
    const options = signal === undefined ? {} : { signal }
    const input = await rows(judged)
    return placed(place, () => stage.apply({ ...batch, input, ...options }))
  }
}

const NO_ROWS: ViewRows = {
  schema: { schemaId: 0, fields: [], identifierFieldIds: [] },
  batches: { async *[Symbol.asyncIterator]() {} },
}

/** Rows are not to be lost in silence. */
function warningsOf({ isAggregating }: EventTimeStage, timed: TimedRows): readonly string[] {
  const timeless = timed.timelessRows()
  if (!isAggregating || timeless === 0n) return []
  return [`rows without event time, which are in no window: ${timeless}`]
}
