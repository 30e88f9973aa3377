import { ancestorsOf } from '../../metadata/history.ts'
import { snapshotById } from '../../metadata/table-metadata.ts'
import type { SnapshotLogEntry, TableMetadata } from '../../metadata/table-metadata.ts'
import type { Facts } from './facts.ts'
import { momentText } from './values.ts'

/** The columns of the `history` metadata table that other engines show. */
export function historyFacts(metadata: TableMetadata): (entry: SnapshotLogEntry) => Facts {
  const { currentSnapshotId } = metadata
  const line = currentSnapshotId === null ? [] : ancestorsOf(metadata, currentSnapshotId)
  const ancestors = new Set(Array.from(line, ({ snapshotId }) => snapshotId))
  return ({ timestampMs, snapshotId }) => ({
    made_current_at: momentText(timestampMs),
    snapshot_id: snapshotId,
    parent_id: snapshotById(metadata, snapshotId)?.parentId ?? null,
    is_current_ancestor: ancestors.has(snapshotId),
  })
}
