// A range of a table's history: the snapshots after one point up to and with another, on one line of ancestors.
//
// A point stands for how much of the line was there by then: a snapshot for itself and all before it, a time for
// everything until the line first got past it. So of three points in order, the two ranges between them always make up
// the whole one, whatever kinds of points they are.
import { IcebergError } from '../base/errors.ts'
import { ancestorsOf } from './history.ts'
import type { Snapshot } from './snapshot.ts'
import { snapshotById } from './table-metadata.ts'
import type { TableMetadata } from './table-metadata.ts'

/** A point in the history of a table. */
export type HistoryPoint =
  | { readonly kind: 'snapshot'; readonly snapshotId: bigint }
  | { readonly kind: 'time'; readonly timestampMs: number }

/** `(since, until]` on the line that leads to a snapshot. */
export interface RangeBounds {
  /** The end of the line; null for that of a branch without snapshots. */
  readonly headId: bigint | null
  readonly since: HistoryPoint
  /** Null: to the end of the line. */
  readonly until: HistoryPoint | null
}

/** The snapshots of a range. */
export interface SnapshotRange {
  /** Oldest first. */
  readonly snapshots: readonly Snapshot[]
  /** The snapshot that the range ends with, which an empty one does not hold; null for none. */
  readonly last: Snapshot | null
}

/**
 * The snapshots of a range. Each counts from the latest time that it or one before it on the line has: a clock that was
 * set back cuts no line in two, and never changes what a range held that the line had got past. Those of one millisecond
 * stay together.
 *
 * @throws IcebergError `not-found` when snapshots after the start have expired, naming the oldest start that is left, and
 *   for a snapshot that the table does not have
 * @throws IcebergError `invalid` when the range starts after it ends, starts at a snapshot that its end does not come
 *   from, or ends beside the line
 */
export function snapshotRange(metadata: TableMetadata, bounds: RangeBounds): SnapshotRange {
  const { headId, since, until } = bounds
  if (isTime(since) && isTime(until) && since.timestampMs > until.timestampMs) {
    startsAfterEnd(bounds)
  }
  const line = headId === null ? [] : [...ancestorsOf(metadata, headId)].toReversed()
  const end = until === null ? line.length : endOn(line, until)
  const start = startOn(metadata, line, since)
  if (start > end) startsAfterEnd(bounds)
  return { snapshots: line.slice(start, end), last: line[end - 1] ?? null }
}

function isTime(point: HistoryPoint | null): point is HistoryPoint & { readonly kind: 'time' } {
  return point?.kind === 'time'
}

/** How many snapshots of a line, oldest first, were there at a point; null for a snapshot that is not on it. */
function countAt(line: readonly Snapshot[], point: HistoryPoint): number | null {
  if (point.kind === 'time') {
    const later = line.findIndex(({ timestampMs }) => timestampMs > point.timestampMs)
    return later < 0 ? line.length : later
  }
  // What the oldest kept snapshot came from is gone, and still known to have been right before it.
  if (line[0]?.parentId === point.snapshotId) return 0
  const index = line.findIndex(({ snapshotId }) => snapshotId === point.snapshotId)
  return index < 0 ? null : index + 1
}

function endOn(line: readonly Snapshot[], until: HistoryPoint): number {
  const count = countAt(line, until)
  if (count !== null) return count
  throw new IcebergError(
    'invalid',
    'the range ends at a snapshot that is not in the history of its branch: name another branch, or none',
    { context: { until: textOf(until) } },
  )
}

function startOn(metadata: TableMetadata, line: readonly Snapshot[], since: HistoryPoint): number {
  const count = countAt(line, since)
  if (count === null) return refuseStart(metadata, line, since)
  // Between a time and the oldest snapshot that is kept there may have been others.
  const [oldest] = line
  if (isTime(since) && count === 0 && isCutOff(oldest)) expiredStart(oldest, since)
  return count
}

/** Whether snapshots from before the oldest one of a line have expired. */
function isCutOff(oldest: Snapshot | undefined): oldest is Snapshot {
  return oldest !== undefined && oldest.parentId !== null
}

/** Says why no range of a line starts at a snapshot: it came later, it is of another line, it expired, it never was. */
function refuseStart(
  metadata: TableMetadata,
  line: readonly Snapshot[],
  since: HistoryPoint,
): never {
  const snapshotId = isTime(since) ? null : since.snapshotId
  const isKept = snapshotId !== null && snapshotById(metadata, snapshotId) !== undefined
  const common = isKept ? commonAncestor(metadata, line, snapshotId) : undefined
  const [oldest] = line
  const head = line.at(-1)
  if (head !== undefined && common === head) {
    startsAfterEnd({ since, until: { kind: 'snapshot', snapshotId: head.snapshotId } })
  }
  if (common === undefined && isCutOff(oldest)) expiredStart(oldest, since)
  const context = { since: textOf(since) }
  if (!isKept) {
    throw new IcebergError('not-found', 'the table has no snapshot such as the range starts at', {
      context,
    })
  }
  throw new IcebergError(
    'invalid',
    'the range starts at a snapshot that its end does not come from: start at the last one that is common to both',
    { context: { ...context, commonSnapshotId: common?.snapshotId ?? 'none' } },
  )
}

function commonAncestor(
  metadata: TableMetadata,
  line: readonly Snapshot[],
  snapshotId: bigint,
): Snapshot | undefined {
  const onLine = new Set(line)
  return [...ancestorsOf(metadata, snapshotId)].find((snapshot) => onLine.has(snapshot))
}

function expiredStart(oldest: Snapshot, since: HistoryPoint): never {
  throw new IcebergError(
    'not-found',
    'snapshots after the start of the range have expired, and what they appended is not known: read the whole table, or start at the oldest snapshot or time that can be used',
    {
      context: {
        since: textOf(since),
        oldestUsableSnapshotId: oldest.parentId ?? oldest.snapshotId,
        oldestUsableTimestampMs: oldest.timestampMs,
      },
    },
  )
}

function startsAfterEnd({ since, until }: Pick<RangeBounds, 'since' | 'until'>): never {
  throw new IcebergError('invalid', 'the range starts after it ends: exchange the two', {
    context: { since: textOf(since), until: until === null ? 'head' : textOf(until) },
  })
}

function textOf(point: HistoryPoint): bigint | number {
  return isTime(point) ? point.timestampMs : point.snapshotId
}
