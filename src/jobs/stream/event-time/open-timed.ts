// A batch of a stream with event time, as the engine asks for it.
import type { ViewRows } from '../../sinks/sink.ts'
import type { BatchInput, OpenBatch } from '../stream.ts'
import type { EventTimeStage, TimedRows } from './event-time-stage.ts'

/** A batch before event time is looked at. */
export interface UntimedBatch {
  readonly batch: Pick<BatchInput, 'epoch' | 'before'>
  /** Its rows; each call reads them anew. */
  readonly rows: () => Promise<ViewRows>
  readonly signal?: AbortSignal
}

/** What event time makes of a batch, for as many outputs as there are. */
export interface OpenTimed extends Required<Pick<OpenBatch, 'after' | 'told'>> {
  /** Windows, or the rows that are not late. */
  readonly rows: () => Promise<ViewRows>
  /** Late rows, which the stage has to set aside. */
  readonly late: () => Promise<ViewRows>
}

export function openTimed(stage: EventTimeStage, { batch, rows, signal }: UntimedBatch): OpenTimed {
  const options = signal === undefined ? {} : { signal }
  const apply = async (): Promise<TimedRows> =>
    stage.apply({ ...batch, input: await rows(), ...options })
  let timed: TimedRows | null = null
  return {
    async rows() {
      // Windows are made once, and read as often as there are outputs; rows that go on as they are are read anew.
      if (timed === null || !stage.isAggregating) timed = await apply()
      return timed.rows
    },
    async late() {
      const { late } = await apply()
      return late ?? NO_ROWS
    },
    after: () => timed?.after() ?? batch.before,
    told: () => ({
      lateRows: timed?.lateRows() ?? 0n,
      warnings: timed === null ? [] : warningsOf(stage, timed),
    }),
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
