import { IcebergError } from '../base/errors.ts'
import { decodeManifest, manifestEntries } from '../formats/avro/manifest-codec.ts'
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
  { isReadOnce = false, ...options }: ManifestReadOptions = {},
): Promise<readonly ManifestFile[]> {
  const { store, cache } = state.services
  const location = snapshot.manifestList
  if (location === null) return readEmbeddedManifests(state, snapshot, options)
  const known = cache.lists.get(location)
  if (known !== undefined) return known
  try {
    const manifests = decodeManifestList(await store.get(location, undefined, options))
    if (!isReadOnce) rememberList(state, location, manifests)
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
 * The entries of a manifest, deleted ones too, with what they inherit from its line in the list.
 *
 * @throws IcebergError `not-found` or `corrupt`, with the path of the manifest
 */
export function readManifest(
  state: TableState,
  manifest: ManifestFile,
  options: RequestOptions = {},
): Promise<readonly ManifestEntry[]> {
  return withManifest(state, manifest, options, (bytes) =>
    decodeManifest(bytes, manifest, state.metadata),
  )
}

/**
 * {@link readManifest} for who takes the entries once, one by one: they are decoded when they are taken, which is when damage shows.
 *
 * @throws IcebergError as {@link readManifest}
 */
export function openManifest(
  state: TableState,
  manifest: ManifestFile,
  options: RequestOptions = {},
): Promise<Iterable<ManifestEntry>> {
  return withManifest(state, manifest, { ...options, isReadOnce: true }, (bytes) =>
    entriesOf(state, manifest, bytes),
  )
}

function* entriesOf(
  state: TableState,
  manifest: ManifestFile,
  bytes: Uint8Array,
): Generator<ManifestEntry, void, undefined> {
  try {
    yield* manifestEntries(bytes, manifest, state.metadata)
  } catch (error) {
    throw tableFileError(error, { table: state.name, manifest: manifest.path })
  }
}

/**
 * What a scanner finds in a manifest, without decoding the rest: the live files that a question concerns, or the paths of all.
 *
 * @throws IcebergError as {@link readManifest}
 */
export function scanManifest<Found>(
  state: TableState,
  manifest: ManifestFile,
  scanner: (bytes: Uint8Array, manifest: ManifestFile) => Promise<Found>,
  options: ManifestReadOptions = {},
): Promise<Found> {
  return withManifest(state, manifest, options, (bytes) => scanner(bytes, manifest))
}

/** How a manifest, or a list of them, is read. */
export interface ManifestReadOptions extends RequestOptions {
  /** Whoever reads all of them once would push out what scans come back to: it is not remembered then. */
  readonly isReadOnce?: boolean
}

async function withManifest<Result>(
  state: TableState,
  { path, lengthBytes }: ManifestFile,
  { isReadOnce = false, ...options }: ManifestReadOptions,
  read: (bytes: Uint8Array) => Result | Promise<Result>,
): Promise<Result> {
  const { store, cache } = state.services
  try {
    const bytes = cache.manifests.get(path) ?? (await store.get(path, undefined, options))
    checkWhole(bytes, lengthBytes)
    const result = await read(bytes)
    if (!isReadOnce) cache.manifests.set(path, bytes, bytes.length)
    return result
  } catch (error) {
    throw tableFileError(error, { table: state.name, manifest: path })
  }
}

/** An Avro file that was cut off between two blocks is a good one, with fewer entries. Longer ones are no loss of rows. */
function checkWhole({ length }: Uint8Array, lengthBytes: bigint): void {
  if (BigInt(length) >= lengthBytes) return
  throw new IcebergError('corrupt', 'manifest is shorter than its manifest list says', {
    context: { found: length, lengthBytes },
  })
}

/** Whether a manifest may hold files that are part of the snapshot: unknown counts say maybe. */
export function mayHoldLiveFiles(manifest: ManifestFile): boolean {
  return manifest.addedFiles !== 0 || manifest.existingFiles !== 0
}
