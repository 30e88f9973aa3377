// Entries to manifests of about one size, in the order in which they come. How much an entry takes is known only once it is
// compressed, so they are encoded piece by piece; and of what is encoded only what the manifest list says of it is kept.
import { nextTurn } from '../base/environment.ts'
import type { PartitionSpec } from '../layout/partition-spec.ts'
import type { ManifestEntry } from '../metadata/manifest-entry.ts'
import type { ManifestFile } from '../metadata/manifest-file.ts'
import { BYTES_PER_ENTRY, MAX_PIECE_ENTRIES, OpenManifest } from './manifest-writer.ts'
import type { WriteContext } from './write-context.ts'

export interface RollingTarget {
  readonly spec: PartitionSpec
  readonly content: ManifestFile['content']
  readonly snapshotId: bigint
  readonly sequenceNumber: bigint
  /** The size at which a manifest is full. */
  readonly targetBytes: number
  /** The size from which on one may end where a partition does. */
  readonly goodBytes: number
}

/** Before it is known what an entry takes. */
const FIRST_PIECE_ENTRIES = 8

/** A manifest is measured so many times while it grows, or it would grow far past its size. */
const PIECES_PER_MANIFEST = 16

export class RollingManifests {
  readonly #context: WriteContext
  readonly #target: RollingTarget
  readonly #manifests: ManifestFile[] = []
  #pending: ManifestEntry[] = []
  #pieceEntries = FIRST_PIECE_ENTRIES
  #entryBytes = BYTES_PER_ENTRY
  #manifest: OpenManifest

  constructor(context: WriteContext, target: RollingTarget) {
    this.#context = context
    this.#target = target
    this.#measure(BYTES_PER_ENTRY, FIRST_PIECE_ENTRIES)
    this.#manifest = new OpenManifest(context, target)
  }

  /** @param beginsPartition whether it is of another partition than the entry before it */
  async add(entry: ManifestEntry, beginsPartition: boolean): Promise<void> {
    const { targetBytes, goodBytes } = this.#target
    if (await this.#hasReached(beginsPartition ? goodBytes : targetBytes)) await this.#endManifest()
    this.#pending.push(entry)
    if (this.#pending.length >= this.#pieceEntries) await this.#encode()
  }

  /** Ends the last manifest. @returns all of them, in the order of their entries */
  async close(): Promise<readonly ManifestFile[]> {
    await this.#encode()
    if (this.#manifest.entryCount > 0) await this.#endManifest()
    return this.#manifests
  }

  async #hasReached(bytes: number): Promise<boolean> {
    const foreseen = this.#manifest.sizeBytes + this.#pending.length * this.#entryBytes
    if (this.#manifest.entryCount + this.#pending.length === 0 || foreseen < bytes) return false
    await this.#encode()
    return this.#manifest.sizeBytes >= bytes
  }

  async #encode(): Promise<void> {
    if (this.#pending.length === 0) return
    const { sizeBytes } = this.#manifest
    this.#manifest.add(this.#pending)
    this.#measure((this.#manifest.sizeBytes - sizeBytes) / this.#pending.length, MAX_PIECE_ENTRIES)
    this.#pending = []
    await nextTurn()
    this.#context.signal?.throwIfAborted()
  }

  #measure(entryBytes: number, maxEntries: number): void {
    const fitting = Math.floor(this.#target.targetBytes / entryBytes / PIECES_PER_MANIFEST)
    this.#entryBytes = entryBytes
    this.#pieceEntries = Math.min(maxEntries, Math.max(1, fitting))
  }

  async #endManifest(): Promise<void> {
    this.#manifests.push(await this.#manifest.store())
    this.#manifest = new OpenManifest(this.#context, this.#target)
  }
}
