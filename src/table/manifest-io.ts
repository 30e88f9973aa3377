import { withContext } from '../base/errors.ts'
import { decodeManifest } from '../formats/avro/manifest-codec.ts'
import { decodeManifestList } from '../formats/avro/manifest-list-codec.ts'
import type { RequestOptions } from '../io/object-store.ts'
import type { ManifestEntry } from '../metadata/manifest-entry.ts'
import type { ManifestFile } from '../metadata/manifest-file.ts'
import type { Snapshot } from '../metadata/snapshot.ts'
import type { TableState } from './table-state.ts'

/**
 * The manifests of a snapshot.
 *
 * @throws IcebergError `not-found` or `corrupt`, with the path of the manifest list
 */
export async function readManifestList(
  state: TableState,
  snapshot: Snapshot,
  options: RequestOptions = {},
): Promise<readonly ManifestFile[]> {
  try {
    return decodeManifestList(
      await state.services.store.get(snapshot.manifestList, undefined, options),
    )
  } catch (error) {
    throw withContext(error, { table: state.name, manifestList: snapshot.manifestList })
  }
}

/**
 * The entries of a manifest, deleted ones too, with the numbers that they inherit from its line in the list.
 *
 * @throws IcebergError `not-found` or `corrupt`, with the path of the manifest
 */
export async function readManifest(
  state: TableState,
  manifest: ManifestFile,
  options: RequestOptions = {},
): Promise<readonly ManifestEntry[]> {
  try {
    const bytes = await state.services.store.get(manifest.path, undefined, options)
    return decodeManifest(bytes, manifest, state.metadata)
  } catch (error) {
    throw withContext(error, { table: state.name, manifest: manifest.path })
  }
}

/** Whether a manifest may hold files that are part of the snapshot: unknown counts say maybe. */
export function mayHoldLiveFiles(manifest: ManifestFile): boolean {
  return manifest.addedFiles !== 0 || manifest.existingFiles !== 0
}
