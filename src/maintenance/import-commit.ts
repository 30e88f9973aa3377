import { mapConcurrent } from '../base/concurrency.ts'
import { IcebergError, isKind } from '../base/errors.ts'
import { createLiveFileReader } from '../formats/avro/manifest-live-files.ts'
import type { LiveFile } from '../formats/avro/manifest-live-files.ts'
import type { ObjectStore } from '../io/object-store.ts'
import type { DataFile } from '../metadata/data-file.ts'
import type { ManifestFile } from '../metadata/manifest-file.ts'
import { snapshotById } from '../metadata/table-metadata.ts'
import { mayHoldLiveFiles, readManifestList, scanManifest } from '../table/manifest-io.ts'
import type { TableState } from '../table/table-state.ts'
import { fastAppend } from '../write/fast-append.ts'
import type { SnapshotWrite } from '../write/snapshot-producer.ts'
import type { WriteContext } from '../write/write-context.ts'
import { createFileSearch } from './same-file.ts'
import type { SizedFile } from './same-file.ts'

const MANIFESTS_IN_FLIGHT = 4
/** Such a request answers with no more than a header. */
const LOOKS_IN_FLIGHT = 16

/**
 * Those of the files that a snapshot has as live data files, by the name that is given or by one that leads to the same file: their
 * paths, each with how the table names it.
 */
export async function liveAmong(
  state: TableState,
  snapshotId: bigint | null,
  files: readonly SizedFile[],
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<ReadonlyMap<string, string>> {
  const snapshot = snapshotId === null ? undefined : snapshotById(state.metadata, snapshotId)
  if (snapshot === undefined) return new Map()
  const options = signal === undefined ? {} : { signal }
  const manifests = (await readManifestList(state, snapshot, options)).filter(
    (manifest) => manifest.content === 'data' && mayHoldLiveFiles(manifest),
  )
  const wanted = await createFileSearch(state.services.store, files)
  const reader = createLiveFileReader()
  const read = async (manifest: ManifestFile, stop: AbortSignal): Promise<void> => {
    const alike: string[] = []
    const look = (file: LiveFile): void => wanted.look(file, alike)
    await scanManifest(state, manifest, (bytes, line) => reader(bytes, line, look), {
      signal: stop,
    })
    await wanted.follow(alike, stop)
  }
  const reads = mapConcurrent(manifests, MANIFESTS_IN_FLIGHT, read, signal)
  while ((await reads.next()).done !== true);
  return wanted.found
}

/**
 * Whether the files are still there, and as long as they were. The clean-up of this or another table may have removed one.
 *
 * @throws IcebergError `not-found` with the first that is gone, `invalid` with the first that has changed
 */
async function checkStillThere(
  { name, services }: TableState,
  files: readonly DataFile[],
  signal?: AbortSignal,
): Promise<void> {
  const look = async ({ path, fileSizeBytes }: DataFile, stop: AbortSignal): Promise<void> => {
    const sizeBytes = await sizeAt(services.store, path, stop)
    if (sizeBytes === fileSizeBytes) return
    const [kind, what] =
      sizeBytes === null
        ? (['not-found', 'is gone'] as const)
        : (['invalid', 'has changed'] as const)
    throw new IcebergError(kind, `a file to import ${what} since it was looked at`, {
      context: { table: name, path },
    })
  }
  const looks = mapConcurrent(files, LOOKS_IN_FLIGHT, look, signal)
  while ((await looks.next()).done !== true);
}

/** Null where nothing is. */
async function sizeAt(
  store: ObjectStore,
  location: string,
  signal: AbortSignal,
): Promise<bigint | null> {
  try {
    const { sizeBytes } = await store.head(location, { signal })
    return BigInt(sizeBytes)
  } catch (error) {
    if (isKind(error, 'not-found')) return null
    throw error
  }
}

/**
 * An append of files that may have gone since they were looked at, or that commits which came in between may have added. Both
 * are asked anew at each attempt.
 *
 * @param plannedId the snapshot that was looked at; undefined when a file may be there twice
 */
export function appendOnce(
  context: WriteContext,
  files: readonly DataFile[],
  plannedId: bigint | null | undefined,
): SnapshotWrite {
  const append = fastAppend(context, files)
  let checkedId = plannedId
  return {
    async content(state, slot) {
      const parentId = slot.parent?.snapshotId ?? null
      if (checkedId !== undefined && parentId !== checkedId) {
        const [path] = (await liveAmong(state, parentId, files, context)).keys()
        if (path !== undefined) {
          throw new IcebergError('invalid', 'another commit has added the file meanwhile', {
            context: { table: state.name, path },
          })
        }
        checkedId = parentId
      }
      await checkStillThere(state, files, context.signal)
      return append.content(state, slot)
    },
  }
}
