// All snapshots of a table, one after the other: their manifest lists, the manifests that none before had, and the files that
// no manifest before had. What is remembered of a manifest is a digest, and of a file eight bytes.
import { toHex } from '../../base/bytes.ts'
import { mapConcurrent } from '../../base/concurrency.ts'
import type { FieldSummary } from '../../layout/field-summary.ts'
import { decodeManifest } from '../../formats/avro/manifest-codec.ts'
import type { DataFile } from '../../metadata/data-file.ts'
import type { ManifestEntry } from '../../metadata/manifest-entry.ts'
import type { ManifestFile } from '../../metadata/manifest-file.ts'
import type { Snapshot } from '../../metadata/snapshot.ts'
import { snapshotById } from '../../metadata/table-metadata.ts'
import { readManifestList } from '../../table/manifest-io.ts'
import { readOrTell } from './context.ts'
import type { Examining } from './context.ts'
import { examineFile } from './examine-file.ts'
import { finding } from './finding.ts'
import type { Finding } from './finding.ts'
import { digestOf, isVector } from './manifest-digest.ts'
import type { ManifestDigest } from './manifest-digest.ts'
import { checkManifest } from './manifest-checks.ts'
import { pathNumber } from './path-number.ts'
import { checkListed, repeatedPaths } from './snapshot-checks.ts'

const FILES_IN_FLIGHT = 8
/** Files that are read from start to end, a few row groups of each in memory. */
const DEEP_FILES_IN_FLIGHT = 2

const OF_LISTS = {
  missing: 'missing-manifest-list',
  unreadable: 'unreadable-manifest-list',
} as const
const OF_MANIFESTS = { missing: 'missing-manifest', unreadable: 'unreadable-manifest' } as const

/** How much was looked at. */
export interface ExaminedCounts {
  readonly snapshots: number
  readonly manifests: number
  readonly files: number
}

export class SnapshotExaminer {
  readonly #examining: Examining
  /** By what a list says of a manifest; null for one that cannot be read. */
  readonly #digests = new Map<string, ManifestDigest | null>()
  readonly #files = new Set<number>()
  /** What was told of files by snapshots: the next snapshot lists most of them again. */
  readonly #told = new Set<number>()
  #snapshots = 0

  constructor(examining: Examining) {
    this.#examining = examining
  }

  get counts(): ExaminedCounts {
    return {
      snapshots: this.#snapshots,
      manifests: this.#digests.size,
      files: this.#files.size,
    }
  }

  async examine(snapshot: Snapshot): Promise<void> {
    const { state, findings, options } = this.#examining
    const { manifestList } = snapshot
    // Snapshots from before there were lists name their manifests themselves.
    const path = manifestList ?? state.loaded.metadataLocation
    const checks = manifestList === null ? OF_MANIFESTS : OF_LISTS
    const manifests = await readOrTell(findings, path, checks, () =>
      readManifestList(state, snapshot, options),
    )
    this.#snapshots += 1
    if (manifests === null) return
    const digests: ManifestDigest[] = []
    for (const manifest of manifests) {
      const digest = await this.#digestOf(manifest)
      if (digest !== null) digests.push(digest)
    }
    // Of a snapshot that is not known whole nothing can be said.
    if (digests.length < manifests.length) return
    const { formatVersion, nextRowId: next } = state.metadata
    const nextRowId = formatVersion < 3 ? null : next
    const sequenceNumberOf = (snapshotId: bigint): bigint | undefined =>
      snapshotById(state.metadata, snapshotId)?.sequenceNumber
    const listed = { snapshot, manifests, digests, nextRowId, sequenceNumberOf, path }
    this.#tell(checkListed(listed))
    await this.#findRepeated(snapshot, manifests, digests)
  }

