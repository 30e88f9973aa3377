import { IcebergError } from '../base/errors.ts'
import type { Snapshot } from './snapshot.ts'
import { snapshotById } from './table-metadata.ts'
import type { TableMetadata } from './table-metadata.ts'

/**
 * The snapshot of that id.
 *
 * @throws IcebergError `not-found` when the table never had it, or it has expired
 */
export function keptSnapshot(metadata: TableMetadata, snapshotId: bigint): Snapshot {
  const snapshot = snapshotById(metadata, snapshotId)
  if (snapshot !== undefined) return snapshot
  throw new IcebergError('not-found', 'the table has no such snapshot, or it has expired', {
    context: { snapshotId },
  })
}

/**
 * The snapshot that was current at a time, by the table's log, which also knows of rollbacks (spec: Point in Time Reads
 * (Time Travel)). A snapshot counts from its own millisecond on.
 *
 * @throws IcebergError `not-found` when the log does not reach back that far, or the snapshot has expired
 */
export function snapshotAsOf(metadata: TableMetadata, timestampMs: number): Snapshot {
  const entry = metadata.snapshotLog.findLast((logged) => logged.timestampMs <= timestampMs)
  if (entry === undefined) {
    throw new IcebergError('not-found', 'table has no history at that time', {
      context: { timestampMs, oldestKnownMs: metadata.snapshotLog[0]?.timestampMs ?? 'none' },
    })
  }
  return keptSnapshot(metadata, entry.snapshotId)
}

/**
 * A snapshot and those that it came from, newest first, as far as they are kept.
 *
 * @throws IcebergError `not-found` when the table has no such snapshot
 * @throws IcebergError `corrupt` when a snapshot is its own ancestor
 */
export function* ancestorsOf(
  metadata: TableMetadata,
  snapshotId: bigint,
): Generator<Snapshot, void> {
  let snapshot: Snapshot | undefined = keptSnapshot(metadata, snapshotId)
  // A chain longer than the list of snapshots goes in a circle.
  for (let left = metadata.snapshots.length; snapshot !== undefined; left -= 1) {
    if (left === 0) {
      throw new IcebergError('corrupt', 'snapshot is its own ancestor', { context: { snapshotId } })
    }
    yield snapshot
    snapshot = snapshot.parentId === null ? undefined : snapshotById(metadata, snapshot.parentId)
  }
}

/** Whether one snapshot is `descendantId` itself or one that it came from. False when the way there has expired. */
export function isAncestor(
  metadata: TableMetadata,
  { ancestorId, descendantId }: { readonly ancestorId: bigint; readonly descendantId: bigint },
): boolean {
  for (const snapshot of ancestorsOf(metadata, descendantId)) {
    if (snapshot.snapshotId === ancestorId) return true
  }
  return false
}
