import { IcebergError, isKind } from '../base/errors.ts'
import { isSameTable, snapshotById } from '../metadata/table-metadata.ts'
import type { TableState } from '../table/table-state.ts'
import type { ResolvedScan } from './resolve-scan.ts'

/**
 * What went wrong with a scan. Where a file is missing that is no damage, if what was read has expired since: then the error
 * says so. A scan never gives a part of the rows as if it were all.
 */
export async function scanError(
  { name, loaded, services }: TableState,
  scan: Pick<ResolvedScan, 'snapshot' | 'appends'>,
  error: unknown,
): Promise<unknown> {
  if (!isKind(error, 'not-found')) return error
  const newest = await services.catalog.loadTable(loaded.identifier).catch(() => null)
  if (newest === null || !isSameTable(loaded.metadata, newest.metadata)) return error
  const gone = snapshotIdsOf(scan).find((id) => snapshotById(newest.metadata, id) === undefined)
  if (gone === undefined) return error
  return new IcebergError(
    'not-found',
    'a snapshot that is read has expired since the table was loaded, and its files went with it: refresh the table, and read what it has now',
    { context: { ...error.context, table: name, snapshotId: gone }, cause: error },
  )
}

/** The snapshots whose lists lead to what is read. */
function snapshotIdsOf({
  snapshot,
  appends,
}: Pick<ResolvedScan, 'snapshot' | 'appends'>): readonly bigint[] {
  if (appends !== undefined) return appends.map((run) => run.snapshot.snapshotId)
  return snapshot === null ? [] : [snapshot.snapshotId]
}
