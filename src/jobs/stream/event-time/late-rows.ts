// Rows by what event time makes of them.
import type { Data } from 'apache-arrow'

import { floorMod } from '../../../base/integers.ts'
import type { EventClock } from './event-clock.ts'

/** What event time makes of a row. */
export const ROW_KINDS = { inTime: 0, late: 1, timeless: 2 } as const

export type RowKind = (typeof ROW_KINDS)[keyof typeof ROW_KINDS]

/** The rows of a batch, by what event time makes of them. */
export interface SortedRows {
  /** A {@link RowKind} a row. */
  readonly kinds: Uint8Array
  readonly lateCount: number
  /** Rows without event time, which are never late. */
  readonly timelessCount: number
  /** The latest event time, in ticks; null when no row has one. */
  readonly latest: bigint | null
}

/**
 * The first tick that is not late.
 *
 * @param sizeTicks of windows, which rows are late for when they are over; null where there are none
 */
export function firstInTime(
  clock: EventClock,
  watermarkMicros: bigint,
  sizeTicks: bigint | null,
): bigint {
  if (sizeTicks === null) return clock.firstFrom(watermarkMicros)
  const until = clock.lastUntil(watermarkMicros)
  return until - floorMod(until, sizeTicks)
}

/** @param first the first tick that is not late; null when none is */
export function sortRows(clock: EventClock, times: Data, first: bigint | null): SortedRows {
  const timeOf = clock.reader(times)
  const kinds = new Uint8Array(times.length)
  let [lateCount, timelessCount] = [0, 0]
  let latest: bigint | null = null
  for (let row = 0; row < times.length; row += 1) {
    const time = timeOf(row)
    if (time === null) {
      kinds[row] = ROW_KINDS.timeless
      timelessCount += 1
      continue
    }
    if (first !== null && time < first) {
      kinds[row] = ROW_KINDS.late
      lateCount += 1
    }
    if (latest === null || time > latest) latest = time
  }
  return { kinds, lateCount, timelessCount, latest }
}

/** The rows of these kinds, ascending. */
export function rowsOfKinds({ kinds }: SortedRows, wanted: readonly RowKind[]): Uint32Array {
  const rows = new Uint32Array(kinds.length)
  const isWanted = [0, 1, 2].map((kind) => wanted.some((one) => one === kind))
  let count = 0
  for (let row = 0; row < kinds.length; row += 1) {
    if (isWanted[kinds[row] ?? 0] !== true) continue
    rows[count] = row
    count += 1
  }
  return rows.subarray(0, count)
}
