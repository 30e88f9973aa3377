import { IcebergError } from '../../base/errors.ts'
import type { JobTable } from '../lake.ts'

/**
 * Checks that a version that was read once is still there.
 *
 * @throws IcebergError `not-found` when it has expired
 */
export function checkKept({ name, snapshots }: JobTable, snapshotId: bigint): void {
  if (snapshots.some((snapshot) => snapshot.snapshotId === snapshotId)) return
  throw new IcebergError(
    'not-found',
    'the version of the source that the run has read has expired: its window can only be run over the source as it is, by a backfill',
    { context: { table: name, snapshotId } },
  )
}
