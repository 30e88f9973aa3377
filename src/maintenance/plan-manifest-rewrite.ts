// What there is to rewrite in one version of a table: its manifests, placed by the partitions that they hold.
import { mapConcurrent } from '../base/concurrency.ts'
import { isKind } from '../base/errors.ts'
import { partitionColumns } from '../formats/avro/entry-avro.ts'
import type { RequestOptions } from '../io/object-store.ts'
import type { PartitionSpec } from '../layout/partition-spec.ts'
import type { ManifestFile } from '../metadata/manifest-file.ts'
import { MANIFEST_TARGET_SIZE_BYTES, readProperty } from '../metadata/properties.ts'
import { currentSnapshot } from '../metadata/table-metadata.ts'
import type { FormatVersion } from '../metadata/table-metadata.ts'
import { mayHoldLiveFiles, readManifestList } from '../table/manifest-io.ts'
import type { TableState } from '../table/table-state.ts'
import { entryReader } from './manifest-entries.ts'
import type { EntryReader } from './manifest-entries.ts'
import { outermost, partitionOrder, planManifests } from './plan-manifests.ts'
import type { ManifestStretch, PartitionOrder, PlacedManifest } from './plan-manifests.ts'

/** Which manifests of a spec are rewritten, and how. */
export interface ManifestChoice {
  /** Names of partition fields that files are put in order by before all others; those of the spec, in order, when absent. */
  readonly sortBy?: readonly string[]
  /** Only manifests for which it holds; all when absent. */
  readonly where?: (manifest: ManifestFile) => boolean
  /** The size of a full manifest, in bytes; `commit.manifest.target-size-bytes` when absent. */
  readonly targetSizeBytes?: number
}

/** A plan, and what it was worked out from. */
export interface PlannedRewrite {
  readonly spec: PartitionSpec
  readonly order: PartitionOrder
  readonly read: EntryReader
  readonly formatVersion: FormatVersion
  /** The manifests of the snapshot that may hold live files. */
  readonly listed: readonly ManifestFile[]
  /** Of data, then of deletes. */
  readonly stretches: readonly ManifestStretch[]
  readonly targetBytes: number
}

/** The stretches that change. */
export function rewritten({ stretches }: PlannedRewrite): readonly ManifestStretch[] {
  return stretches.filter(({ isRewritten }) => isRewritten)
}

export async function planRewrite(
  state: TableState,
  spec: PartitionSpec,
  options: ManifestChoice & RequestOptions,
): Promise<PlannedRewrite> {
  const { metadata } = state
  const snapshot = currentSnapshot(metadata)
  const listed =
    snapshot === null
      ? []
      : (await readManifestList(state, snapshot, options)).filter(mayHoldLiveFiles)
  const types = partitionColumns(metadata, spec).map(({ type }) => type)
  const order = partitionOrder(spec, types, options.sortBy)
  const read = entryReader(state, spec)
  const targetBytes =
    options.targetSizeBytes ?? readProperty(metadata.properties, MANIFEST_TARGET_SIZE_BYTES)
  const chosen = listed.filter(
    (manifest) =>
      manifest.specId === spec.specId &&
      manifest.keyMetadata === null &&
      (options.where?.(manifest) ?? true),
  )
  const placed = await placeManifests(chosen, { read, order, signal: options.signal })
  const stretches = (['data', 'deletes'] as const).flatMap((content) =>
    planManifests(
      placed.filter(({ manifest }) => manifest.content === content),
      { order, targetBytes },
    ),
  )
  const { formatVersion } = metadata
  return { spec, order, read, formatVersion, listed, stretches, targetBytes }
}

const MANIFESTS_IN_FLIGHT = 4

/** Those that have live files, and that can be read here: others stay as they are. */
async function placeManifests(
  manifests: readonly ManifestFile[],
  how: Pick<PlannedRewrite, 'read' | 'order'> & { readonly signal?: AbortSignal | undefined },
): Promise<readonly PlacedManifest[]> {
  const placed: PlacedManifest[] = []
  const place = (manifest: ManifestFile, signal: AbortSignal): Promise<PlacedManifest | null> =>
    placeManifest(manifest, { ...how, signal })
  for await (const one of mapConcurrent(manifests, MANIFESTS_IN_FLIGHT, place, how.signal)) {
    if (one !== null) placed.push(one)
  }
  return placed
}

async function placeManifest(
  manifest: ManifestFile,
  {
    read,
    order,
    signal,
  }: Pick<PlannedRewrite, 'read' | 'order'> & { readonly signal: AbortSignal },
): Promise<PlacedManifest | null> {
  try {
    const entries = await read(manifest, { signal })
    const ends = outermost(
      entries.map(({ file }) => file.partition),
      order,
    )
    return ends === null ? null : { manifest, ...ends, files: entries.length }
  } catch (error) {
    if (isKind(error, 'unsupported')) return null
    throw error
  }
}
