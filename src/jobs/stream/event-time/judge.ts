// The rows of a batch, judged by what event time had come to when the batch before ended.
import type { RecordBatch } from 'apache-arrow'

import { adaptColumn } from '../../../formats/arrow/adapt.ts'
import { columnsOf } from '../../../formats/arrow/column-data.ts'
import { takeRows } from '../../../formats/arrow/take.ts'
import type { ViewRows } from '../../sinks/sink.ts'
import type { Carried } from '../stream.ts'
import { columnAt, planAggregate } from './aggregate-plan.ts'
import type { AggregatePlan, PlannedColumn } from './aggregate-plan.ts'
import type { EventTime, LateRule } from './definition.ts'
import { eventClock } from './event-clock.ts'
import type { EventClock } from './event-clock.ts'
import { ROW_KINDS, firstInTime, rowsOfKinds, sortRows } from './late-rows.ts'
import type { RowKind, SortedRows } from './late-rows.ts'
import { watermarkAfter } from './watermark.ts'

/** A batch of rows with an event time. */
export interface TimedBatch {
  /** Counts from 1. */
  readonly epoch: number
  readonly input: ViewRows
  /** What the batch before left. */
  readonly before: Carried
  readonly signal?: AbortSignal
}

/** How rows of a batch are judged. */
export interface Judge {
  readonly clock: EventClock
  readonly time: PlannedColumn
  /** Null where rows go on as they are. */
  readonly plan: AggregatePlan | null
  readonly delayMicros: bigint | null
  readonly late: LateRule
  /** In ticks; null when nothing is late. */
  readonly first: bigint | null
}

export function createJudge(
  { aggregate, watermark }: EventTime,
  { input, before }: TimedBatch,
): Judge {
  const { fields } = input.schema
  const plan = aggregate === null ? null : planAggregate(aggregate, input.schema)
  const time = plan?.time ?? columnAt(fields, watermark?.column ?? '')
  const clock = plan?.clock ?? eventClock(time)
  const { watermarkMicros } = before
  return {
    clock,
    time,
    plan,
    delayMicros: watermark?.delayMicros ?? null,
    late: watermark?.late ?? 'keep',
    first:
      watermark === null || watermarkMicros === null
        ? null
        : firstInTime(clock, watermarkMicros, plan?.sizeTicks ?? null),
  }
}

/** What was seen while rows of a batch were read. */
export class Counts {
  late = 0n
  timeless = 0n
  /** In ticks. */
  latest: bigint | null = null

  add({ lateCount, timelessCount, latest }: SortedRows): void {
    this.late += BigInt(lateCount)
    this.timeless += BigInt(timelessCount)
    if (latest !== null && (this.latest === null || latest > this.latest)) this.latest = latest
  }
}

export interface JudgedBatch {
  readonly batch: RecordBatch
  readonly sorted: SortedRows
}

export async function* judged(
  judge: Judge,
  { input, signal }: TimedBatch,
): AsyncGenerator<JudgedBatch> {
  const { clock, time, first } = judge
  for await (const batch of input.batches) {
    signal?.throwIfAborted()
    const column = columnsOf(batch)[time.position]
    if (column === undefined || batch.numRows === 0) continue
    yield { batch, sorted: sortRows(clock, adaptColumn(time.type, column), first) }
  }
}

export function pick({ batch, sorted }: JudgedBatch, kinds: readonly RowKind[]): RecordBatch {
  return takeRows(batch, rowsOfKinds(sorted, kinds))
}

export function lateRows(judge: Judge, timed: TimedBatch): ViewRows {
  const read = async function* (): AsyncGenerator<RecordBatch> {
    for await (const one of judged(judge, timed)) {
      const late = pick(one, [ROW_KINDS.late])
      if (late.numRows > 0) yield late
    }
  }
  return { schema: timed.input.schema, batches: { [Symbol.asyncIterator]: read } }
}

/** The watermark after a batch; null where there is none. */
export function markAfter(
  { clock, delayMicros }: Judge,
  before: Carried,
  { latest }: Counts,
): bigint | null {
  if (delayMicros === null) return null
  return watermarkAfter(before.watermarkMicros, latest, { clock, delayMicros })
}
