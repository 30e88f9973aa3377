// The frame that all writes of rows share: manifests, manifest list, summary, updates, requirements.
import type { RequestOptions } from '../io/object-store.ts'
import { partitionPath } from '../layout/partition-key.ts'
import type { PartitionTuple } from '../layout/partition-tuple.ts'
import type { DataFile } from '../metadata/data-file.ts'
import { assignFirstRowIds } from '../metadata/first-row-ids.ts'
import type { ManifestFile } from '../metadata/manifest-file.ts'
import { partitionTypesOf } from '../metadata/partition-types.ts'
import { perSpec } from '../metadata/per-spec.ts'
import { SUMMARY_PARTITION_LIMIT, readProperty } from '../metadata/properties.ts'
import { MAIN_BRANCH } from '../metadata/refs.ts'
import { newSnapshotId } from '../metadata/snapshot-id.ts'
import { summarize } from '../metadata/snapshot-summary.ts'
import type { ManifestCounters, SummaryRequest } from '../metadata/snapshot-summary.ts'
import type { Operation, Snapshot } from '../metadata/snapshot.ts'
import { currentSnapshot, snapshotById } from '../metadata/table-metadata.ts'
import type { TableMetadata } from '../metadata/table-metadata.ts'
import type { TableUpdate } from '../metadata/updates.ts'
import { metadataFileLocation } from '../table/locations.ts'
import { mayHoldLiveFiles, readManifestList, writeManifestList } from '../table/manifest-io.ts'
import type { TableState } from '../table/table-state.ts'
import { listable } from './manifest-counts.ts'
import type { WriteContext } from './write-context.ts'

/** Where a new snapshot will stand. */
export interface SnapshotSlot {
  readonly snapshotId: bigint
  readonly sequenceNumber: bigint
  readonly parent: Snapshot | null
  /** The head that other commits left: what comes after it is of this commit. Null when they left none. */
  readonly committedId: bigint | null
}

/** What a write wants its snapshot to hold. */
export interface SnapshotContent {
  readonly operation: Operation
  readonly manifests: readonly ManifestFile[]
  readonly added: readonly DataFile[]
  readonly deleted: readonly DataFile[]
  /** Rows that were only moved from deleted files to added ones; none when absent. */
  readonly movedRows?: bigint
  /** The manifests are as they are meant to be, and none are put together; some may be when absent. */
  readonly areManifestsArranged?: boolean
  /** Entries of the summary beside the counters. */
  readonly summary: ReadonlyMap<string, string>
}

/**
 * A kind of write: works out the next snapshot's content against a version of the table, once per attempt. Null when
 * there is nothing to change.
 */
export interface SnapshotWrite {
  content(state: TableState, slot: SnapshotSlot): Promise<SnapshotContent | null>
}

/** The same files in fewer manifests, newest first. */
export type ManifestMerger = (
  state: TableState,
  slot: SnapshotSlot,
  manifests: readonly ManifestFile[],
) => Promise<readonly ManifestFile[]>

export interface ProducedSnapshot {
  readonly snapshot: Snapshot
  readonly content: SnapshotContent
  readonly updates: readonly TableUpdate[]
}

/** An id that no snapshot of the table has, and that is not taken otherwise. */
export function unusedSnapshotId(state: TableState, taken: ReadonlySet<bigint>): bigint {
  for (;;) {
    const snapshotId = newSnapshotId(state.services.environment)
    const isTaken = taken.has(snapshotId) || snapshotById(state.metadata, snapshotId) !== undefined
    if (!isTaken) return snapshotId
  }
}

export interface SnapshotRequest {
  readonly snapshotId: bigint
  readonly attempt: number
  readonly committedId: bigint | null
  /** Entries of the summary beside those of the write. */
  readonly summary: ReadonlyMap<string, string>
  readonly mergeManifests: ManifestMerger
}

interface ListRequest extends SnapshotRequest {
  readonly slot: SnapshotSlot
  readonly content: SnapshotContent
}

/**
 * The updates that put a new snapshot on the main branch; null when the write has nothing to change. The manifest list is
 * written on the way, under a name of its own for each attempt.
 */
