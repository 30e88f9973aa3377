import type { RecordBatch } from 'apache-arrow'

import type { Schema } from '../../../types/schema.ts'
import type { Carried } from '../stream.ts'
import { Counts, judged, markAfter, pick } from './judge.ts'
import type { Judge, TimedBatch } from './judge.ts'
import { ROW_KINDS } from './late-rows.ts'

/** Rows as they are, but for late ones. */
export class RowsInTime {
  readonly #judge: Judge
  readonly #batch: TimedBatch
  /** Null until rows have been read to their end. */
  counts: Counts | null = null
  after: Carried

  constructor(judge: Judge, batch: TimedBatch) {
    this.#judge = judge
    this.#batch = batch
    this.after = batch.before
  }

  get schema(): Schema {
    return this.#batch.input.schema
  }

  /** What is counted is what the last reading counted that came to its end. */
  async *read(): AsyncGenerator<RecordBatch> {
    const judge = this.#judge
    const { before } = this.#batch
    const counts = new Counts()
    const { inTime, timeless, late } = ROW_KINDS
    const kinds = judge.late === 'keep' ? [inTime, timeless, late] : [inTime, timeless]
    for await (const one of judged(judge, this.#batch)) {
      counts.add(one.sorted)
      const rows = pick(one, kinds)
      if (rows.numRows > 0) yield rows
    }
    this.counts = counts
    this.after = { watermarkMicros: markAfter(judge, before, counts), held: null }
  }
}
