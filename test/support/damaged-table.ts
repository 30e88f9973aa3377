/** A table, and ways to damage what is stored of it: metadata, manifest lists, manifests and files. */
import { parseJson, stringifyJson } from '../../src/base/json-exact.ts'
import { decodeManifest, encodeManifest } from '../../src/formats/avro/manifest-codec.ts'
import {
  decodeManifestList,
  encodeManifestList,
} from '../../src/formats/avro/manifest-list-codec.ts'
import { encodeDeletionVector } from '../../src/formats/puffin/deletion-vector.ts'
import { encodePuffin } from '../../src/formats/puffin/file.ts'
import { positionSet } from '../../src/formats/puffin/roaring.ts'
import type { ObjectStore } from '../../src/io/object-store.ts'
import type { DataFile } from '../../src/metadata/data-file.ts'
import type { ManifestEntry } from '../../src/metadata/manifest-entry.ts'
import type { ManifestFile } from '../../src/metadata/manifest-file.ts'
import type { Snapshot } from '../../src/metadata/snapshot.ts'
import { currentSnapshot, specById } from '../../src/metadata/table-metadata.ts'
import { noMetrics } from '../../src/types/metrics.ts'
import type { TableState } from '../../src/table/table-state.ts'

/** Metadata as it is stored. */
export type MetadataJson = Record<string, unknown> & {
  readonly snapshots: Record<string, unknown>[]
  readonly schemas: { readonly fields: Record<string, unknown>[] }[]
}

/** The current snapshot of a table, to be damaged where it is stored. */
export class DamagedTable {
  readonly #state: TableState
  readonly #snapshot: Snapshot

  constructor(state: TableState) {
    const snapshot = currentSnapshot(state.metadata)
    if (snapshot === null) throw new Error('the table has a snapshot')
    this.#state = state
    this.#snapshot = snapshot
  }

  get store(): ObjectStore {
    return this.#state.services.store
  }

  get metadataLocation(): string {
    return this.#state.loaded.metadataLocation
  }

  get manifestList(): string {
    return this.#snapshot.manifestList ?? ''
  }

  async put(path: string, bytes: Uint8Array): Promise<void> {
    await this.store.put(path, bytes, 'overwrite')
  }

  /** Takes away the last bytes of a file. */
  async cut(path: string, length: number): Promise<void> {
    const bytes = await this.store.get(path)
    await this.put(path, bytes.slice(0, bytes.length - length))
  }

  async editMetadata(edit: (metadata: MetadataJson) => void): Promise<void> {
    const text = new TextDecoder().decode(await this.store.get(this.metadataLocation))
    const metadata = parseJson(text) as MetadataJson
    edit(metadata)
    await this.put(this.metadataLocation, new TextEncoder().encode(stringifyJson(metadata)))
  }

  async manifests(): Promise<ManifestFile[]> {
    return decodeManifestList(await this.store.get(this.manifestList))
  }

  async editList(edit: (manifests: ManifestFile[]) => ManifestFile[]): Promise<void> {
    const { formatVersion } = this.#state.metadata
    const { snapshotId, parentId, sequenceNumber, firstRowId } = this.#snapshot
    const list = encodeManifestList({
      formatVersion,
      snapshotId,
      parentId,
      sequenceNumber,
      manifests: edit(await this.manifests()),
      ...(firstRowId === undefined ? {} : { firstRowId }),
    })
    await this.put(this.manifestList, list)
  }

  /** The first manifest, as its list says. */
  async manifest(): Promise<ManifestFile> {
    const [first] = await this.manifests()
    if (first === undefined) throw new Error('the snapshot has a manifest')
    return first
  }

  async entries(): Promise<ManifestEntry[]> {
    const manifest = await this.manifest()
    return decodeManifest(await this.store.get(manifest.path), manifest, this.#state.metadata)
  }

  async file(): Promise<DataFile> {
    const [first] = await this.entries()
    if (first === undefined) throw new Error('the manifest has an entry')
    return first.file
  }

  /** Changes the entries of the first manifest. What the list says of it stays true, but for its counts. */
  async editEntries(edit: (entries: ManifestEntry[]) => ManifestEntry[]): Promise<void> {
    const manifest = await this.manifest()
    const bytes = this.#encoded(manifest, edit(await this.entries()))
    await this.put(manifest.path, bytes)
    await this.editList(([, ...others]) => [
      { ...manifest, lengthBytes: BigInt(bytes.length) },
      ...others,
    ])
  }

  /** Changes what the first entry says of its file. */
  async editFile(edit: (file: DataFile) => DataFile): Promise<void> {
    await this.editEntries(([first, ...others]) =>
      first === undefined ? [] : [{ ...first, file: edit(first.file) }, ...others],
    )
  }

  /** Adds a manifest of deletes, whose files are there. */
  async addDeletes(files: readonly DataFile[]): Promise<void> {
    const data = await this.manifest()
    const sequenceNumber = this.#snapshot.sequenceNumber
    const entries = files.map((file) => ({
      status: 'added' as const,
      snapshotId: this.#snapshot.snapshotId,
      dataSequenceNumber: sequenceNumber,
      fileSequenceNumber: sequenceNumber,
      file,
    }))
    const { firstRowId: _, ...line } = data
    const rows = files.reduce((sum, { recordCount }) => sum + recordCount, 0n)
    const manifest: ManifestFile = {
      ...line,
      path: `${data.path}.deletes.avro`,
      content: 'deletes',
      sequenceNumber,
      minSequenceNumber: sequenceNumber,
      addedFiles: files.length,
      addedRows: rows,
      partitions: null,
    }
    const bytes = this.#encoded(manifest, entries)
    await this.put(manifest.path, bytes)
    await this.editList((all) => [...all, { ...manifest, lengthBytes: BigInt(bytes.length) }])
    await this.editMetadata((metadata) => {
      const summary = metadata.snapshots.at(-1)?.['summary'] as Record<string, string>
      summary['total-delete-files'] = String(files.length)
      summary['total-position-deletes'] = String(rows)
      delete summary['total-files-size']
    })
  }

  /** A deletion vector, stored, of two rows of a data file. */
  async vectorOf(
    data: Pick<DataFile, 'path' | 'specId' | 'partition'>,
    name: string,
  ): Promise<DataFile> {
    const blob = encodeDeletionVector(positionSet([0n, 1n]))
    const properties = new Map([
      ['referenced-data-file', data.path],
      ['cardinality', '2'],
    ])
    const bytes = encodePuffin([
      {
        type: 'deletion-vector-v1',
        fieldIds: [],
        snapshotId: -1n,
        sequenceNumber: -1n,
        properties,
        bytes: blob,
      },
    ])
    const path = `${this.#state.metadata.location}/data/${name}.puffin`
    await this.put(path, bytes)
    return {
      content: 'position-deletes',
      path,
      format: 'puffin',
      specId: data.specId,
      partition: data.partition,
      recordCount: 2n,
      fileSizeBytes: BigInt(bytes.length),
      metrics: noMetrics,
      splitOffsets: null,
      equalityIds: null,
      sortOrderId: null,
      keyMetadata: null,
      referencedDataFile: data.path,
      contentOffset: 4n,
      contentSizeBytes: BigInt(blob.length),
    }
  }

  #encoded(manifest: ManifestFile, entries: readonly ManifestEntry[]): Uint8Array {
    const { metadata } = this.#state
    const spec = specById(metadata, manifest.specId)
    return encodeManifest({ metadata, spec, content: manifest.content, entries })
  }
}
