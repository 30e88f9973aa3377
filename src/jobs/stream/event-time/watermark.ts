import { INT64_MIN } from '../../../base/integers.ts'
import type { EventClock } from './event-clock.ts'

/**
 * What event time has come to after rows: that of the latest of them less the delay, and never back. It depends on no order:
 * rows of one batch are all judged by what the batch before has left.
 *
 * @param latest the latest event time of the rows, in ticks; null when none has one
 * @returns microseconds since the epoch, rounded down; null before the first row
 */
export function watermarkAfter(
  before: bigint | null,
  latest: bigint | null,
  { clock, delayMicros }: { readonly clock: EventClock; readonly delayMicros: bigint },
): bigint | null {
  if (latest === null) return before
  const reached = clock.toMicros(latest) - delayMicros
  // Nothing is late before the first moment that 64 bits hold, nor after the last one that a row can have.
  const kept = reached < INT64_MIN ? INT64_MIN : reached
  return before !== null && before > kept ? before : kept
}
