import { IcebergError } from '../../base/errors.ts'
import { alwaysFalse } from '../../expressions/build.ts'
import type { UnknownRow } from '../../client/row-shapes.ts'
import type { TableScan } from '../../scan/table-scan.ts'
import type { JobTable } from '../lake.ts'
import type { SourceVersion } from './windowed-job.ts'

/** Rows of a source at one of its versions. */
export interface VersionScan {
  readonly scan: TableScan<UnknownRow, UnknownRow>
  /** Null for a source that has no version, or had none then. */
  readonly snapshotId: bigint | null
}

/** @throws IcebergError `not-found` as {@link checkKept} */
export function scanVersion(source: JobTable, version: SourceVersion): VersionScan {
  if (version === 'current') {
    return { scan: source.scan(), snapshotId: source.currentSnapshot?.snapshotId ?? null }
  }
  // Whatever has come since, it was not there.
  if (version === 'none') return { scan: source.scan().where(alwaysFalse), snapshotId: null }
  checkKept(source, version)
  return { scan: source.scan().snapshot(version), snapshotId: version }
}

/**
 * Checks that a version that was read once is still there.
 *
 * @throws IcebergError `not-found` when it has expired
 */
export function checkKept({ name, snapshots }: JobTable, snapshotId: bigint): void {
  if (snapshots.some((snapshot) => snapshot.snapshotId === snapshotId)) return
  throw new IcebergError(
    'not-found',
    'the version of the source that the run has read has expired: set the state to where the job is to go on, with `frazil state set`, or run its window over the source as it is, by a backfill',
    { context: { table: name, snapshotId } },
  )
}
