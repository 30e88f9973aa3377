// What another commit may have done since a writer read the table. All commits in between are looked at, not only the
// last; a gap in the history is a conflict, because nothing can be said about it.
import { IcebergError } from '../base/errors.ts'
import type { RequestOptions } from '../io/object-store.ts'
import { ancestorsOf } from '../metadata/history.ts'
import type { DataFile } from '../metadata/data-file.ts'
import type { ManifestEntry } from '../metadata/manifest-entry.ts'
import type { Snapshot } from '../metadata/snapshot.ts'
import { readManifest, readManifestList } from '../table/manifest-io.ts'
import type { TableState } from '../table/table-state.ts'

/**
 * What an overwrite may find changed of what it replaces, since it read the table.
 *
 * - `serializable`: nothing: neither files added nor files removed.
 * - `snapshot`: files added, which are replaced with the rest; neither files nor rows removed.
 * - `none`: anything; the last writer stays.
 */
export type Isolation = 'serializable' | 'snapshot' | 'none'

/** @throws IcebergError `invalid` for a level that does not exist: none may stand for another */
export function checkedIsolation(isolation: Isolation): Isolation {
  if (['serializable', 'snapshot', 'none'].includes(isolation)) return isolation
  throw new IcebergError('invalid', 'isolation is one of serializable, snapshot and none', {
    context: { isolation },
  })
}

export interface Replacement {
  readonly isolation: Isolation
  /** The snapshot that the writer worked from; null when there was none. */
  readonly readSnapshotId: bigint | null
  /** The head that other commits left. */
  readonly committedId: bigint | null
  /** Whether rows of a file may be among those that are replaced. */
  mayReplace(file: DataFile): boolean
  /** What is replaced, in words. */
  readonly what: string
}

/**
 * Looks for changes of what is replaced in every commit after the read.
 *
 * @throws IcebergError `conflict` naming the first snapshot that stands in the way
 */
export async function validateSince(
  state: TableState,
  replacement: Replacement,
  options: RequestOptions,
): Promise<void> {
  const { isolation } = replacement
  if (isolation === 'none') return
  for (const snapshot of snapshotsSince(state, replacement)) {
    if (snapshot.operation === 'replace') continue
    const changes = await changesOf(state, snapshot, options)
    const conflicting = changes.find(
      (change) =>
        (isolation === 'serializable' || removesRows(change)) && mayReplace(replacement, change),
    )
    if (conflicting === undefined) continue
    const { path } = conflicting.file
    throw new IcebergError('conflict', `another commit changed ${replacement.what}`, {
      context: { table: state.name, snapshotId: snapshot.snapshotId, file: path },
    })
  }
}

/** Deletes may be of rows in any partition and with any values: their bounds are not those of the rows. */
function mayReplace(replacement: Replacement, { file }: ManifestEntry): boolean {
  return file.content === 'equality-deletes' || replacement.mayReplace(file)
}

function removesRows({ status, file }: ManifestEntry): boolean {
  return status === 'deleted' || file.content !== 'data'
}

/** Snapshots of the main branch after the one that was read, newest first, without those of the writer itself. */
function snapshotsSince(
  { name, metadata }: TableState,
  { readSnapshotId, committedId }: Replacement,
): readonly Snapshot[] {
  const since: Snapshot[] = []
  if (committedId === readSnapshotId || committedId === null) return since
  for (const snapshot of ancestorsOf(metadata, committedId)) {
    if (snapshot.snapshotId === readSnapshotId) return since
    since.push(snapshot)
    if (snapshot.parentId === null && readSnapshotId === null) return since
  }
  throw new IcebergError('conflict', 'the history since the table was read is gone', {
    context: { table: name, readSnapshotId: readSnapshotId ?? -1n },
  })
}

/** What one snapshot added and removed: entries of the manifests that it wrote itself. */
async function changesOf(
  state: TableState,
  snapshot: Snapshot,
  options: RequestOptions,
): Promise<readonly ManifestEntry[]> {
  const changes: ManifestEntry[] = []
  for (const manifest of await readManifestList(state, snapshot, options)) {
    if (manifest.addedSnapshotId !== snapshot.snapshotId) continue
    for (const entry of await readManifest(state, manifest, options)) {
      const isOwn = entry.snapshotId === snapshot.snapshotId
      if (isOwn && entry.status !== 'existing') changes.push(entry)
    }
  }
  return changes
}
