import { openContainer } from '../formats/avro/container.ts'
import type { RequestOptions } from '../io/object-store.ts'
import { unpartitionedSpec } from '../layout/partition-spec.ts'
import type { ManifestFile } from '../metadata/manifest-file.ts'
import { tableFileError } from './table-file-error.ts'
import type { TableState } from './table-state.ts'

/**
 * The manifests of a snapshot from before there were manifest lists, which names them itself (spec: Snapshots). Their
 * lines claim nothing about what the manifests hold, except what their own headers say.
 *
 * @throws IcebergError `not-found` or `corrupt`, with the path of the manifest
 */
export function readEmbeddedManifests(
  state: TableState,
  snapshot: { readonly snapshotId: bigint; readonly manifests?: readonly string[] },
  options: RequestOptions = {},
): Promise<readonly ManifestFile[]> {
  const paths = snapshot.manifests ?? []
  return Promise.all(
    paths.map(async (path) => {
      try {
        const bytes = await state.services.store.get(path, undefined, options)
        return lineOf(path, bytes, snapshot.snapshotId)
      } catch (error) {
        throw tableFileError(error, { table: state.name, manifest: path })
      }
    }),
  )
}

function lineOf(path: string, bytes: Uint8Array, addedSnapshotId: bigint): ManifestFile {
  const specId = openContainer(bytes, {}).property('partition-spec-id')
  return {
    path,
    lengthBytes: BigInt(bytes.length),
    specId: specId === undefined ? unpartitionedSpec.specId : Number(specId),
    content: 'data',
    sequenceNumber: 0n,
    minSequenceNumber: 0n,
    addedSnapshotId,
    addedFiles: null,
    existingFiles: null,
    deletedFiles: null,
    addedRows: null,
    existingRows: null,
    deletedRows: null,
    partitions: null,
    keyMetadata: null,
  }
}
