import { mapConcurrent } from '../base/concurrency.ts'
import { manifestLine } from '../formats/avro/manifest-line.ts'
import type { RequestOptions } from '../io/object-store.ts'
import type { ManifestFile } from '../metadata/manifest-file.ts'
import { tableFileError } from './table-file-error.ts'
import type { TableState } from './table-state.ts'

const MANIFESTS_IN_FLIGHT = 8

/**
 * The manifests of a snapshot from before there were manifest lists, which names them itself (spec: Snapshots). Each is
 * read for what its line would say: counts too, without which a later version could not list it.
 *
 * @throws IcebergError `not-found` or `corrupt`, with the path of the manifest
 */
export async function readEmbeddedManifests(
  state: TableState,
  snapshot: { readonly snapshotId: bigint; readonly manifests?: readonly string[] },
  options: RequestOptions = {},
): Promise<readonly ManifestFile[]> {
  const { metadata, name, services } = state
  const lines = mapConcurrent(
    snapshot.manifests ?? [],
    MANIFESTS_IN_FLIGHT,
    async (path) => {
      try {
        const bytes = await services.store.get(path, undefined, options)
        services.cache.manifests.set(path, bytes, bytes.length)
        return manifestLine(bytes, { path, snapshotId: snapshot.snapshotId, metadata })
      } catch (error) {
        throw tableFileError(error, { table: name, manifest: path })
      }
    },
    options.signal,
  )
  const manifests: ManifestFile[] = []
  for await (const line of lines) manifests.push(line)
  return manifests
}
