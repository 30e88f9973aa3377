import { decodeManifest } from '../formats/avro/manifest-codec.ts'
import { decodeManifestList, encodeManifestList } from '../formats/avro/manifest-list-codec.ts'
import type { ManifestListContent } from '../formats/avro/manifest-list-codec.ts'
import type { RequestOptions } from '../io/object-store.ts'
import { assignFirstRowIds } from '../metadata/first-row-ids.ts'
import type { ManifestEntry } from '../metadata/manifest-entry.ts'
import type { ManifestFile } from '../metadata/manifest-file.ts'
import type { Snapshot } from '../metadata/snapshot.ts'
import { readEmbeddedManifests } from './embedded-manifests.ts'
import { tableFileError } from './table-file-error.ts'
import type { TableState } from './table-state.ts'

/**
 * The manifests of a snapshot.
 *
 * @throws IcebergError `not-found` or `corrupt`, with the path of the manifest list, or of the manifest where there is none
 */
export async function readManifestList(
  state: TableState,
  snapshot: Snapshot,
  options: RequestOptions = {},
): Promise<readonly ManifestFile[]> {
  const { store, cache } = state.services
  const location = snapshot.manifestList
  if (location === null) return readEmbeddedManifests(state, snapshot, options)
  const known = cache.lists.get(location)
  if (known !== undefined) return known
  try {
    const manifests = decodeManifestList(await store.get(location, undefined, options))
    rememberList(state, location, manifests)
    return manifests
  } catch (error) {
    throw tableFileError(error, { table: state.name, manifestList: location })
  }
}

/**
 * Writes a manifest list, which must not exist. It is known from then on: a writer's next commit begins with it, and reading
 * it back took a tenth of the time that a commit needs beside storage.
 */
export async function writeManifestList(
  state: TableState,
  location: string,
  list: ManifestListContent,
  options: RequestOptions = {},
): Promise<void> {
  await state.services.store.put(location, encodeManifestList(list), 'create', options)
  rememberList(state, location, writtenLines(list))
}

/** The lines as a reader finds them. */
function writtenLines({ manifests, firstRowId }: ManifestListContent): readonly ManifestFile[] {
  return firstRowId === undefined ? manifests : assignFirstRowIds(manifests, firstRowId).manifests
}

function rememberList(
  { services }: TableState,
  location: string,
  manifests: readonly ManifestFile[],
): void {
  services.cache.lists.set(location, manifests, 1 + manifests.length)
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
  const { store, cache } = state.services
  const key = decodedKey(state, manifest)
  const known = cache.manifests.get(key)
  if (known !== undefined) return known
  try {
    const bytes = await store.get(manifest.path, undefined, options)
    const entries = decodeManifest(bytes, manifest, state.metadata)
    cache.manifests.set(key, entries, 1 + entries.length)
    return entries
  } catch (error) {
    throw tableFileError(error, { table: state.name, manifest: manifest.path })
  }
}

/** All that the entries depend on: the file, what they inherit from its line, and the types of their partition values. */
function decodedKey({ metadata }: TableState, manifest: ManifestFile): string {
  const { path, specId, content, sequenceNumber, addedSnapshotId } = manifest
  const { tableUuid, currentSchemaId } = metadata
  return [tableUuid, currentSchemaId, specId, content, sequenceNumber, addedSnapshotId, path].join()
}

/** Whether a manifest may hold files that are part of the snapshot: unknown counts say maybe. */
export function mayHoldLiveFiles(manifest: ManifestFile): boolean {
  return manifest.addedFiles !== 0 || manifest.existingFiles !== 0
}
