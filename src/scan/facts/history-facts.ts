import { ancestorsOf } from '../../metadata/history.ts'
import { snapshotById } from '../../metadata/table-metadata.ts'
import type { SnapshotLogEntry, TableMetadata } from '../../metadata/table-metadata.ts'
import { momentText } from './values.ts'

/** A row of the `history` metadata table. */
export type HistoryFacts = {
  readonly made_current_at: string
  readonly snapshot_id: bigint
  readonly parent_id: bigint | null
  readonly is_current_ancestor: boolean
}

/** The columns of the `history` metadata table that other engines show. */
export function historyFacts(metadata: TableMetadata): (entry: SnapshotLogEntry) => HistoryFacts {
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
