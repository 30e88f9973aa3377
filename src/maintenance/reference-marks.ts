// Which of many listed objects a table names. References are read after the listing, and again where the table has moved on:
// only what is new then is read.
import { unreachable } from '../base/assert.ts'
import { IcebergError } from '../base/errors.ts'
import type { RequestOptions } from '../io/object-store.ts'
import type { ManifestFile } from '../metadata/manifest-file.ts'
import type { Snapshot } from '../metadata/snapshot.ts'
import type { TableState } from '../table/table-state.ts'
import { spelledLocation } from './comparable-path.ts'
import type { SpelledLocation } from './comparable-path.ts'
import type { PathIndex } from './path-index.ts'
import { eachLiveFile, eachManifest, filesOfSnapshots } from './reachable-files.ts'

/** What to think of a reference that differs from a listed object in nothing but scheme or authority. */
export interface SpellingRules {
  /** Schemes that mean the same, each by the one that stands for it. `s3a` and `s3n` stand for `s3` anyway. */
  readonly equalSchemes: ReadonlyMap<string, string>
  readonly equalAuthorities: ReadonlyMap<string, string>
  /** `error`: nobody can say whether the object is named; `ignore`: it is; `delete`: it is not. */
  readonly prefixMismatch: 'error' | 'ignore' | 'delete'
}

/** Marks the paths of an index that a table names. */
export class ReferenceMarks {
  readonly #paths: PathIndex
  readonly #listed: Pick<SpelledLocation, 'scheme' | 'authority'>
  readonly #rules: SpellingRules
  readonly #onUnlisted: (location: string) => void
  readonly #isNamed: Uint8Array
  readonly #seenSnapshots = new Set<bigint>()
  readonly #seenManifests = new Set<string>()
  readonly #mismatches = new Set<string>()
  /** The version that was added last. */
  #version: string | null = null

  /**
   * @param folder what was listed: all listed objects have its scheme and authority
   * @param onUnlisted told of each name that is none of the paths
   */
  constructor(
    paths: PathIndex,
    folder: string,
    rules: SpellingRules,
    onUnlisted: (location: string) => void = () => undefined,
  ) {
    this.#paths = paths
    this.#rules = rules
    this.#onUnlisted = onUnlisted
    this.#listed = spelledLocation(folder)
    this.#isNamed = new Uint8Array(paths.size)
  }

  isNamed(index: number): boolean {
    return this.#isNamed[index] === 1
  }

  /**
   * Marks everything that a version of the table names, beside what former ones did. Of the version that was added last
   * nothing is read again.
   *
   * @throws IcebergError when anything cannot be read
   * @throws IcebergError `invalid` when names differ in scheme or authority alone and nobody said what that means
   */
  async add(state: TableState, options: RequestOptions = {}): Promise<void> {
    const { loaded, metadata } = state
    if (this.#version === loaded.metadataLocation) return
    this.#mark(loaded.metadataLocation)
    for (const { metadataFile } of metadata.metadataLog) this.#mark(metadataFile)
    for (const { path } of filesOfSnapshots(metadata)) this.#mark(path)
    const seen = {
      snapshots: this.#newSnapshots(state),
      manifests: new Map<string, ManifestFile>(),
    }
    const visit = (manifest: ManifestFile): void => {
      if (!this.#seenManifests.has(manifest.path)) seen.manifests.set(manifest.path, manifest)
    }
    await eachManifest(state, seen.snapshots, visit, options)
    for (const path of seen.manifests.keys()) this.#mark(path)
    await eachLiveFile(state, seen.manifests.values(), ({ path }) => this.#mark(path), options)
    this.#checkMismatches()
    // Not before: what was read in part has to be read again.
    for (const { snapshotId } of seen.snapshots) this.#seenSnapshots.add(snapshotId)
    for (const path of seen.manifests.keys()) this.#seenManifests.add(path)
    this.#version = loaded.metadataLocation
  }

  /**
   * Passes over what snapshots lead to that are known to name none of the paths: their lists are read, and nothing else.
   *
   * @throws IcebergError when a list cannot be read
   */
  async pass(
    state: TableState,
    snapshots: readonly Snapshot[],
    options: RequestOptions = {},
  ): Promise<void> {
    await eachManifest(state, snapshots, ({ path }) => this.#seenManifests.add(path), options)
    for (const { snapshotId } of snapshots) this.#seenSnapshots.add(snapshotId)
  }

  #newSnapshots({ metadata }: TableState): readonly Snapshot[] {
    return metadata.snapshots.filter(({ snapshotId }) => !this.#seenSnapshots.has(snapshotId))
  }

  #mark(location: string): void {
    const named = spelledLocation(location)
    const index = this.#paths.find(named.path)
    if (index < 0) return this.#onUnlisted(location)
    if (this.#isNamed[index] === 1) return
    if (this.#isSameStore(named)) {
      this.#isNamed[index] = 1
      return
    }
    switch (this.#rules.prefixMismatch) {
      case 'error':
        this.#mismatches.add(prefixOf(named))
        return
      case 'ignore':
        this.#isNamed[index] = 1
        return
      case 'delete':
        return
      default:
        unreachable(this.#rules.prefixMismatch)
    }
  }

  /** A reference without a scheme or an authority says nothing of them. */
  #isSameStore({ scheme, authority }: SpelledLocation): boolean {
    const { equalAuthorities } = this.#rules
    const standFor = (name: string): string => equalAuthorities.get(name) ?? name
    const isSameScheme =
      scheme === null || this.#schemeFor(scheme) === this.#schemeFor(this.#listed.scheme ?? 'file')
    return (
      isSameScheme && (authority === '' || standFor(authority) === standFor(this.#listed.authority))
    )
  }

  #schemeFor(scheme: string): string {
    return this.#rules.equalSchemes.get(scheme) ?? HADOOP_SCHEMES.get(scheme) ?? scheme
  }

  #checkMismatches(): void {
    if (this.#mismatches.size === 0) return
    throw new IcebergError(
      'invalid',
      'the table names files that differ from what is listed in scheme or authority alone: say which are equal, or what a difference means',
      { context: { listed: prefixOf(this.#listed), named: [...this.#mismatches].join(', ') } },
    )
  }
}

const HADOOP_SCHEMES: ReadonlyMap<string, string> = new Map([
  ['s3a', 's3'],
  ['s3n', 's3'],
])

function prefixOf({ scheme, authority }: Pick<SpelledLocation, 'scheme' | 'authority'>): string {
  return `${scheme ?? 'file'}://${authority}`
}
