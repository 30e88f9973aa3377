import type { DataFile } from '../metadata/data-file.ts'
import type { ManifestFile } from '../metadata/manifest-file.ts'
import { writeAddedFiles } from './fast-append.ts'
import { refuseDeletes, removeRows } from './remove-rows.ts'
import type { RemovalRequest } from './remove-rows.ts'
import type { SnapshotContent, SnapshotSlot } from './snapshot-producer.ts'
import type { WriteContext } from './write-context.ts'

/** Files to add, and the manifests that list them. */
export interface Addition {
  readonly added: readonly DataFile[]
  readonly addedManifests: (slot: SnapshotSlot) => Promise<readonly ManifestFile[]>
}

/**
 * What a snapshot holds that takes rows out and puts others in.
 *
 * @throws IcebergError `unsupported` when the table has row-level deletes
 */
export async function overwriteContent(
  context: WriteContext,
  manifests: readonly ManifestFile[],
  request: RemovalRequest,
  { added, addedManifests }: Addition,
): Promise<Pick<SnapshotContent, 'manifests' | 'added' | 'deleted' | 'movedRows'>> {
  const { state, slot } = request
  refuseDeletes(state, manifests)
  const rest = await removeRows(context, manifests, request)
  const moved = await writeAddedFiles({ ...context, state }, rest.moved, slot)
  return {
    manifests: [...(await addedManifests(slot)), ...moved, ...rest.manifests],
    added: [...added, ...rest.moved],
    deleted: rest.deleted,
    movedRows: rest.moved.reduce((sum, { recordCount }) => sum + recordCount, 0n),
  }
}
