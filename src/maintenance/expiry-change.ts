// The commit of an expiry, worked out anew at every attempt.
import { snapshotById } from '../metadata/table-metadata.ts'
import type { TableMetadata } from '../metadata/table-metadata.ts'
import type { Change } from '../write/commit.ts'
import { checkMayRemoveFiles } from './own-files.ts'
import { planExpiryCommit } from './plan-expiry.ts'
import type { ExpiryCommit, ExpiryRequest } from './plan-expiry.ts'

/** The change that a commit makes, and what it was in the end. */
export interface ExpiryChange extends Change {
  /** What was proposed last; null before the first attempt. */
  proposed(): ExpiryCommit | null
}

export function expiryChange(request: ExpiryRequest): ExpiryChange {
  let proposed: ExpiryCommit | null = null
  return {
    proposed: () => proposed,
    async propose(state) {
      checkMayRemoveFiles(state)
      proposed = planExpiryCommit(state.metadata, request)
      const { snapshotIds, refs, requirements, updates } = proposed
      return snapshotIds.length + refs.length === 0 ? null : { requirements, updates }
    },
    isIn: (metadata) => proposed !== null && isDone(proposed, metadata),
  }
}

/** Whoever did it. */
function isDone({ before, snapshotIds, refs }: ExpiryCommit, metadata: TableMetadata): boolean {
  const hasMoved = (name: string): boolean =>
    metadata.refs.get(name)?.snapshotId !== before.refs.get(name)?.snapshotId
  return snapshotIds.every((id) => snapshotById(metadata, id) === undefined) && refs.every(hasMoved)
}