  /** A manifest that another list tells of otherwise is looked at again. */
  async #digestOf(manifest: ManifestFile): Promise<ManifestDigest | null> {
    const line = lineKey(manifest)
    const known = this.#digests.get(line)
    if (known !== undefined) return known
    const digest = await this.#examineManifest(manifest)
    this.#digests.set(line, digest)
    return digest
  }

  async #examineManifest(manifest: ManifestFile): Promise<ManifestDigest | null> {
    const { state, findings } = this.#examining
    const { path, specId } = manifest
    if (!state.metadata.specs.some((spec) => spec.specId === specId)) {
      findings.add(finding('unknown-spec-id', path, { specId }))
      return null
    }
    const entries = await readOrTell(findings, path, OF_MANIFESTS, () => this.#entriesOf(manifest))
    if (entries === null) return null
    findings.add(...checkManifest(state.metadata, manifest, entries))
    await this.#examineFiles(entries)
    return digestOf(state.metadata, manifest, entries)
  }

  async #entriesOf(manifest: ManifestFile): Promise<readonly ManifestEntry[]> {
    const { state, findings, options } = this.#examining
    const { path, lengthBytes } = manifest
    const bytes = await state.services.store.get(path, undefined, options)
    if (BigInt(bytes.length) !== lengthBytes) {
      findings.add(finding('manifest-length', path, { stated: lengthBytes, found: bytes.length }))
    }
    return decodeManifest(bytes, manifest, state.metadata)
  }

  async #examineFiles(entries: readonly ManifestEntry[]): Promise<void> {
    const { isDeep, options } = this.#examining
    const files = entries.flatMap(({ status, file }) => {
      return status !== 'deleted' && this.#isNew(file) ? [file] : []
    })
    const limit = isDeep ? DEEP_FILES_IN_FLIGHT : FILES_IN_FLIGHT
    const looked = mapConcurrent(
      files,
      limit,
      (file) => examineFile(this.#examining, file),
      options.signal,
    )
    for await (const _ of looked) continue
  }

  #isNew(file: DataFile): boolean {
    const number = pathNumber(isVector(file) ? `${file.path}#${file.contentOffset}` : file.path)
    if (this.#files.has(number)) return false
    this.#files.add(number)
    return true
  }

  #tell(found: readonly Finding[]): void {
    for (const each of found) {
      const number = pathNumber(`${each.check} ${each.path}`)
      if (this.#told.has(number)) continue
      this.#told.add(number)
      this.#examining.findings.add(each)
    }
  }

  /** Paths of one number are compared as they are written. */
  async #findRepeated(
    { snapshotId }: Snapshot,
    manifests: readonly ManifestFile[],
    digests: readonly ManifestDigest[],
  ): Promise<void> {
    const repeated = repeatedPaths(digests)
    if (repeated.size === 0) return
    const seen = new Map<string, string>()
    for (const [index, manifest] of manifests.entries()) {
      if (digests[index]?.paths.some((number) => repeated.has(number)) !== true) continue
      for (const { status, file } of await this.#entriesOf(manifest)) {
        if (status === 'deleted' || isVector(file) || !repeated.has(pathNumber(file.path))) continue
        const other = seen.get(file.path)
        seen.set(file.path, manifest.path)
        if (other === undefined) continue
        const context = { snapshotId, manifest: manifest.path, other }
        this.#tell([finding('duplicate-file', file.path, context)])
      }
    }
  }
}

function lineKey(manifest: ManifestFile): string {
  const { path, lengthBytes, specId, content, sequenceNumber, minSequenceNumber } = manifest
  const { addedFiles, existingFiles, deletedFiles, addedRows, existingRows, deletedRows } = manifest
  const counts = [addedFiles, existingFiles, deletedFiles, addedRows, existingRows, deletedRows]
  const numbers = [lengthBytes, specId, sequenceNumber, minSequenceNumber, ...counts]
  const summaries = (manifest.partitions ?? []).map(summaryKey)
  return [path, content, manifest.firstRowId ?? '', ...numbers, ...summaries].join('\n')
}

/** A list may be wrong where another is not. */
function summaryKey({ containsNull, containsNan, lowerBound, upperBound }: FieldSummary): string {
  return [containsNull, containsNan, hexOf(lowerBound), hexOf(upperBound)].join()
}

function hexOf(bytes: Uint8Array | null): string {
  return bytes === null ? 'null' : toHex(bytes)
}
