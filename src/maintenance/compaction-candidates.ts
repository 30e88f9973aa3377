// The live data files of a table that a compaction may be about, oldest first, with what keeps some of them from it.
import { bind } from '../expressions/bind.ts'
import type { BoundPredicate } from '../expressions/bound.ts'
import { boundTrue } from '../expressions/bound.ts'
import type { Expression } from '../expressions/predicate.ts'
import { projectInclusive } from '../expressions/project.ts'
import { wantedPartition } from '../formats/avro/entry-views.ts'
import { createManifestScanner } from '../formats/avro/manifest-scan.ts'
import type { RequestOptions } from '../io/object-store.ts'
import { partitionKey } from '../layout/partition-key.ts'
import { deleteIndex } from '../metadata/delete-index.ts'
import type { ManifestEntry } from '../metadata/manifest-entry.ts'
import type { ManifestFile } from '../metadata/manifest-file.ts'
import { partitionTypesOf } from '../metadata/partition-types.ts'
import { perSpec } from '../metadata/per-spec.ts'
import { currentSchema, currentSnapshot } from '../metadata/table-metadata.ts'
import type { TableMetadata } from '../metadata/table-metadata.ts'
import { mayHoldLiveFiles, readManifestList, scanManifest } from '../table/manifest-io.ts'
import type { TableState } from '../table/table-state.ts'
import type { CompactionCandidate, LeftAlone } from './plan-compaction.ts'

export interface CandidatesRequest extends RequestOptions {
  readonly where: Expression
  /** Others are not kept: of a large table most files are as they should be. */
  readonly isWanted: (entry: ManifestEntry) => boolean
}

/**
 * The wanted data files that may hold matching rows.
 *
 * @throws IcebergError `invalid` when the predicate names no column
 */
export async function readCandidates(
  state: TableState,
  { where, isWanted, ...options }: CandidatesRequest,
): Promise<readonly CompactionCandidate[]> {
  const { metadata } = state
  const predicate = bind(where, currentSchema(metadata))
  const snapshot = currentSnapshot(metadata)
  const listed = snapshot === null ? [] : await readManifestList(state, snapshot, options)
  const manifests = listed.filter(mayHoldLiveFiles)
  const read = (
    content: ManifestFile['content'],
    about: BoundPredicate,
    keeps: (entry: ManifestEntry) => boolean,
  ): Promise<readonly ManifestEntry[]> => {
    const ofContent = manifests.filter((manifest) => manifest.content === content)
    return liveEntries(state, ofContent, { ...options, predicate: about, keeps })
  }
  const deletesOf = deleteIndex(metadata, await read('deletes', boundTrue, () => true))
  const keyOf = partitionKeys(metadata)
  const leftAlone = (entry: ManifestEntry): LeftAlone | null => {
    if (deletesOf(entry).length > 0) return 'row-level deletes'
    const isReadable = entry.file.format === 'parquet' && entry.file.keyMetadata === null
    return isReadable ? null : 'format'
  }
  return oldestFirst(await read('data', predicate, isWanted)).map((entry) => ({
    entry,
    partitionKey: keyOf(entry),
    leftAlone: leftAlone(entry),
  }))
}

async function liveEntries(
  state: TableState,
  manifests: readonly ManifestFile[],
  {
    predicate,
    keeps,
    ...options
  }: RequestOptions & {
    readonly predicate: BoundPredicate
    readonly keeps: (entry: ManifestEntry) => boolean
  },
): Promise<readonly ManifestEntry[]> {
  const { metadata } = state
  const schema = currentSchema(metadata)
  const scanners = perSpec(metadata, (spec) =>
    createManifestScanner({
      partition: wantedPartition(metadata, spec),
      projected: projectInclusive(predicate, spec, schema),
      predicate,
    }),
  )
  const entries: ManifestEntry[] = []
  for (const manifest of manifests) {
    const { kept } = await scanManifest(state, manifest, scanners(manifest.specId), options)
    for (const entry of kept) if (keeps(entry)) entries.push(entry)
  }
  return entries
}

/** So that the files which are made of them hold stretches of time, by which queries most often ask. */
function oldestFirst(entries: readonly ManifestEntry[]): readonly ManifestEntry[] {
  const numberOf = ({ fileSequenceNumber }: ManifestEntry): bigint => fileSequenceNumber ?? 0n
  return entries.toSorted((left, right) => {
    const [first, second] = [numberOf(left), numberOf(right)]
    return first < second ? -1 : first > second ? 1 : 0
  })
}

function partitionKeys(metadata: TableMetadata): (entry: ManifestEntry) => string {
  const typesOf = perSpec(metadata, (spec) => partitionTypesOf(metadata, spec))
  return ({ file: { specId, partition } }) => partitionKey(typesOf(specId), partition)
}
