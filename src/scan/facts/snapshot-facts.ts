import type { Snapshot } from '../../metadata/snapshot.ts'
import type { Facts } from './facts.ts'
import { momentText } from './values.ts'

/** The columns of the `snapshots` metadata table that other engines show. */
export function snapshotFacts(snapshot: Snapshot): Facts {
  return {
    committed_at: momentText(snapshot.timestampMs),
    snapshot_id: snapshot.snapshotId,
    parent_id: snapshot.parentId,
    operation: snapshot.operation,
    manifest_list: snapshot.manifestList,
    summary: snapshot.summary,
  }
}
