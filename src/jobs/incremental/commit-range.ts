/**
 * Windows over commit time. Conjuncts of a window's query on `_commit_timestamp` and `_commit_snapshot_id` become a range of
 * the source's history, of which the rows are read that were appended in it: it is planned from snapshots alone.
 *
 * A window that follows another begins where that one ended, snapshot for snapshot, whatever times they have: what a slow
 * writer commits late, with a time that has been read up to already, is in the next window and not in none.
 */
import { MICROS_PER_MS } from '../../base/civil-time.ts'
import { IcebergError } from '../../base/errors.ts'
import { floorDiv } from '../../base/integers.ts'
import { snapshotRange } from '../../metadata/snapshot-range.ts'
import type { HistoryPoint } from '../../metadata/snapshot-range.ts'
import type { TableMetadata } from '../../metadata/table-metadata.ts'
import { commitSnapshotIdColumn, commitTimestampColumn } from '../../types/reserved-fields.ts'
import { parseTimestamptz } from '../../types/temporal-text.ts'
import { momentOf } from '../key-text.ts'
import type { WindowPart } from './windowed-job.ts'

/** The columns that make a window one of commits. */
export const COMMIT_COLUMNS: readonly string[] = [
  commitTimestampColumn.name,
  commitSnapshotIdColumn.name,
]

/** `_commit_timestamp` or `_commit_snapshot_id` beside the value of a key. */
export interface CommitComparison {
  readonly unit: 'time' | 'snapshot'
  readonly operator: string
  readonly key: string
}

/** `(since, until]`; null for an end that the query does not have. */
export interface CommitBounds {
  readonly since: HistoryPoint | null
  readonly until: HistoryPoint | null
}

/**
 * The range that comparisons stand for.
 *
 * @param values of the keys; times without a zone are those of UTC
 * @throws IcebergError `invalid` when it is no range
 */
export function commitBounds(
  comparisons: readonly CommitComparison[],
  values: ReadonlyMap<string, string>,
): CommitBounds {
  const bounds = comparisons.map((comparison) => boundOf(comparison, values.get(comparison.key)))
  const lower = bounds.flatMap(({ since }) => since ?? [])
  const upper = bounds.flatMap(({ until }) => until ?? [])
  if (lower.length > 1 || upper.length > 1) throw noRange()
  return { since: lower[0] ?? null, until: upper[0] ?? null }
}

/** A range of commits, and the snapshots it stands for. */
export interface CommitRange {
  readonly since: HistoryPoint
  /** The snapshot that the range ends with, where the next one begins; null when there was none by then. */
  readonly lastSnapshotId: bigint | null
}

/**
 * The commits of a window.
 *
 * @param part says where the window before it ended, and what it has to end with where it was read before
 * @throws IcebergError `not-found` when snapshots of the range have expired, `invalid` when the source was rolled back
 */
export function commitRange(
  metadata: TableMetadata,
  bounds: CommitBounds,
  { source, afterSnapshotId }: Omit<WindowPart, 'values'>,
): CommitRange {
  const since: HistoryPoint =
    afterSnapshotId === null
      ? (bounds.since ?? BEFORE_ALL)
      : { kind: 'snapshot', snapshotId: afterSnapshotId }
  if (source === 'none') return { since, lastSnapshotId: null }
  const isCurrent = source === 'current'
  const until: HistoryPoint | null = isCurrent
    ? bounds.until
    : { kind: 'snapshot', snapshotId: source }
  const headId = isCurrent ? metadata.currentSnapshotId : source
  try {
    const { last } = snapshotRange(metadata, { headId, since, until })
    return { since, lastSnapshotId: last?.snapshotId ?? null }
  } catch (cause) {
    if (!(cause instanceof IcebergError)) throw cause
    throw new IcebergError(
      cause.kind,
      'the source has no such range of commits, as after a rollback or an expiry: say by `frazil state set` where the job shall resume',
      { context: cause.context, cause },
    )
  }
}

/** No snapshot is that old. */
const BEFORE_ALL: HistoryPoint = { kind: 'time', timestampMs: -1 }

function boundOf({ unit, operator }: CommitComparison, value: string | undefined): CommitBounds {
  if (value === undefined) throw noRange()
  return unit === 'time' ? timeBound(operator, value) : idBound(operator, value)
}

/** Commits have times of whole milliseconds: a point is the last of them that is at or before it. */
function timeBound(operator: string, value: string): CommitBounds {
  const micros = momentOf(value) ?? parseTimestamptz(value)
  if (micros === null) throw noRange()
  const at = point(floorDiv(micros, MICROS_PER_MS))
  const before = point(floorDiv(micros - 1n, MICROS_PER_MS))
  switch (operator) {
    case '>':
      return { since: at, until: null }
    case '>=':
      return { since: before, until: null }
    case '<=':
      return { since: null, until: at }
    case '<':
      return { since: null, until: before }
    default:
      throw noRange()
  }
}

function point(milliseconds: bigint): HistoryPoint {
  return { kind: 'time', timestampMs: Number(milliseconds) }
}

function idBound(operator: string, value: string): CommitBounds {
  if (!/^-?\d{1,19}$/.test(value)) throw noRange()
  const at: HistoryPoint = { kind: 'snapshot', snapshotId: BigInt(value) }
  if (operator === '>') return { since: at, until: null }
  if (operator === '<=') return { since: null, until: at }
  throw noRange()
}

function noRange(): IcebergError {
  return new IcebergError(
    'invalid',
    'a window of commits is one range of _commit_timestamp, or `_commit_snapshot_id > ... and _commit_snapshot_id <= ...`',
  )
}
