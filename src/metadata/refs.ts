/** A branch or a tag (spec: Snapshot References). */
export interface SnapshotRef {
  readonly snapshotId: bigint
  readonly kind: 'branch' | 'tag'
  /** Branches only. */
  readonly minSnapshotsToKeep?: number
  /** Branches only. */
  readonly maxSnapshotAgeMs?: bigint
  readonly maxRefAgeMs?: bigint
}

export const MAIN_BRANCH = 'main'
