import type { SnapshotRef } from '../../metadata/refs.ts'

/** A row of the `refs` metadata table. */
export type RefFacts = {
  readonly name: string
  /** `BRANCH` or `TAG`. */
  readonly type: string
  readonly snapshot_id: bigint
  readonly max_reference_age_in_ms: bigint | null
  readonly min_snapshots_to_keep: number | null
  readonly max_snapshot_age_in_ms: bigint | null
}

/** The columns of the `refs` metadata table that other engines show. */
export function refFacts(name: string, ref: SnapshotRef): RefFacts {
  return {
    name,
    type: ref.kind.toUpperCase(),
    snapshot_id: ref.snapshotId,
    max_reference_age_in_ms: ref.maxRefAgeMs ?? null,
    min_snapshots_to_keep: ref.minSnapshotsToKeep ?? null,
    max_snapshot_age_in_ms: ref.maxSnapshotAgeMs ?? null,
  }
}
