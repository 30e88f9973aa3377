import { ManifestEncoder } from '../formats/avro/manifest-codec.ts'
import type { PartitionSpec } from '../layout/partition-spec.ts'
import type { ManifestEntry } from '../metadata/manifest-entry.ts'
import type { ManifestFile } from '../metadata/manifest-file.ts'
import { PartitionSummary } from '../metadata/partition-summary.ts'
import { partitionTypesOf } from '../metadata/partition-types.ts'
import { MANIFEST_TARGET_SIZE_BYTES, readProperty } from '../metadata/properties.ts'
import { metadataFileLocation } from '../table/locations.ts'
import { EntryCounter } from './manifest-counts.ts'
import type { WriteContext } from './write-context.ts'

/** What an entry of usual size takes in a manifest: how many there will be is known only once they are written. */
export const BYTES_PER_ENTRY = 420

/** Entries that are encoded at once, of usual size: fewer compress badly, and more would take memory. */
export const MAX_PIECE_ENTRIES = 500

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
  { entries, ...form }: ManifestRequest & Pick<ManifestFile, 'content'>,
): Promise<ManifestFile> {
  const manifest = new OpenManifest(context, form)
  manifest.add(entries)
  return manifest.store()
}

type OpenManifestForm = Omit<ManifestRequest, 'entries'> & Pick<ManifestFile, 'content'>

/** A manifest that is made piece by piece. Of its entries nothing is kept but their bytes, and what the manifest list says of them. */
export class OpenManifest {
  readonly #context: WriteContext
  readonly #form: OpenManifestForm
  readonly #encoder: ManifestEncoder
  readonly #counter = new EntryCounter()
  readonly #partitions: PartitionSummary
  #minSequenceNumber: bigint
  #entryCount = 0

  /** @throws IcebergError `unsupported` when the spec has a field whose values have no known type */
  constructor(context: WriteContext, form: OpenManifestForm) {
    const { metadata } = context.state
    this.#context = context
    this.#form = form
    this.#encoder = new ManifestEncoder({ ...form, metadata })
    this.#partitions = new PartitionSummary(partitionTypesOf(metadata, form.spec))
    this.#minSequenceNumber = form.sequenceNumber
  }

  get entryCount(): number {
    return this.#entryCount
  }

  /** What it would take if it ended here. */
  get sizeBytes(): number {
    return this.#encoder.sizeBytes
  }

  /** Adds entries, which are compressed by themselves: few at a time compress badly. */
  add(entries: readonly ManifestEntry[]): void {
    this.#encoder.add(entries)
    this.#entryCount += entries.length
    for (const entry of entries) {
      const { status, dataSequenceNumber: own, file } = entry
      this.#counter.add(entry)
      this.#partitions.add(file.partition)
      if (status !== 'deleted' && own !== null && own < this.#minSequenceNumber)
        this.#minSequenceNumber = own
    }
  }

  /** Ends and stores it, and gives its line for the manifest list. */
  async store(): Promise<ManifestFile> {
    const { metadata, services } = this.#context.state
    const path = metadataFileLocation(
      metadata,
      `${this.#context.operationId}-m${this.#context.nextFileNumber()}.avro`,
    )
    const bytes = this.#encoder.finish()
    await services.store.put(path, bytes, 'create', this.#context)
    return this.#line(path, bytes.length)
  }

  #line(path: string, lengthBytes: number): ManifestFile {
    const { spec, content, snapshotId, sequenceNumber } = this.#form
    return {
      path,
      lengthBytes: BigInt(lengthBytes),
      specId: spec.specId,
      content,
      sequenceNumber,
      minSequenceNumber: this.#minSequenceNumber,
      addedSnapshotId: snapshotId,
      ...this.#counter.counts(),
      partitions: this.#partitions.fields(),
      keyMetadata: null,
    }
  }
}
