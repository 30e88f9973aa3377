// What an overwrite would take out of a table: found out as the overwrite finds it, refused where it would be, and nothing
// written.
import type { BoundPredicate } from '../expressions/bound.ts'
import type { RequestOptions } from '../io/object-store.ts'
import type { PartitionTuple } from '../layout/partition-tuple.ts'
import type { DataFile } from '../metadata/data-file.ts'
import type { ManifestFile } from '../metadata/manifest-file.ts'
import { currentSnapshot } from '../metadata/table-metadata.ts'
import { mayHoldLiveFiles, readManifest, readManifestList } from '../table/manifest-io.ts'
import type { TableState } from '../table/table-state.ts'
import { removalOfMatches, removalOfPartitions } from './removal.ts'
import type { Removal } from './removal.ts'
import { isLive, refuseDeletes } from './remove-rows.ts'
import { refuseForeign } from './replace-partitions.ts'
import type { OtherSpecs } from './replace-partitions.ts'
import { countLost } from './rewrite-file.ts'

/** A file that would go. Those of its rows that stay would be moved to another one. */
export interface FileLoss {
  readonly file: DataFile
  readonly lostRows: bigint
}

/**
 * What an overwrite of the rows that match would remove. Files in doubt are read.
 *
 * @throws IcebergError `unsupported` where the overwrite would
 */
export async function foreseeOverwrite(
  state: TableState,
  predicate: BoundPredicate,
  options: RequestOptions,
): Promise<readonly FileLoss[]> {
  const manifests = await manifestsOf(state, options)
  return lossesIn(manifests, removalOfMatches(state.metadata, predicate), { state, options })
}

/**
 * What rows in these partitions of the current spec would replace. Files in doubt are read.
 *
 * @throws IcebergError `unsupported` where the overwrite would
 */
export async function foreseeReplacement(
  state: TableState,
  { tuples, otherSpecs }: ReplacedPartitions,
  options: RequestOptions,
): Promise<readonly FileLoss[]> {
  if (tuples.length === 0) return []
  const { metadata } = state
  const manifests = await manifestsOf(state, options)
  if (otherSpecs === 'refuse') refuseForeign(state, manifests, metadata.defaultSpecId)
  const removal = removalOfPartitions(metadata, metadata.defaultSpecId, tuples)
  return lossesIn(manifests, removal, { state, options })
}

export interface ReplacedPartitions {
  readonly tuples: readonly PartitionTuple[]
  readonly otherSpecs: OtherSpecs
}

async function manifestsOf(
  state: TableState,
  options: RequestOptions,
): Promise<readonly ManifestFile[]> {
  const snapshot = currentSnapshot(state.metadata)
  if (snapshot === null) return []
  return (await readManifestList(state, snapshot, options)).filter(mayHoldLiveFiles)
}

async function lossesIn(
  manifests: readonly ManifestFile[],
  removal: Removal,
  { state, options }: { readonly state: TableState; readonly options: RequestOptions },
): Promise<readonly FileLoss[]> {
  refuseDeletes(state, manifests)
  const losses: FileLoss[] = []
  for (const manifest of manifests) {
    if (!removal.mayTouch(manifest)) continue
    for (const entry of (await readManifest(state, manifest, options)).filter(isLive)) {
      const { file } = entry
      const loss = removal.lossOf(file)
      if (loss === 'all') losses.push({ file, lostRows: file.recordCount })
      else if (loss !== 'none') {
        const lostRows = await countLost({ state, ...options }, entry, loss)
        if (lostRows > 0n) losses.push({ file, lostRows })
      }
    }
  }
  return losses
}
