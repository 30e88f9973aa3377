// What expiry commits (spec: Snapshot Retention Policy), worked out from one version of a table.
import { carriedStandings } from '../metadata/carried-standing.ts'
import type { TableRequirement } from '../metadata/requirements.ts'
import { planRetention } from '../metadata/retention.ts'
import type { RetentionOptions } from '../metadata/retention.ts'
import type { TableMetadata } from '../metadata/table-metadata.ts'
import { applyUpdates } from '../metadata/updates.ts'
import type { TableUpdate } from '../metadata/updates.ts'

/** What is asked of a table, whichever version of it. */
export interface ExpiryRequest extends RetentionOptions {
  /** The most that may go: what somebody has seen a plan of. Anything when absent. */
  readonly only?: {
    readonly snapshotIds: ReadonlySet<bigint>
    readonly refs: ReadonlySet<string>
  }
}

/** The commit of an expiry. */
export interface ExpiryCommit {
  /** The version that it stands on. */
  readonly before: TableMetadata
  /** The table without what goes; what a catalog makes of it may be newer in time. */
  readonly after: TableMetadata
  readonly snapshotIds: readonly bigint[]
  readonly refs: readonly string[]
  /** Snapshots that stay only because they say where a job stands. */
  readonly jobSnapshotIds: readonly bigint[]
  readonly requirements: readonly TableRequirement[]
  readonly updates: readonly TableUpdate[]
}

/**
 * What goes, and that no ref may have moved until then: a ref that moves to a snapshot, or is made on one, keeps it.
 *
 * @throws IcebergError `invalid` when a ref that stays leads to a snapshot that is named
 */
export function planExpiryCommit(
  metadata: TableMetadata,
  { only, ...options }: ExpiryRequest,
): ExpiryCommit {
  const plan = planRetention(metadata, options)
  const refs = plan.refs.filter((name) => only?.refs.has(name) ?? true)
  const seen = plan.snapshotIds.filter((id) => only?.snapshotIds.has(id) ?? true)
  const snapshotIds = withoutHeld(metadata, { snapshotIds: seen, refs })
  const removals = removalsOf({ snapshotIds, refs })
  const after = applyUpdates(metadata, removals, options)
  const carried = carriedStandings(metadata, after)
  return {
    before: metadata,
    after: applyUpdates(after, carried, options),
    snapshotIds,
    refs,
    jobSnapshotIds: plan.jobSnapshotIds,
    requirements: requirementsOf(metadata),
    updates: [...removals, ...carried],
  }
}

interface Going {
  readonly snapshotIds: readonly bigint[]
  readonly refs: readonly string[]
}

/** What a ref leads to that was not seen to go has to stay with it. */
function withoutHeld(metadata: TableMetadata, { snapshotIds, refs }: Going): readonly bigint[] {
  const staying = [...metadata.refs].filter(([name]) => !refs.includes(name))
  const held = new Set(staying.map(([, { snapshotId }]) => snapshotId))
  return snapshotIds.filter((id) => !held.has(id))
}

function removalsOf({ snapshotIds, refs }: Going): readonly TableUpdate[] {
  return [
    ...refs.map((name) => ({ action: 'remove-snapshot-ref', name }) as const),
    ...(snapshotIds.length === 0 ? [] : [{ action: 'remove-snapshots', snapshotIds } as const]),
  ]
}

function requirementsOf({ tableUuid, refs }: TableMetadata): readonly TableRequirement[] {
  return [
    ...(tableUuid === null ? [] : [{ type: 'assert-table-uuid', uuid: tableUuid } as const]),
    ...[...refs].map(
      ([ref, { snapshotId }]) => ({ type: 'assert-ref-snapshot-id', ref, snapshotId }) as const,
    ),
  ]
}
