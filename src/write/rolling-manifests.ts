// Entries to manifests of about one size, in the order in which they come. How much an entry takes is known only once it is
// compressed, so they are encoded piece by piece; and of what is encoded only what the manifest list says of it is kept.
import { nextTurn } from '../base/environment.ts'
import { openManifestEncoder } from '../formats/avro/manifest-codec.ts'
import type { ManifestEncoder } from '../formats/avro/manifest-codec.ts'
import type { PartitionSpec } from '../layout/partition-spec.ts'
import type { ManifestEntry } from '../metadata/manifest-entry.ts'
import type { ManifestFile } from '../metadata/manifest-file.ts'
import { noMetrics } from '../types/metrics.ts'
import { BYTES_PER_ENTRY, storeManifest } from './manifest-writer.ts'
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

/** Entries that are encoded at once, of usual size: fewer compress badly, and more would take memory. */
const MAX_PIECE_ENTRIES = 500

/** Before it is known what an entry takes. */
const FIRST_PIECE_ENTRIES = 8

/** A manifest is measured so many times while it grows, or it would grow far past its size. */
const PIECES_PER_MANIFEST = 16

export class RollingManifests {
  readonly #context: WriteContext
  readonly #target: RollingTarget
  readonly #manifests: ManifestFile[] = []
  #pending: ManifestEntry[] = []
  #listed: ManifestEntry[] = []
  #pieceEntries = FIRST_PIECE_ENTRIES
  #entryBytes = BYTES_PER_ENTRY
  #encoder: ManifestEncoder

  constructor(context: WriteContext, target: RollingTarget) {
    this.#context = context
    this.#target = target
    this.#measure(BYTES_PER_ENTRY, FIRST_PIECE_ENTRIES)
    this.#encoder = this.#openManifest()
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
    if (this.#listed.length > 0) await this.#endManifest()
    return this.#manifests
  }

  async #hasReached(bytes: number): Promise<boolean> {
    const foreseen = this.#encoder.sizeBytes + this.#pending.length * this.#entryBytes
    if (this.#listed.length + this.#pending.length === 0 || foreseen < bytes) return false
    await this.#encode()
    return this.#encoder.sizeBytes >= bytes
  }

  async #encode(): Promise<void> {
    if (this.#pending.length === 0) return
    const sizeBytes = this.#encoder.sizeBytes
    this.#encoder.add(this.#pending)
    this.#measure((this.#encoder.sizeBytes - sizeBytes) / this.#pending.length, MAX_PIECE_ENTRIES)
    for (const entry of this.#pending) {
      this.#listed.push({ ...entry, file: { ...entry.file, metrics: noMetrics } })
    }
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
    const request = { ...this.#target, entries: this.#listed }
    this.#manifests.push(await storeManifest(this.#context, request, this.#encoder.finish()))
    this.#listed = []
    this.#encoder = this.#openManifest()
  }

  #openManifest(): ManifestEncoder {
    const { metadata } = this.#context.state
    return openManifestEncoder({ ...this.#target, metadata })
  }
}
