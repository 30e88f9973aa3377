import type { RecordBatch } from 'apache-arrow'

import type { Schema } from '../../../types/schema.ts'
import type { Carried } from '../stream.ts'
import type { AggregatePlan } from './aggregate-plan.ts'
import type { HeldWindows } from './held-windows.ts'
import { Counts, judged, markAfter, pick } from './judge.ts'
import type { Judge, TimedBatch } from './judge.ts'
import { ROW_KINDS } from './late-rows.ts'
import type { WindowGroups } from './window-groups.ts'

interface WindowWork {
  readonly judge: Judge
  readonly plan: AggregatePlan
  readonly held: HeldWindows
}

/** The windows of a batch: all its rows are read first, since no window is whole before. */
export class RowsOfWindows {
  readonly #work: WindowWork
  readonly #batch: TimedBatch
  #windows: Promise<readonly RecordBatch[]> | null = null
  /** Null until rows have been read to their end. */
  counts: Counts | null = null
  after: Carried

  constructor(work: WindowWork, batch: TimedBatch) {
    this.#work = work
    this.#batch = batch
    this.after = batch.before
  }

  get schema(): Schema {
    return this.#work.plan.schema
  }

  /** Several outputs have the same windows, which are made once. */
  async *read(): AsyncGenerator<RecordBatch> {
    this.#windows ??= this.#aggregate()
    yield* await this.#windows
  }

  async #aggregate(): Promise<readonly RecordBatch[]> {
    const { judge, plan, held } = this.#work
    const { epoch, before, signal } = this.#batch
    const options = signal === undefined ? {} : { signal }
    const { inTime, late } = ROW_KINDS
    const kinds = judge.late === 'keep' ? [inTime, late] : [inTime]
    const counts = new Counts()
    const groups = await held.take(before.held, plan, options)
    for await (const one of judged(judge, this.#batch)) {
      counts.add(one.sorted)
      groups.add(pick(one, kinds), plan)
    }
    const watermarkMicros = markAfter(judge, before, counts)
    const windows = giveOut(groups, plan, watermarkMicros)
    const name = await held.put(epoch, groups, { plan, options })
    this.counts = counts
    this.after = { watermarkMicros, held: name }
    return windows
  }
}

/** All windows; or those that the watermark has passed, which are forgotten. */
function giveOut(
  groups: WindowGroups,
  { output, clock }: AggregatePlan,
  watermarkMicros: bigint | null,
): readonly RecordBatch[] {
  if (output === 'complete') return [...groups.rows(groups.allGroups())]
  if (watermarkMicros === null) return []
  const until = clock.lastUntil(watermarkMicros)
  const windows = [...groups.rows(groups.groupsUntil(until))]
  groups.forgetUntil(until)
  return windows
}
