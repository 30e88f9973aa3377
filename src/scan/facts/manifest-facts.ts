import type { ManifestFile } from '../../metadata/manifest-file.ts'
import { partitionTypesOf } from '../../metadata/partition-types.ts'
import { specById } from '../../metadata/table-metadata.ts'
import type { TableMetadata } from '../../metadata/table-metadata.ts'
import type { Facts } from './facts.ts'
import { boundJson } from './values.ts'

/** The columns of the `manifests` metadata table that other engines show. */
export function manifestFacts(metadata: TableMetadata, manifest: ManifestFile): Facts {
  const { addedFiles, existingFiles, deletedFiles } = manifest
  const ofData = manifest.content === 'data'
  return {
    content: ofData ? 0 : 1,
    path: manifest.path,
    length: manifest.lengthBytes,
    partition_spec_id: manifest.specId,
    added_snapshot_id: manifest.addedSnapshotId,
    added_data_files_count: ofData ? addedFiles : 0,
    existing_data_files_count: ofData ? existingFiles : 0,
    deleted_data_files_count: ofData ? deletedFiles : 0,
    added_delete_files_count: ofData ? 0 : addedFiles,
    existing_delete_files_count: ofData ? 0 : existingFiles,
    deleted_delete_files_count: ofData ? 0 : deletedFiles,
    partition_summaries: summaryFacts(metadata, manifest),
  }
}

function summaryFacts(
  metadata: TableMetadata,
  { specId, partitions }: ManifestFile,
): readonly Facts[] | null {
  const types = partitionTypesOf(metadata, specById(metadata, specId))
  return (
    partitions?.map(({ containsNull, containsNan, lowerBound, upperBound }, index) => ({
      contains_null: containsNull,
      contains_nan: containsNan,
      lower_bound: boundJson(types[index] ?? null, lowerBound),
      upper_bound: boundJson(types[index] ?? null, upperBound),
    })) ?? null
  )
}
