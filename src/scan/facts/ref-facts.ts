import type { SnapshotRef } from '../../metadata/refs.ts'
import type { Facts } from './facts.ts'

/** The columns of the `refs` metadata table that other engines show. */
export function refFacts(name: string, ref: SnapshotRef): Facts {
  return {
    name,
    type: ref.kind.toUpperCase(),
    snapshot_id: ref.snapshotId,
    max_reference_age_in_ms: ref.maxRefAgeMs ?? null,
    min_snapshots_to_keep: ref.minSnapshotsToKeep ?? null,
    max_snapshot_age_in_ms: ref.maxSnapshotAgeMs ?? null,
  }
}
