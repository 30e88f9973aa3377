// Which snapshots lie after a place in a table's history, and what is read of each.
import { IcebergError, isKind } from '../../base/errors.ts'
import { ancestorsOf, keptSnapshot } from '../../metadata/history.ts'
import { snapshotRange } from '../../metadata/snapshot-range.ts'
import type { Snapshot } from '../../metadata/snapshot.ts'
import { snapshotById } from '../../metadata/table-metadata.ts'
import type { TableMetadata } from '../../metadata/table-metadata.ts'
import { addsRows } from '../../scan/incremental.ts'
import type { AppendChoices } from '../../scan/incremental.ts'
import { isAtEnd } from './table-stream-offset.ts'
import type { TableOffset } from './table-stream-offset.ts'

/** What snapshots mean that are no plain appends, and which are too old to be read. */
export interface SnapshotRules extends AppendChoices {
  /** Snapshots from before it are passed over; null: none. */
  readonly fromMs: number | null
}

/** Files of a snapshot that lie in a range. */
export interface Stretch {
  readonly snapshot: Snapshot
  readonly scanAllFiles: boolean
  /** The first file, and the one after the last; null: to the end. */
  readonly start: number
  readonly end: number | null
}

/**
 * What lies between a place and the head of a line, oldest first.
 *
 * @throws IcebergError `not-found` when some of it has expired, naming the oldest snapshot to go on with
 * @throws IcebergError `invalid` when the line does not lead through the place: the table was rolled back
 */
export function stretchesAfter(
  metadata: TableMetadata,
  start: TableOffset,
  headId: bigint | null,
): readonly Stretch[] {
  const later = snapshotsAfter(metadata, start, headId).map((snapshot) => added(snapshot))
  if (start.snapshotId === null || isAtEnd(start)) return later
  const snapshot = snapshotById(metadata, start.snapshotId)
  if (snapshot === undefined) throw expired(metadata, start.snapshotId, headId)
  const { scanAllFiles, position } = start
  return [{ snapshot, scanAllFiles, start: position, end: null }, ...later]
}

/** What lies between two places, oldest first; throws as {@link stretchesAfter}. */
export function stretchesBetween(
  metadata: TableMetadata,
  start: TableOffset,
  end: TableOffset,
): readonly Stretch[] {
  if (end.snapshotId === null) return []
  const isWithin = start.snapshotId === end.snapshotId && start.scanAllFiles === end.scanAllFiles
  // Whoever reads all files of a snapshot begins with it, wherever the stream was before.
  if (isWithin || end.scanAllFiles) {
    const first = isWithin ? start.position : 0
    if (first >= end.position) return []
    const snapshot = keptOrExpired(metadata, end.snapshotId)
    return [{ snapshot, scanAllFiles: end.scanAllFiles, start: first, end: end.position }]
  }
  const stretches = stretchesAfter(
    metadata,
    start,
    keptOrExpired(metadata, end.snapshotId).snapshotId,
  )
  return stretches.map((stretch) =>
    stretch.snapshot.snapshotId === end.snapshotId ? { ...stretch, end: end.position } : stretch,
  )
}

/** All rows that a snapshot has. */
export function wholeOf(metadata: TableMetadata, snapshotId: bigint): Stretch {
  return { snapshot: keptSnapshot(metadata, snapshotId), scanAllFiles: true, start: 0, end: null }
}

function added(snapshot: Snapshot): Stretch {
  return { snapshot, scanAllFiles: false, start: 0, end: null }
}

/** The line that leads to a snapshot, oldest first. */
export function lineTo(metadata: TableMetadata, headId: bigint | null): readonly Snapshot[] {
  return headId === null ? [] : [...ancestorsOf(metadata, headId)].toReversed()
}

/**
 * Decides of each snapshot of the table whether its files are read.
 *
 * @throws IcebergError `invalid` when asked of a snapshot that removed rows and is not to be skipped
 */
export function snapshotReader(
  metadata: TableMetadata,
  headId: bigint | null,
  { fromMs, ...rules }: SnapshotRules,
): (stretch: Stretch) => boolean {
  const line = fromMs === null ? [] : lineTo(metadata, headId)
  const first = line.findIndex(({ timestampMs }) => timestampMs >= (fromMs ?? 0))
  const tooOld = new Set(line.slice(0, first < 0 ? line.length : first))
  return ({ snapshot, scanAllFiles }) =>
    scanAllFiles || (!tooOld.has(snapshot) && addsRows(snapshot, rules))
}

/** The error for a place whose snapshot is gone. */
export function expired(
  metadata: TableMetadata,
  snapshotId: bigint | null,
  headId: bigint | null,
  cause?: unknown,
): IcebergError {
  const isKept = headId !== null && snapshotById(metadata, headId) !== undefined
  const oldest = isKept ? lineTo(metadata, headId)[0] : undefined
  return new IcebergError(
    'not-found',
    'snapshots that the stream has not read have expired: begin the stream anew, or let onExpired rescan the table',
    {
      context: {
        snapshotId: snapshotId ?? 'none',
        oldestResumableSnapshotId: oldest?.snapshotId ?? 'none',
      },
      cause,
    },
  )
}

function keptOrExpired(metadata: TableMetadata, snapshotId: bigint): Snapshot {
  const snapshot = snapshotById(metadata, snapshotId)
  if (snapshot === undefined) throw expired(metadata, snapshotId, metadata.currentSnapshotId)
  return snapshot
}

function snapshotsAfter(
  metadata: TableMetadata,
  { snapshotId }: TableOffset,
  headId: bigint | null,
): readonly Snapshot[] {
  if (snapshotId === null) {
    const line = lineTo(metadata, headId)
    if ((line[0]?.parentId ?? null) !== null) throw expired(metadata, null, headId)
    return line
  }
  try {
    const since = { kind: 'snapshot', snapshotId } as const
    return snapshotRange(metadata, { headId, since, until: null }).snapshots
  } catch (error) {
    if (!isKind(error, 'not-found')) throw error
    throw expired(metadata, snapshotId, headId, error)
  }
}