export async function produceSnapshot(
  context: WriteContext,
  state: TableState,
  write: SnapshotWrite,
  options: SnapshotRequest,
): Promise<ProducedSnapshot | null> {
  const { metadata } = state
  const slot: SnapshotSlot = {
    snapshotId: options.snapshotId,
    sequenceNumber: nextSequenceNumber(metadata),
    parent: currentSnapshot(metadata),
    committedId: options.committedId,
  }
  const content = await write.content(state, slot)
  if (content === null) return null
  const snapshot = await listSnapshot(context, state, { ...options, slot, content })
  return { snapshot, content, updates: moveMain(metadata, snapshot) }
}

/** Writes the manifest list of a snapshot. */
async function listSnapshot(
  context: WriteContext,
  state: TableState,
  { slot, content, attempt, summary, mergeManifests }: ListRequest,
): Promise<Snapshot> {
  const { metadata, services } = state
  const { snapshotId, sequenceNumber, parent } = slot
  const identity = { snapshotId, parentId: parent?.snapshotId ?? null, sequenceNumber }
  const merged =
    content.areManifestsArranged === true
      ? content.manifests
      : await mergeManifests(state, slot, content.manifests)
  const manifests = await listable(state, merged, context)
  const rowIds = rowIdsOf(metadata, manifests)
  const fileName = `snap-${snapshotId}-${attempt}-${context.operationId}.avro`
  const manifestList = metadataFileLocation(metadata, fileName)
  const { formatVersion } = metadata
  const firstRowId = rowIds === null ? {} : { firstRowId: rowIds.firstRowId }
  const list = { ...identity, formatVersion, manifests, ...firstRowId }
  await writeManifestList(state, manifestList, list, context)
  return {
    ...identity,
    timestampMs: snapshotTimestamp(metadata, services.environment.nowMs()),
    manifestList,
    operation: content.operation,
    summary: summarize({
      ...content,
      parent,
      manifests: await manifestCounters(state, slot, manifests, context),
      extra: new Map([...summary, ...content.summary]),
      partitions: partitionsToTell(metadata),
    }),
    schemaId: metadata.currentSchemaId,
    ...rowIds,
  }
}

/** Told of every commit, as Iceberg Java does. */
async function manifestCounters(
  state: TableState,
  { snapshotId, parent }: SnapshotSlot,
  manifests: readonly ManifestFile[],
  options: RequestOptions,
): Promise<ManifestCounters> {
  const before = parent === null ? [] : await readManifestList(state, parent, options)
  const created = manifests.filter((manifest) => manifest.addedSnapshotId === snapshotId).length
  const kept = manifests.length - created
  return { created, kept, replaced: before.filter(mayHoldLiveFiles).length - kept }
}

/** Version 1 has none: all its snapshots have number 0 (spec: Sequence Numbers). */
function nextSequenceNumber({ formatVersion, lastSequenceNumber }: TableMetadata): bigint {
  return formatVersion === 1 ? 0n : lastSequenceNumber + 1n
}

/**
 * The row ids that a snapshot of these manifests takes, from the table's next one on; null below version 3. Worked out at
 * every attempt, because another commit may have taken them (spec: Snapshot Row IDs).
 */
function rowIdsOf(
  { formatVersion, nextRowId: firstRowId }: TableMetadata,
  manifests: readonly ManifestFile[],
): Required<Pick<Snapshot, 'firstRowId' | 'addedRows'>> | null {
  if (formatVersion < 3) return null
  const { nextRowId } = assignFirstRowIds(manifests, firstRowId)
  return { firstRowId, addedRows: nextRowId - firstRowId }
}

function partitionsToTell(metadata: TableMetadata): NonNullable<SummaryRequest['partitions']> {
  const pathsOf = perSpec(metadata, (spec) => {
    const types = partitionTypesOf(metadata, spec)
    return (tuple: PartitionTuple) => partitionPath(spec, types, tuple)
  })
  return {
    limit: readProperty(metadata.properties, SUMMARY_PARTITION_LIMIT),
    pathOf: ({ specId, partition }) => pathsOf(specId)(partition),
  }
}

/** Never before what the table has seen: a clock that steps back would otherwise put history out of order. */
function snapshotTimestamp(metadata: TableMetadata, nowMs: number): number {
  return Math.max(nowMs, metadata.lastUpdatedMs)
}

function moveMain(metadata: TableMetadata, snapshot: Snapshot): readonly TableUpdate[] {
  return [
    { action: 'add-snapshot', snapshot },
    {
      action: 'set-snapshot-ref',
      name: MAIN_BRANCH,
      ref: {
        ...metadata.refs.get(MAIN_BRANCH),
        snapshotId: snapshot.snapshotId,
        kind: 'branch',
      },
    },
  ]
}
