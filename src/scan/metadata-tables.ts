// What a snapshot consists of: its manifests, their entries, and what these add up to partition by partition.
import type { RequestOptions } from '../io/object-store.ts'
import { partitionKey } from '../layout/partition-key.ts'
import type { PartitionTuple } from '../layout/partition-tuple.ts'
import type { DataFile, FileContent } from '../metadata/data-file.ts'
import type { ManifestEntry } from '../metadata/manifest-entry.ts'
import type { ManifestFile } from '../metadata/manifest-file.ts'
import { partitionTypesOf } from '../metadata/partition-types.ts'
import { perSpec } from '../metadata/per-spec.ts'
import type { Snapshot } from '../metadata/snapshot.ts'
import { snapshotById } from '../metadata/table-metadata.ts'
import type { TableMetadata } from '../metadata/table-metadata.ts'
import { readManifest, readManifestList } from '../table/manifest-io.ts'
import type { TableState } from '../table/table-state.ts'

/** The manifests of a snapshot in the order of its list; none for a table without snapshots. */
export async function listManifests(
  state: TableState,
  snapshot: Snapshot | null,
  options: RequestOptions = {},
): Promise<readonly ManifestFile[]> {
  return snapshot === null ? [] : readManifestList(state, snapshot, options)
}

/** Which entries are listed. */
export interface EntryOptions extends RequestOptions {
  /** Only those of manifests of data, or of deletes; of both when absent. */
  readonly content?: ManifestFile['content']
}

/** The entries of all manifests of a snapshot, in order, those of deleted files and of files of deletes too. */
export async function* listEntries(
  state: TableState,
  snapshot: Snapshot | null,
  { content, ...options }: EntryOptions = {},
): AsyncGenerator<ManifestEntry> {
  for (const manifest of await listManifests(state, snapshot, options)) {
    if (content !== undefined && content !== manifest.content) continue
    yield* await readManifest(state, manifest, options)
  }
}

/** A manifest in the list of a snapshot. */
export interface ListedManifest {
  readonly manifest: ManifestFile
  readonly snapshot: Snapshot
}

/** The manifests of every snapshot of a table, in the order of the snapshots: one for each time that it is listed. */
export async function* listAllManifests(
  state: TableState,
  options: RequestOptions = {},
): AsyncGenerator<ListedManifest> {
  for (const snapshot of state.metadata.snapshots) {
    for (const manifest of await listManifests(state, snapshot, options)) {
      yield { manifest, snapshot }
    }
  }
}

/**
 * The entries of all manifests that any snapshot of a table lists, each manifest read once. A file that was carried over to
 * another manifest has several entries.
 */
export async function* listAllEntries(
  state: TableState,
  { content, ...options }: EntryOptions = {},
): AsyncGenerator<ManifestEntry> {
  const known = new Set<string>()
  for await (const { manifest } of listAllManifests(state, options)) {
    if (content !== undefined && content !== manifest.content) continue
    if (known.has(manifest.path)) continue
    known.add(manifest.path)
    yield* await readManifest(state, manifest, options)
  }
}

/** Rows and files of one kind. */
export interface ContentTotals {
  readonly files: number
  readonly rows: bigint
  readonly sizeBytes: bigint
}

/** What a snapshot has in one partition. Rows of deletes are not taken off those of data. */
export interface PartitionTotals {
  readonly specId: number
  readonly partition: PartitionTuple
  readonly contents: Readonly<Record<FileContent, ContentTotals>>
  /** The newest of the snapshots that its files came with and that the table still has; null when there is none. */
  readonly lastUpdated: Snapshot | null
}

/** What a snapshot has in each partition, in the order in which they come up. */
export async function sumPartitions(
  state: TableState,
  snapshot: Snapshot | null,
  options: RequestOptions = {},
): Promise<readonly PartitionTotals[]> {
  const keyOf = partitionKeys(state.metadata)
  const totals = new Map<string, PartitionTotals>()
  for await (const { status, file, snapshotId } of listEntries(state, snapshot, options)) {
    if (status === 'deleted') continue
    const key = keyOf(file)
    const added = snapshotId === null ? undefined : snapshotById(state.metadata, snapshotId)
    totals.set(key, withFile(totals.get(key) ?? noFiles(file), file, added ?? null))
  }
  return [...totals.values()]
}

/** Tuples of different specs are different partitions. */
function partitionKeys(metadata: TableMetadata): (file: DataFile) => string {
  const types = perSpec(metadata, (spec) => partitionTypesOf(metadata, spec))
  return ({ specId, partition }) => `${specId}:${partitionKey(types(specId), partition)}`
}

const NONE: ContentTotals = { files: 0, rows: 0n, sizeBytes: 0n }

function noFiles({ specId, partition }: DataFile): PartitionTotals {
  const contents = { data: NONE, 'position-deletes': NONE, 'equality-deletes': NONE }
  return { specId, partition, contents, lastUpdated: null }
}

function withFile(
  totals: PartitionTotals,
  { content, recordCount, fileSizeBytes }: DataFile,
  added: Snapshot | null,
): PartitionTotals {
  const { files, rows, sizeBytes } = totals.contents[content]
  return {
    ...totals,
    contents: {
      ...totals.contents,
      [content]: {
        files: files + 1,
        rows: rows + recordCount,
        sizeBytes: sizeBytes + fileSizeBytes,
      },
    },
    lastUpdated: newerOf(totals.lastUpdated, added),
  }
}

function newerOf(left: Snapshot | null, right: Snapshot | null): Snapshot | null {
  if (left === null || right === null) return left ?? right
  return right.timestampMs > left.timestampMs ? right : left
}
