// Which snapshots and refs a table need not keep any longer (spec: Snapshot Retention Policy).
import { IcebergError } from '../base/errors.ts'
import { ancestorsOf } from './history.ts'
import { isStateKey } from './job-standing.ts'
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
  /** Snapshots that stay only because they say where a job stands. */
  readonly jobSnapshotIds: readonly bigint[]
}

/** What counts where a ref has no word of its own, in place of the table's properties. */
export interface RetentionOptions {
  readonly nowMs: number
  /** Snapshots are old that were made before this moment, in milliseconds since the epoch. */
  readonly olderThanMs?: bigint
  readonly minSnapshotsToKeep?: number
  readonly maxRefAgeMs?: bigint
  /** Snapshots that go as well, whatever would keep them but a ref. Those that the table does not have are gone already. */
  readonly snapshotIds?: readonly bigint[]
  /** Whether the newest snapshot of each branch stays that says where a job stands; `keep` when absent. */
  readonly jobSnapshots?: 'keep' | 'expire'
}

/**
 * The snapshots and refs to expire at a moment. A ref other than `main` goes when its snapshot has become too old for it;
 * of a branch that stays, those snapshots stay that are young enough or among its newest; what nothing needs goes.
 *
 * A snapshot on the line of no branch that stays, because it was staged or rolled back from, stays as long as it is young, as
 * with Iceberg Java: its writer may be about to use it. The specification would let it go at once, and doubt falls on keeping.
 *
 * @throws IcebergError `invalid` when a ref that stays leads to one of `snapshotIds`, saying which
 */
export function planRetention(metadata: TableMetadata, options: RetentionOptions): RetentionPlan {
  const policy = policyOf(metadata, options)
  const refs = [...metadata.refs].filter(
    ([name, ref]) => !isExpired(metadata, { name, ref, policy }),
  )
  const named = new Set(options.snapshotIds)
  checkNamed(refs, named)
  const kept = keptByPolicy(metadata, refs, policy)
  const isKept = ({ snapshotId }: Snapshot): boolean =>
    kept.has(snapshotId) && !named.has(snapshotId)
  const jobs = options.jobSnapshots === 'expire' ? new Set<bigint>() : newestOfJobs(metadata, refs)
  const isForJob = ({ snapshotId }: Snapshot): boolean =>
    jobs.has(snapshotId) && !kept.has(snapshotId) && !named.has(snapshotId)
  const keptRefs = new Set(refs.map(([name]) => name))
  return {
    snapshotIds: idsOf(metadata, (snapshot) => !isKept(snapshot) && !isForJob(snapshot)),
    refs: [...metadata.refs.keys()].filter((name) => !keptRefs.has(name)).toSorted(),
    jobSnapshotIds: idsOf(metadata, isForJob),
  }
}

type NamedRef = readonly [name: string, ref: SnapshotRef]

interface Policy {
  readonly nowMs: bigint
  readonly olderThanMs: bigint
  readonly minSnapshotsToKeep: number
  readonly maxRefAgeMs: bigint
}

function policyOf({ properties }: TableMetadata, options: RetentionOptions): Policy {
  const nowMs = BigInt(options.nowMs)
  return {
    nowMs,
    olderThanMs:
      options.olderThanMs ?? nowMs - readProperty(properties, EXPIRE_MAX_SNAPSHOT_AGE_MS),
    minSnapshotsToKeep:
      options.minSnapshotsToKeep ?? readProperty(properties, EXPIRE_MIN_SNAPSHOTS_TO_KEEP),
    maxRefAgeMs: options.maxRefAgeMs ?? readProperty(properties, EXPIRE_MAX_REF_AGE_MS),
  }
}

/** Of a ref to a snapshot that is gone there is nothing to keep. */
function isExpired(
  metadata: TableMetadata,
  {
    name,
    ref,
    policy,
  }: { readonly name: string; readonly ref: SnapshotRef; readonly policy: Policy },
): boolean {
  if (name === MAIN_BRANCH) return false
  const snapshot = snapshotById(metadata, ref.snapshotId)
  if (snapshot === undefined) return true
  return policy.nowMs - BigInt(snapshot.timestampMs) > (ref.maxRefAgeMs ?? policy.maxRefAgeMs)
}

