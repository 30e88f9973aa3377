// What updates of one commit do to snapshots, refs and the history that they leave.
import { IcebergError } from '../base/errors.ts'
import { INT64_MAX } from '../base/integers.ts'
import { MAIN_BRANCH } from './refs.ts'
import type { SnapshotRef } from './refs.ts'
import type { Snapshot } from './snapshot.ts'
import { currentSnapshot, snapshotById } from './table-metadata.ts'
import type { SnapshotLogEntry, TableMetadata } from './table-metadata.ts'

export function addSnapshot(metadata: TableMetadata, snapshot: Snapshot): Partial<TableMetadata> {
  const { snapshotId, sequenceNumber } = snapshot
  if (snapshotById(metadata, snapshotId) !== undefined) {
    throw new IcebergError('invalid', 'snapshot id is in use', { context: { snapshotId } })
  }
  checkSequenceNumber(metadata, sequenceNumber)
  return {
    snapshots: [...metadata.snapshots, snapshot],
    lastSequenceNumber: sequenceNumber,
    nextRowId: nextRowIdAfter(metadata, snapshot),
  }
}

function checkSequenceNumber(
  { formatVersion, lastSequenceNumber }: TableMetadata,
  sequenceNumber: bigint,
): void {
  const context = { sequenceNumber, lastSequenceNumber }
  if (formatVersion === 1 && sequenceNumber !== 0n) {
    throw new IcebergError('invalid', 'snapshots of version 1 have no sequence number', { context })
  }
  if (formatVersion > 1 && sequenceNumber <= lastSequenceNumber) {
    throw new IcebergError('conflict', 'sequence number of the snapshot was taken', { context })
  }
}

/** The rows that a snapshot adds have ids of their own from version 3 on (spec: Snapshot Row IDs). */
function nextRowIdAfter(
  { formatVersion, nextRowId }: TableMetadata,
  { snapshotId, firstRowId, addedRows }: Snapshot,
): bigint {
  const hasRowIds = firstRowId !== undefined && addedRows !== undefined
  if (formatVersion < 3) {
    if (!hasRowIds) return nextRowId
    throw new IcebergError('invalid', 'row ids need format version 3', { context: { snapshotId } })
  }
  if (!hasRowIds || addedRows < 0n) {
    throw new IcebergError('invalid', 'snapshot does not say which row ids it takes', {
      context: { snapshotId },
    })
  }
  if (firstRowId < nextRowId) {
    throw new IcebergError('conflict', 'row ids of the snapshot were taken', {
      context: { firstRowId, nextRowId },
    })
  }
  if (firstRowId + addedRows <= INT64_MAX) return firstRowId + addedRows
  throw new IcebergError('limit', 'table has no row ids left', { context: { nextRowId } })
}

export function setRef(
  metadata: TableMetadata,
  name: string,
  ref: SnapshotRef,
): Partial<TableMetadata> {
  if (snapshotById(metadata, ref.snapshotId) === undefined) {
    throw new IcebergError('not-found', 'the table has no such snapshot, or it has expired', {
      context: { snapshotId: ref.snapshotId, ref: name },
    })
  }
  const refs = new Map([...metadata.refs, [name, ref] as const])
  if (name !== MAIN_BRANCH) return { refs }
  if (ref.kind !== 'branch') throw new IcebergError('invalid', 'main must be a branch')
  return { refs, currentSnapshotId: ref.snapshotId }
}

/** Without its main branch a table has no rows, until the branch is set again. */
export function removeRef({ refs }: TableMetadata, name: string): Partial<TableMetadata> {
  const kept = new Map([...refs].filter(([candidate]) => candidate !== name))
  return name === MAIN_BRANCH ? { refs: kept, currentSnapshotId: null } : { refs: kept }
}

/** Refs to a snapshot and what was measured of it go with it. */
export function removeSnapshots(
  metadata: TableMetadata,
  snapshotIds: readonly bigint[],
): Partial<TableMetadata> {
  const removed = new Set(snapshotIds)
  const isKept = ({ snapshotId }: { readonly snapshotId: bigint }): boolean =>
    !removed.has(snapshotId)
  const refs = new Map([...metadata.refs].filter(([, ref]) => isKept(ref)))
  return {
    snapshots: metadata.snapshots.filter(isKept),
    refs,
    currentSnapshotId: refs.get(MAIN_BRANCH)?.snapshotId ?? null,
    statistics: metadata.statistics.filter(isKept),
    partitionStatistics: metadata.partitionStatistics.filter(isKept),
  }
}

/** Updates the time of the last change, and the log when another snapshot is current now (spec: Table Metadata Fields). */
export function settleHistory(
  base: TableMetadata,
  draft: TableMetadata,
  nowMs: number,
): TableMetadata {
  const lastLoggedMs = base.snapshotLog.at(-1)?.timestampMs ?? 0
  const snapshotLog = logOfKept(base, draft)
  const current = currentSnapshot(draft)
  if (current === null || current.snapshotId === base.currentSnapshotId) {
    const lastUpdatedMs = Math.max(nowMs, base.lastUpdatedMs, lastLoggedMs)
    return { ...draft, snapshotLog, lastUpdatedMs }
  }
  // A snapshot that this commit adds became current when it was made, any other one only now.
  const isNew = snapshotById(base, current.snapshotId) === undefined
  const timestampMs = Math.max(isNew ? current.timestampMs : nowMs, lastLoggedMs)
  return {
    ...draft,
    lastUpdatedMs: Math.max(nowMs, base.lastUpdatedMs, timestampMs),
    snapshotLog: [...snapshotLog, { timestampMs, snapshotId: current.snapshotId }],
  }
}

/**
 * The log after the last snapshot of it that this commit removes. What came before cannot be told any more: between the
 * entries around a gap the wrong snapshot would seem to have been current (spec: Table Metadata Fields). Gaps that were
 * there before are left to be.
 */
function logOfKept(base: TableMetadata, draft: TableMetadata): readonly SnapshotLogEntry[] {
  const lastGap = base.snapshotLog.findLastIndex(
    ({ snapshotId }) =>
      snapshotById(draft, snapshotId) === undefined && snapshotById(base, snapshotId) !== undefined,
  )
  return base.snapshotLog.slice(lastGap + 1)
}
