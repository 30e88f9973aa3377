// Puts small manifests of a snapshot to be together, as `commit.manifest-merge.enabled` and `commit.manifest.*` ask: the same
// live files, each with the snapshot, the sequence numbers and the row ids that it has (spec: Manifests). What cannot be
// written anew exactly as it was stays as it is.
import { assert } from '../base/assert.ts'
import { mapConcurrent } from '../base/concurrency.ts'
import { nextTurn } from '../base/environment.ts'
import { isKind } from '../base/errors.ts'
import { manifestBins } from '../metadata/manifest-bins.ts'
import type { MergePolicy } from '../metadata/manifest-bins.ts'
import type { ManifestEntry } from '../metadata/manifest-entry.ts'
import type { ManifestFile } from '../metadata/manifest-file.ts'
import { partitionTypesOf } from '../metadata/partition-types.ts'
import { perSpec } from '../metadata/per-spec.ts'
import {
  MANIFEST_MERGE_ENABLED,
  MANIFEST_MIN_COUNT_TO_MERGE,
  MANIFEST_TARGET_SIZE_BYTES,
  readProperty,
} from '../metadata/properties.ts'
import { specById } from '../metadata/table-metadata.ts'
import type { TableMetadata } from '../metadata/table-metadata.ts'
import { openManifest } from '../table/manifest-io.ts'
import { MAX_PIECE_ENTRIES, OpenManifest } from './manifest-writer.ts'
import type { ManifestMerger, SnapshotSlot } from './snapshot-producer.ts'
import type { WriteContext } from './write-context.ts'

const MANIFESTS_IN_FLIGHT = 8

type Bin = readonly ManifestFile[]

/** Merges manifests for one snapshot. What was merged for one attempt to commit it serves the next one where it can. */
export function createManifestMerger(context: WriteContext): ManifestMerger {
  const made = new Map<string, Bin>()
  return async (state, slot, manifests) => {
    if (!readProperty(state.metadata.properties, MANIFEST_MERGE_ENABLED)) return manifests
    const merged: ManifestFile[] = []
    for (const bin of manifestBins(manifests, policyOf(state.metadata))) {
      if (bin.length === 1) {
        merged.push(...bin)
        continue
      }
      const key = keyOf(state.metadata, slot, bin)
      const lines = made.get(key) ?? (await mergedBin({ ...context, state }, slot, bin))
      made.set(key, lines)
      merged.push(...lines.map((line) => placed(line, slot)))
    }
    return merged
  }
}

function policyOf(metadata: TableMetadata): MergePolicy {
  const { properties } = metadata
  const hasTypes = perSpec(metadata, (spec) => !partitionTypesOf(metadata, spec).includes(null))
  return {
    targetBytes: BigInt(readProperty(properties, MANIFEST_TARGET_SIZE_BYTES)),
    minCount: readProperty(properties, MANIFEST_MIN_COUNT_TO_MERGE),
    canRewrite: ({ specId, keyMetadata }) => keyMetadata === null && hasTypes(specId),
  }
}

/**
 * Equal for what is written alike. Between two attempts the table may get another form and manifests row ids, and what an
 * earlier snapshot of the same commit added gets other sequence numbers. This snapshot's own files inherit theirs.
 */
function keyOf(
  { formatVersion, currentSchemaId }: TableMetadata,
  { snapshotId }: SnapshotSlot,
  bin: Bin,
): string {
  const lines = bin.map(({ path, addedSnapshotId, sequenceNumber, firstRowId }) =>
    addedSnapshotId === snapshotId ? path : `${path} ${sequenceNumber} ${firstRowId ?? ''}`,
  )
  return [formatVersion, currentSchemaId, ...lines].join('\n')
}

/** A line of this snapshot's own, at the place in the table's history that the snapshot has now. */
function placed(line: ManifestFile, { snapshotId, sequenceNumber }: SnapshotSlot): ManifestFile {
  if (line.addedSnapshotId !== snapshotId) return line
  const hasOlder = line.minSequenceNumber < line.sequenceNumber
  return {
    ...line,
    sequenceNumber,
    minSequenceNumber: hasOlder ? line.minSequenceNumber : sequenceNumber,
  }
}

/** The manifest that takes the place of a bin, if anything is left to list; the bin where it cannot be read here. */
async function mergedBin(context: WriteContext, slot: SnapshotSlot, bin: Bin): Promise<Bin> {
  try {
    const merged = await mergedManifest(context, slot, bin)
    return merged.entryCount === 0 ? [] : [await merged.store()]
  } catch (error) {
    if (isKind(error, 'unsupported')) return bin
    throw error
  }
}

/** Entries are in memory some hundred at a time: a table that is never compacted has one for each commit there ever was. */
async function mergedManifest(
  context: WriteContext,
  slot: SnapshotSlot,
  bin: Bin,
): Promise<OpenManifest> {
  const [first] = bin
  assert(first !== undefined, 'a bin holds manifests')
  const { specId, content } = first
  const spec = specById(context.state.metadata, specId)
  const merged = new OpenManifest(context, { ...slot, spec, content })
  const deleted: ManifestEntry[] = []
  let piece: ManifestEntry[] = []
  for await (const entries of openedInOrder(context, bin)) {
    for (const entry of entries) {
      const carried = carriedOver(entry, slot)
      if (carried === null) continue
      if (carried.status === 'deleted') deleted.push(carried)
      else piece.push(carried)
      if (piece.length < MAX_PIECE_ENTRIES) continue
      merged.add(piece)
      piece = []
      await nextTurn()
    }
  }
  // The deleted ones last: readers differ on whether those take row ids too, which then no other file would notice.
  merged.add([...piece, ...deleted])
  return merged
}

function openedInOrder(
  { state, signal }: WriteContext,
  bin: Bin,
): AsyncGenerator<Iterable<ManifestEntry>> {
  const open = (manifest: ManifestFile, stop: AbortSignal): Promise<Iterable<ManifestEntry>> =>
    openManifest(state, manifest, { signal: stop })
  return mapConcurrent(bin, MANIFESTS_IN_FLIGHT, open, signal)
}

/** What this snapshot does is told in its own manifests, what others did in theirs: of those only live files are left. */
function carriedOver(entry: ManifestEntry, { snapshotId }: SnapshotSlot): ManifestEntry | null {
  const isOwn = entry.snapshotId === snapshotId
  if (entry.status === 'deleted') return isOwn ? entry : null
  if (entry.status === 'existing' || !isOwn) return { ...entry, status: 'existing' }
  // Files of rows that were there before keep the number of these rows; all others inherit theirs again.
  const isOlder = entry.dataSequenceNumber !== entry.fileSequenceNumber
  return {
    ...entry,
    dataSequenceNumber: isOlder ? entry.dataSequenceNumber : null,
    fileSequenceNumber: null,
  }
}
