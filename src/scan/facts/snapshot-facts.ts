import type { Operation, Snapshot } from '../../metadata/snapshot.ts'
import { momentText } from './values.ts'

/** A row of the `snapshots` metadata table. */
export type SnapshotFacts = {
  readonly committed_at: string
  readonly snapshot_id: bigint
  readonly parent_id: bigint | null
  readonly operation: Operation
  readonly manifest_list: string | null
  readonly summary: ReadonlyMap<string, string>
}

/** The columns of the `snapshots` metadata table that other engines show. */
export function snapshotFacts(snapshot: Snapshot): SnapshotFacts {
  return {
    committed_at: momentText(snapshot.timestampMs),
    snapshot_id: snapshot.snapshotId,
    parent_id: snapshot.parentId,
    operation: snapshot.operation,
    manifest_list: snapshot.manifestList,
    summary: snapshot.summary,
  }
}
