// Which snapshots and refs a table need not keep any longer (spec: Snapshot Retention Policy).
import { ancestorsOf } from './history.ts'
import {
  EXPIRE_MAX_REF_AGE_MS,
  EXPIRE_MAX_SNAPSHOT_AGE_MS,
  EXPIRE_MIN_SNAPSHOTS_TO_KEEP,
  readProperty,
} from './properties.ts'
import { MAIN_BRANCH } from './refs.ts'
import type { SnapshotRef } from './refs.ts'
import type { Snapshot } from './snapshot.ts'
import { snapshotById } from './table-metadata.ts'
import type { TableMetadata } from './table-metadata.ts'

/** What expiry takes away. Snapshots in the order of the table, names of refs sorted. */
export interface RetentionPlan {
  readonly snapshotIds: readonly bigint[]
  readonly refs: readonly string[]
}

/** What counts where a ref has no word of its own, in place of the table's properties. */
export interface RetentionOptions {
  readonly nowMs: number
  readonly maxSnapshotAgeMs?: bigint
  readonly minSnapshotsToKeep?: number
  readonly maxRefAgeMs?: bigint
}

/**
 * The snapshots and refs to expire at a moment. A ref other than `main` goes when its snapshot has become too old for it;
 * of a branch that stays, those snapshots stay that are young enough or among its newest; what nothing needs goes.
 *
 * A snapshot on no line of a kept ref, because it was staged or rolled back from, stays as long as it is young, as with
 * Iceberg Java: its writer may be about to use it. The specification would let it go at once, and doubt falls on keeping.
 */
export function planRetention(metadata: TableMetadata, options: RetentionOptions): RetentionPlan {
  const policy = { ...policyOf(metadata), ...options }
  const kept = new Set<bigint>()
  const onKeptLines = new Set<bigint>()
  const refs: string[] = []
  for (const [name, ref] of metadata.refs) {
    if (isExpired(metadata, name, { ref, policy })) {
      refs.push(name)
      continue
    }
    for (const snapshotId of snapshotsOf(metadata, ref, policy)) kept.add(snapshotId)
    for (const { snapshotId } of ancestorsOf(metadata, ref.snapshotId)) onKeptLines.add(snapshotId)
  }
  const isStray = (snapshot: Snapshot): boolean =>
    !onKeptLines.has(snapshot.snapshotId) && ageOf(snapshot, policy) <= policy.maxSnapshotAgeMs
  const expired = metadata.snapshots.filter(
    (snapshot) => !kept.has(snapshot.snapshotId) && !isStray(snapshot),
  )
  return { snapshotIds: expired.map(({ snapshotId }) => snapshotId), refs: refs.toSorted() }
}

type Policy = Required<RetentionOptions>

function policyOf({ properties }: TableMetadata): Omit<Policy, 'nowMs'> {
  return {
    maxSnapshotAgeMs: readProperty(properties, EXPIRE_MAX_SNAPSHOT_AGE_MS),
    minSnapshotsToKeep: readProperty(properties, EXPIRE_MIN_SNAPSHOTS_TO_KEEP),
    maxRefAgeMs: readProperty(properties, EXPIRE_MAX_REF_AGE_MS),
  }
}

/** Of a ref to a snapshot that is gone there is nothing to keep. */
function isExpired(
  metadata: TableMetadata,
  name: string,
  { ref, policy }: { readonly ref: SnapshotRef; readonly policy: Policy },
): boolean {
  if (name === MAIN_BRANCH) return false
  const snapshot = snapshotById(metadata, ref.snapshotId)
  return snapshot === undefined || ageOf(snapshot, policy) > (ref.maxRefAgeMs ?? policy.maxRefAgeMs)
}

/** What a ref keeps: a tag its snapshot, a branch that one and those before it. */
function* snapshotsOf(
  metadata: TableMetadata,
  ref: SnapshotRef,
  policy: Policy,
): Generator<bigint, void> {
  yield ref.snapshotId
  if (ref.kind === 'tag') return
  const maxAgeMs = ref.maxSnapshotAgeMs ?? policy.maxSnapshotAgeMs
  const minToKeep = ref.minSnapshotsToKeep ?? policy.minSnapshotsToKeep
  let count = 0
  for (const snapshot of ancestorsOf(metadata, ref.snapshotId)) {
    if (count >= minToKeep && ageOf(snapshot, policy) > maxAgeMs) return
    yield snapshot.snapshotId
    count += 1
  }
}

function ageOf(snapshot: Snapshot, { nowMs }: Policy): bigint {
  return BigInt(nowMs - snapshot.timestampMs)
}
