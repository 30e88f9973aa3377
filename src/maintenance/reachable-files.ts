// The files that snapshots lead to: their lists, the manifests in those, and the files in these. Whatever cannot be read ends
// the whole: a file that is not seen would be taken for one that nobody needs.
import { mapConcurrent } from '../base/concurrency.ts'
import { createLiveFileReader } from '../formats/avro/manifest-live-files.ts'
import type { LiveFile } from '../formats/avro/manifest-live-files.ts'
import type { RequestOptions } from '../io/object-store.ts'
import type { ManifestFile } from '../metadata/manifest-file.ts'
import type { Snapshot } from '../metadata/snapshot.ts'
import type { TableMetadata } from '../metadata/table-metadata.ts'
import { mayHoldLiveFiles, readManifestList, scanManifest } from '../table/manifest-io.ts'
import type { TableState } from '../table/table-state.ts'
import type { TableFile } from './table-file.ts'

const LISTS_IN_FLIGHT = 32

/** Each is held as it is stored and as it inflates: some 10 MB of a large one. */
const MANIFESTS_IN_FLIGHT = 3
const SMALL_MANIFESTS_IN_FLIGHT = 32
const SMALL_MANIFEST_BYTES = 65_536n

/**
 * Shows the lines of the manifest lists of snapshots. Snapshots share most of their manifests, which are shown each time.
 *
 * @throws IcebergError `not-found` or `corrupt`, with the path of the list
 */
export async function eachManifest(
  state: TableState,
  snapshots: Iterable<Snapshot>,
  visit: (manifest: ManifestFile) => void,
  options: RequestOptions = {},
): Promise<void> {
  const lists = mapConcurrent(
    snapshots,
    LISTS_IN_FLIGHT,
    (snapshot, signal) => readManifestList(state, snapshot, { signal, isReadOnce: true }),
    options.signal,
  )
  for await (const manifests of lists) for (const manifest of manifests) visit(manifest)
}

/**
 * Shows the live files of manifests, in no order.
 *
 * @param until asked before each manifest; the rest is not read once it holds
 * @throws IcebergError `not-found` or `corrupt`, with the path of the manifest
 */
export async function eachLiveFile(
  state: TableState,
  manifests: Iterable<ManifestFile>,
  visit: (file: LiveFile) => void,
  options: RequestOptions & { readonly until?: () => boolean } = {},
): Promise<void> {
  const { until = () => false, signal } = options
  const read = createLiveFileReader()
  const all = [...manifests]
  const areSmall = all.every(({ lengthBytes }) => lengthBytes <= SMALL_MANIFEST_BYTES)
  const reads = mapConcurrent(
    all,
    areSmall ? SMALL_MANIFESTS_IN_FLIGHT : MANIFESTS_IN_FLIGHT,
    async (manifest, stop) => {
      if (until() || !mayHoldLiveFiles(manifest)) return
      const scanner = (bytes: Uint8Array): Promise<void> => read(bytes, manifest, visit)
      await scanManifest(state, manifest, scanner, { signal: stop, isReadOnce: true })
    },
    signal,
  )
  for await (const _ of reads) if (until()) return
}

export function manifestFile({ path, lengthBytes }: ManifestFile): TableFile {
  return { path, kind: 'manifest', sizeBytes: lengthBytes }
}

/** Lists and statistics, which metadata itself names: those of some snapshots. */
export function filesOfSnapshots(
  { snapshots, statistics, partitionStatistics }: TableMetadata,
  isWanted: (snapshotId: bigint) => boolean = () => true,
): readonly TableFile[] {
  const wanted = ({ snapshotId }: { readonly snapshotId: bigint }): boolean => isWanted(snapshotId)
  return [
    ...snapshots
      .filter(wanted)
      .flatMap(({ manifestList }): TableFile[] =>
        manifestList === null
          ? []
          : [{ path: manifestList, kind: 'manifest-list', sizeBytes: null }],
      ),
    ...statistics
      .filter(wanted)
      .map(({ path, fileSizeBytes }) => ofSize(path, 'statistics', fileSizeBytes)),
    ...partitionStatistics
      .filter(wanted)
      .map(({ path, fileSizeBytes }) => ofSize(path, 'partition-statistics', fileSizeBytes)),
  ]
}

function ofSize(path: string, kind: TableFile['kind'], sizeBytes: bigint): TableFile {
  return { path, kind, sizeBytes }
}
