// The files that only snapshots lead to which have expired: what those reach less what the others do, and nothing else. That a
// commit removed a file, or replaced a manifest, proves nothing: another branch may still have it.
import type { RequestOptions } from '../io/object-store.ts'
import type { ManifestFile } from '../metadata/manifest-file.ts'
import type { Snapshot } from '../metadata/snapshot.ts'
import type { TableMetadata } from '../metadata/table-metadata.ts'
import type { TableState } from '../table/table-state.ts'
import { comparablePath } from './comparable-path.ts'
import { PathIndex } from './path-index.ts'
import { eachLiveFile, eachManifest, filesOfSnapshots, manifestFile } from './reachable-files.ts'
import { kindOfFile } from './table-file.ts'
import type { TableFile, TableFileKind } from './table-file.ts'

/** A table before and after an expiry. */
export interface Expiry {
  readonly before: TableMetadata
  /** What is kept: as it was committed, or as it would be. */
  readonly after: TableMetadata
  readonly snapshotIds: ReadonlySet<bigint>
}

/**
 * The files to remove after an expiry, those that name others after what they name. Each is there once.
 *
 * Of content files only those are held that expired manifests name; those that are kept are read past them.
 *
 * @throws IcebergError when anything cannot be read
 */
export async function expiredFiles(
  state: TableState,
  expiry: Expiry,
  options: RequestOptions = {},
): Promise<readonly TableFile[]> {
  const { before, after, snapshotIds } = expiry
  const expired = before.snapshots.filter(({ snapshotId }) => snapshotIds.has(snapshotId))
  const { gone, kept } = await partManifests(state, { expired, kept: after.snapshots }, options)
  return [
    ...(await contentFiles(state, { gone, kept }, options)),
    ...gone.map(manifestFile),
    ...without(
      filesOfSnapshots(before, (id) => snapshotIds.has(id)),
      filesOfSnapshots(after),
    ),
  ]
}

interface PartedManifests {
  /** Only expired snapshots list them. */
  readonly gone: readonly ManifestFile[]
  readonly kept: readonly ManifestFile[]
}

async function partManifests(
  state: TableState,
  snapshots: { readonly expired: readonly Snapshot[]; readonly kept: readonly Snapshot[] },
  options: RequestOptions,
): Promise<PartedManifests> {
  const gone = new Map<string, ManifestFile>()
  const kept = new Map<string, ManifestFile>()
  const into =
    (manifests: Map<string, ManifestFile>) =>
    (manifest: ManifestFile): void => {
      manifests.set(comparablePath(manifest.path), manifest)
    }
  await eachManifest(state, snapshots.expired, into(gone), options)
  if (gone.size > 0) await eachManifest(state, snapshots.kept, into(kept), options)
  for (const path of kept.keys()) gone.delete(path)
  return { gone: [...gone.values()], kept: [...kept.values()] }
}

async function contentFiles(
  state: TableState,
  { gone, kept }: PartedManifests,
  options: RequestOptions,
): Promise<readonly TableFile[]> {
  const paths = new PathIndex(`${state.metadata.location}/`)
  const facts: Omit<TableFile, 'path'>[] = []
  await eachLiveFile(
    state,
    gone,
    (file) => {
      const index = paths.add(file.path)
      if (index === facts.length) facts.push(factsOf(kindOfFile(file), file.sizeBytes))
    },
    options,
  )
  const isNeeded = new Uint8Array(paths.size)
  let left = paths.size
  const keep = ({ path }: { readonly path: string }): void => {
    const index = paths.find(comparablePath(path))
    if (index < 0 || isNeeded[index] === 1) return
    isNeeded[index] = 1
    left -= 1
  }
  await eachLiveFile(state, kept, keep, { ...options, until: () => left === 0 })
  return facts.flatMap((fact, index) =>
    isNeeded[index] === 1 ? [] : [{ path: paths.path(index), ...fact }],
  )
}

function factsOf(kind: TableFileKind, sizeBytes: bigint): Omit<TableFile, 'path'> {
  return { kind, sizeBytes }
}

/** Files that are not among others, each once. */
function without(files: readonly TableFile[], others: readonly TableFile[]): readonly TableFile[] {
  const seen = new Set(others.map(({ path }) => comparablePath(path)))
  return files.filter(({ path }) => {
    const key = comparablePath(path)
    const isNew = !seen.has(key)
    seen.add(key)
    return isNew
  })
}