function checkNamed(refs: readonly NamedRef[], named: ReadonlySet<bigint>): void {
  const holder = refs.find(([, ref]) => named.has(ref.snapshotId))
  if (holder === undefined) return
  const [ref, { snapshotId, kind }] = holder
  throw new IcebergError('invalid', 'a snapshot cannot expire that a branch or a tag leads to', {
    context: { snapshotId, ref, kind },
  })
}

/** What refs keep, and young snapshots on the line of no branch: a tag says nothing of those before its own. */
function keptByPolicy(
  metadata: TableMetadata,
  refs: readonly NamedRef[],
  policy: Policy,
): ReadonlySet<bigint> {
  const kept = new Set<bigint>()
  const onLines = new Set<bigint>()
  for (const [, ref] of refs) {
    for (const snapshotId of snapshotsOf(metadata, ref, policy)) kept.add(snapshotId)
    if (ref.kind === 'tag') continue
    for (const snapshotId of newOnLine(metadata, ref.snapshotId, onLines)) onLines.add(snapshotId)
  }
  for (const snapshot of metadata.snapshots) {
    const isStray = !onLines.has(snapshot.snapshotId)
    if (isStray && !isOlder(snapshot, policy.olderThanMs)) kept.add(snapshot.snapshotId)
  }
  return kept
}

/** What comes before the line of another branch. */
function newOnLine(
  metadata: TableMetadata,
  headId: bigint,
  onLines: ReadonlySet<bigint>,
): readonly bigint[] {
  const line: bigint[] = []
  for (const { snapshotId } of ancestorsOf(metadata, headId)) {
    if (onLines.has(snapshotId)) break
    line.push(snapshotId)
  }
  return line
}

/** What a ref keeps: a tag its snapshot, a branch that one and those before it. */
function* snapshotsOf(
  metadata: TableMetadata,
  ref: SnapshotRef,
  policy: Policy,
): Generator<bigint, void> {
  yield ref.snapshotId
  if (ref.kind === 'tag') return
  const { maxSnapshotAgeMs, minSnapshotsToKeep = policy.minSnapshotsToKeep } = ref
  const olderThanMs =
    maxSnapshotAgeMs === undefined ? policy.olderThanMs : policy.nowMs - maxSnapshotAgeMs
  let count = 0
  for (const snapshot of ancestorsOf(metadata, ref.snapshotId)) {
    if (count >= minSnapshotsToKeep && isOlder(snapshot, olderThanMs)) return
    yield snapshot.snapshotId
    count += 1
  }
}

function isOlder({ timestampMs }: Snapshot, olderThanMs: bigint): boolean {
  return BigInt(timestampMs) < olderThanMs
}

/** The newest snapshot of each branch that says where a job stands, for each job. */
function newestOfJobs(metadata: TableMetadata, refs: readonly NamedRef[]): ReadonlySet<bigint> {
  const newest = new Set<bigint>()
  const jobs = new Set(metadata.snapshots.flatMap(jobsOf))
  for (const [, { kind, snapshotId }] of refs) {
    if (kind === 'tag') continue
    for (const id of newestOfJobsOn(metadata, snapshotId, jobs)) newest.add(id)
  }
  return newest
}

/** Looks no further back than for the last of the jobs. */
function* newestOfJobsOn(
  metadata: TableMetadata,
  headId: bigint,
  jobs: ReadonlySet<string>,
): Generator<bigint, void> {
  const left = new Set(jobs)
  if (left.size === 0) return
  for (const snapshot of ancestorsOf(metadata, headId)) {
    for (const job of jobsOf(snapshot)) if (left.delete(job)) yield snapshot.snapshotId
    if (left.size === 0) return
  }
}

function jobsOf({ summary }: Snapshot): readonly string[] {
  return [...summary.keys()].filter(isStateKey)
}

function idsOf(
  { snapshots }: TableMetadata,
  isWanted: (snapshot: Snapshot) => boolean,
): readonly bigint[] {
  return snapshots.filter(isWanted).map(({ snapshotId }) => snapshotId)
}
