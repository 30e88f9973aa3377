import { encodeManifest } from '../formats/avro/manifest-codec.ts'
import type { PartitionSpec } from '../layout/partition-spec.ts'
import type { ManifestEntry } from '../metadata/manifest-entry.ts'
import type { ManifestFile } from '../metadata/manifest-file.ts'
import { summarizePartitions } from '../metadata/partition-summary.ts'
import { partitionTypesOf } from '../metadata/partition-types.ts'
import { MANIFEST_TARGET_SIZE_BYTES, readProperty } from '../metadata/properties.ts'
import { metadataFileLocation } from '../table/locations.ts'
import { countEntries } from './manifest-counts.ts'
import type { WriteContext } from './write-context.ts'

/** What an entry of usual size takes in a manifest: how many there will be is known only once they are written. */
export const BYTES_PER_ENTRY = 420

export interface ManifestRequest {
  readonly spec: PartitionSpec
  readonly entries: readonly ManifestEntry[]
  readonly snapshotId: bigint
  /** What entries without sequence numbers will inherit. */
  readonly sequenceNumber: bigint
}

/** Writes data manifests for entries of one spec, as many as it takes, and gives their lines for the manifest list. */
export async function writeManifests(
  context: WriteContext,
  request: ManifestRequest,
): Promise<readonly ManifestFile[]> {
  const manifests: ManifestFile[] = []
  const targetBytes = readProperty(context.state.metadata.properties, MANIFEST_TARGET_SIZE_BYTES)
  const entriesEach = Math.max(1, Math.round(targetBytes / BYTES_PER_ENTRY))
  for (let start = 0; start < request.entries.length; start += entriesEach) {
    const entries = request.entries.slice(start, start + entriesEach)
    manifests.push(await writeManifest(context, { ...request, entries, content: 'data' }))
  }
  return manifests
}

/** Writes one manifest, however large it gets. */
export async function writeManifest(
  context: WriteContext,
  request: ManifestRequest & { readonly content: ManifestFile['content'] },
): Promise<ManifestFile> {
  const { metadata } = context.state
  return storeManifest(context, request, encodeManifest({ ...request, metadata }))
}

/** Stores a manifest that is encoded already. Metrics of its entries are not asked for. */
export async function storeManifest(
  context: WriteContext,
  request: ManifestRequest & { readonly content: ManifestFile['content'] },
  bytes: Uint8Array,
): Promise<ManifestFile> {
  const { metadata, services } = context.state
  const path = metadataFileLocation(
    metadata,
    `${context.operationId}-m${context.nextFileNumber()}.avro`,
  )
  await services.store.put(path, bytes, 'create', context)
  return manifestLine(path, bytes.length, request, partitionTypesOf(metadata, request.spec))
}

function manifestLine(
  path: string,
  lengthBytes: number,
  { spec, content, entries, snapshotId, sequenceNumber }: Parameters<typeof writeManifest>[1],
  types: ReturnType<typeof partitionTypesOf>,
): ManifestFile {
  return {
    path,
    lengthBytes: BigInt(lengthBytes),
    specId: spec.specId,
    content,
    sequenceNumber,
    minSequenceNumber: entries.reduce((lowest, entry) => {
      const own = entry.status === 'deleted' ? null : entry.dataSequenceNumber
      return own !== null && own < lowest ? own : lowest
    }, sequenceNumber),
    addedSnapshotId: snapshotId,
    ...countEntries(entries),
    partitions: summarizePartitions(
      types,
      entries.map((entry) => entry.file.partition),
    ),
    keyMetadata: null,
  }
}
