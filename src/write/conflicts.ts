// What another commit may have done since a writer read the table. All commits in between are looked at, not only the
// last; a gap in the history is a conflict, because nothing can be said about it.
import { IcebergError } from '../base/errors.ts'
import type { RequestOptions } from '../io/object-store.ts'
import { ancestorsOf } from '../metadata/history.ts'
import type { PartitionTuple } from '../layout/partition-tuple.ts'
import type { DataFile } from '../metadata/data-file.ts'
import type { ManifestEntry } from '../metadata/manifest-entry.ts'
import type { Snapshot } from '../metadata/snapshot.ts'
import { readManifest, readManifestList } from '../table/manifest-io.ts'
import type { TableState } from '../table/table-state.ts'

/**
 * What a dynamic overwrite may find changed in the partitions it replaces, since it read the table.
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

/** Whether a partition of the writer's spec is among those that it replaces. */
export type PartitionTest = (tuple: PartitionTuple) => boolean

/**
 * Looks for changes of replaced partitions in every commit after the read.
 *
 * @throws IcebergError `conflict` naming the first snapshot that stands in the way
 */
export async function validateReplacement(
  state: TableState,
  replacement: {
    readonly isolation: Isolation
    readonly readSnapshotId: bigint | null
    readonly specId: number
    readonly isReplaced: PartitionTest
  },
  options: RequestOptions,
): Promise<void> {
  if (replacement.isolation === 'none') return
  const mayBeReplaced = ({ specId, partition }: DataFile): boolean =>
    specId !== replacement.specId || replacement.isReplaced(partition)
  for (const snapshot of snapshotsSince(state, replacement.readSnapshotId)) {
    if (snapshot.operation === 'replace') continue
    const changes = await changesOf(state, snapshot, options)
    const conflicting = changes.find(
      (change) =>
        (replacement.isolation === 'serializable' || removesRows(change)) &&
        mayBeReplaced(change.file),
    )
    if (conflicting !== undefined) {
      throw new IcebergError(
        'conflict',
        'another commit changed a partition that this one replaces',
        {
          context: {
            table: state.name,
            snapshotId: snapshot.snapshotId,
            file: conflicting.file.path,
          },
        },
      )
    }
  }
}

function removesRows({ status, file }: ManifestEntry): boolean {
  return status === 'deleted' || file.content !== 'data'
}

/** Snapshots of the main branch after the one that was read, newest first. */
function snapshotsSince(state: TableState, readSnapshotId: bigint | null): readonly Snapshot[] {
  const { metadata } = state
  const since: Snapshot[] = []
  if (metadata.currentSnapshotId === readSnapshotId || metadata.currentSnapshotId === null) {
    return since
  }
  for (const snapshot of ancestorsOf(metadata, metadata.currentSnapshotId)) {
    if (snapshot.snapshotId === readSnapshotId) return since
    since.push(snapshot)
    if (snapshot.parentId === null && readSnapshotId === null) return since
  }
  throw new IcebergError('conflict', 'the history since the table was read is gone', {
    context: { table: state.name, readSnapshotId: readSnapshotId ?? -1n },
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
