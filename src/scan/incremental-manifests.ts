// Where to find the files that some snapshots added, in the time of those files and not of the table's: of the manifests that
// the snapshots of a run left behind, those that are theirs. Manifests may have been merged, so that what one snapshot added
// is carried over as existing in the manifest of a later one: entries are told by the snapshot that they came with.
import { mapConcurrent } from '../base/concurrency.ts'
import type { RequestOptions } from '../io/object-store.ts'
import type { ManifestFile } from '../metadata/manifest-file.ts'
import type { Snapshot } from '../metadata/snapshot.ts'
import { mayHoldLiveFiles, readManifestList } from '../table/manifest-io.ts'
import type { TableState } from '../table/table-state.ts'

const LISTS_IN_FLIGHT = 8

/** Snapshots that follow each other, of which none but the first may have removed files. */
export interface AppendRun {
  /** The last one. */
  readonly snapshot: Snapshot
  /** The ids of all. */
  readonly addedBy: ReadonlySet<bigint>
}

/** A manifest to look for files in. */
export interface ManifestToScan {
  readonly manifest: ManifestFile
  /** Only files that these snapshots added are looked for. */
  readonly addedBy?: ReadonlySet<bigint>
}

/** The manifests of all live files of a snapshot. */
export async function manifestsOf(
  state: TableState,
  snapshot: Snapshot,
  options: RequestOptions,
): Promise<readonly ManifestToScan[]> {
  const listed = await readManifestList(state, snapshot, options)
  return listed.filter(mayHoldLiveFiles).map((manifest) => ({ manifest }))
}

/** The manifests of all files that the snapshots of some runs added, run by run. */
export async function manifestsOfRuns(
  state: TableState,
  runs: readonly AppendRun[],
  { signal }: RequestOptions,
): Promise<readonly ManifestToScan[]> {
  const found: ManifestToScan[] = []
  const read = async ({ snapshot, addedBy }: AppendRun, stop: AbortSignal) => {
    const listed = await manifestsOf(state, snapshot, { signal: stop })
    return listed
      .filter(({ manifest }) => addedBy.has(manifest.addedSnapshotId))
      .map(({ manifest }) => ({ manifest, addedBy }))
  }
  for await (const manifests of mapConcurrent(runs, LISTS_IN_FLIGHT, read, signal)) {
    found.push(...manifests)
  }
  return found
}
