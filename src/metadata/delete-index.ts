// Which row-level deletes may be of rows of a data file, by what manifests say (spec: Scan Planning). In doubt a delete file is:
// to take it for none brings rows back that are gone.
import { compareBytes } from '../base/bytes.ts'
import { partitionKey } from '../layout/partition-key.ts'
import type { ManifestEntry } from './manifest-entry.ts'
import { partitionTypesOf } from './partition-types.ts'
import { perSpec } from './per-spec.ts'
import { specById } from './table-metadata.ts'
import type { TableMetadata } from './table-metadata.ts'

/** The column of a position delete file that names data files (spec: Position Delete Files). */
const FILE_PATH_ID = 2147483546

/** The delete files that may concern a data file, each with the numbers that it has in the table. */
export type DeletesOf = (entry: ManifestEntry) => readonly ManifestEntry[]

/**
 * @param deletes live entries of delete manifests
 * @returns the deletes of a live data file, by its partition, its path and its data sequence number
 */
export function deleteIndex(metadata: TableMetadata, deletes: readonly ManifestEntry[]): DeletesOf {
  const keyOf = partitionKeys(metadata)
  const byFile = new Map<string, ManifestEntry[]>()
  const byPartition = new Map<string, ManifestEntry[]>()
  const anywhere: ManifestEntry[] = []
  for (const entry of deletes) {
    const { file } = entry
    if (file.referencedDataFile !== undefined) addTo(byFile, file.referencedDataFile, entry)
    else if (isGlobal(metadata, entry)) anywhere.push(entry)
    else addTo(byPartition, keyOf(entry), entry)
  }
  return (entry) =>
    [
      ...(byFile.get(entry.file.path) ?? []),
      ...(byPartition.get(keyOf(entry)) ?? []),
      ...anywhere,
    ].filter((candidate) => mayApply(candidate, entry))
}

/** Equality deletes of a spec without fields are of all partitions there are. */
function isGlobal(metadata: TableMetadata, { file }: ManifestEntry): boolean {
  return file.content === 'equality-deletes' && specById(metadata, file.specId).fields.length === 0
}

/** Equality deletes are of rows that were there before them, position deletes also of those that came with them. */
function mayApply(candidate: ManifestEntry, entry: ManifestEntry): boolean {
  const deletedAt = candidate.dataSequenceNumber ?? 0n
  const writtenAt = entry.dataSequenceNumber ?? 0n
  if (candidate.file.content === 'equality-deletes') return writtenAt < deletedAt
  return writtenAt <= deletedAt && mayName(candidate, entry.file.path)
}

/** Whether the bounds of the paths in a position delete file leave room for one. */
function mayName({ file }: ManifestEntry, path: string): boolean {
  const { lowerBounds, upperBounds } = file.metrics
  const [lower, upper] = [lowerBounds.get(FILE_PATH_ID), upperBounds.get(FILE_PATH_ID)]
  const bytes = new TextEncoder().encode(path)
  return (
    (lower === undefined || compareBytes(lower, bytes) <= 0) &&
    (upper === undefined || compareBytes(bytes, upper) <= 0)
  )
}

/** A key for the spec and the partition of a file. */
function partitionKeys(metadata: TableMetadata): (entry: ManifestEntry) => string {
  const typesOf = perSpec(metadata, (spec) => partitionTypesOf(metadata, spec))
  return ({ file: { specId, partition } }) =>
    `${specId} ${partitionKey(typesOf(specId), partition)}`
}

function addTo(index: Map<string, ManifestEntry[]>, key: string, entry: ManifestEntry): void {
  const known = index.get(key)
  if (known === undefined) index.set(key, [entry])
  else known.push(entry)
}
