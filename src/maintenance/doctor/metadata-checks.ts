// What is wrong with table metadata beyond its invariants: what its own readers live with, and others may not.
import { IcebergError } from '../../base/errors.ts'
import { metadataFaults } from '../../metadata/invariants.ts'
import type { Snapshot } from '../../metadata/snapshot.ts'
import { snapshotById } from '../../metadata/table-metadata.ts'
import type { TableMetadata } from '../../metadata/table-metadata.ts'
import { NAME_MAPPING_PROPERTY, parseNameMapping } from '../../types/name-mapping.ts'
import { faultFinding, finding } from './finding.ts'
import type { Finding } from './finding.ts'

/**
 * Checks table metadata of which only the shape is known.
 *
 * @param path of its file, for the findings
 */
export function checkMetadata(metadata: TableMetadata, path: string): readonly Finding[] {
  return [
    ...metadataFaults(metadata).map((fault) => faultFinding(fault, path)),
    ...metadata.snapshots.flatMap((snapshot) => checkSnapshot(metadata, snapshot, path)),
    ...checkAncestry(metadata, path),
    ...checkSnapshotLog(metadata, path),
    ...checkRetention(metadata, path),
    ...checkNameMapping(metadata, path),
    ...checkSnapshotRowIds(metadata, path),
    ...checkStatistics(metadata, path),
  ]
}

function checkSnapshot(
  metadata: TableMetadata,
  snapshot: Snapshot,
  path: string,
): readonly Finding[] {
  const { snapshotId, schemaId, parentId } = snapshot
  const hasSchema =
    schemaId === null || metadata.schemas.some((schema) => schema.schemaId === schemaId)
  const unknownSchema = hasSchema
    ? []
    : [finding('unknown-schema-id', path, { snapshotId, schemaId })]
  const parent = parentId === null ? undefined : snapshotById(metadata, parentId)
  if (parent === undefined) return unknownSchema
  return [...unknownSchema, ...checkParent(snapshot, parent, path)]
}

/** A parent may have expired; one that is there was made before (spec: Snapshots). */
function checkParent(
  { snapshotId, sequenceNumber }: Snapshot,
  parent: Snapshot,
  path: string,
): readonly Finding[] {
  // What was committed while the table was of version 1 has number 0.
  if (sequenceNumber === 0n || sequenceNumber > parent.sequenceNumber) return []
  return [
    finding('sequence-number-order', path, {
      snapshotId,
      sequenceNumber,
      parentId: parent.snapshotId,
      parentSequenceNumber: parent.sequenceNumber,
    }),
  ]
}

/** One finding for each circle of snapshots that are their own ancestors. */
function checkAncestry(metadata: TableMetadata, path: string): readonly Finding[] {
  const walkOf = new Map<bigint, number>()
  return metadata.snapshots.flatMap(({ snapshotId }, walk) => {
    let ancestor: bigint | null = snapshotId
    while (ancestor !== null && !walkOf.has(ancestor)) {
      walkOf.set(ancestor, walk)
      ancestor = snapshotById(metadata, ancestor)?.parentId ?? null
    }
    // A walk that ends at an earlier one has nothing new to tell.
    if (ancestor === null || walkOf.get(ancestor) !== walk) return []
    return [finding('snapshot-parent', path, { snapshotId: ancestor })]
  })
}

/** Who reads as of a time looks into the log (spec: Point in Time Reads (Time Travel)); it may be missing. */
function checkSnapshotLog(
  { snapshotLog, currentSnapshotId }: TableMetadata,
  path: string,
): readonly Finding[] {
  const last = snapshotLog.at(-1)
  if (last === undefined || currentSnapshotId === null || last.snapshotId === currentSnapshotId) {
    return []
  }
  return [finding('snapshot-log-end', path, { currentSnapshotId, snapshotId: last.snapshotId })]
}

/** What refs say of their retention is positive, and a tag says nothing of snapshots (spec: Snapshot References). */
function checkRetention({ refs }: TableMetadata, path: string): readonly Finding[] {
  return [...refs].flatMap(([ref, { kind, minSnapshotsToKeep, maxSnapshotAgeMs, maxRefAgeMs }]) => {
    const ofSnapshots = { minSnapshotsToKeep, maxSnapshotAgeMs }
    return Object.entries({ ...ofSnapshots, maxRefAgeMs }).flatMap(([field, value]) => {
      if (value === undefined) return []
      if (value > 0 && (kind === 'branch' || !(field in ofSnapshots))) return []
      return [finding('ref-retention', path, { ref, kind, field, value })]
    })
  })
}

function checkNameMapping({ properties }: TableMetadata, path: string): readonly Finding[] {
  const text = properties.get(NAME_MAPPING_PROPERTY)
  if (text === undefined) return []
  try {
    parseNameMapping(text)
    return []
  } catch (error) {
    if (!(error instanceof IcebergError)) throw error
    return [finding('name-mapping', path, { reason: error.message, ...error.context })]
  }
}

/** Each snapshot took row ids of its own (spec: Snapshot Row IDs). */
function checkSnapshotRowIds({ snapshots }: TableMetadata, path: string): readonly Finding[] {
  const taken = snapshots
    .flatMap(({ snapshotId, firstRowId, addedRows = 0n }) =>
      firstRowId === undefined || addedRows === 0n
        ? []
        : [{ snapshotId, first: firstRowId, end: firstRowId + addedRows }],
    )
    .sort((left, right) => (left.first < right.first ? -1 : 1))
  return taken.flatMap(({ snapshotId, first }, index) => {
    const before = taken[index - 1]
    if (before === undefined || before.end <= first) return []
    return [
      finding('snapshot-row-ids', path, {
        snapshotId,
        other: before.snapshotId,
        firstRowId: first,
      }),
    ]
  })
}

function checkStatistics(metadata: TableMetadata, path: string): readonly Finding[] {
  return [...metadata.statistics, ...metadata.partitionStatistics]
    .filter(({ snapshotId }) => snapshotById(metadata, snapshotId) === undefined)
    .map((file) =>
      finding('stray-statistics', path, { snapshotId: file.snapshotId, statistics: file.path }),
    )
}
