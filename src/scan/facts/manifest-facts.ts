import { toHex } from '../../base/bytes.ts'
import type { ManifestFile } from '../../metadata/manifest-file.ts'
import { partitionTypesOf } from '../../metadata/partition-types.ts'
import { specById } from '../../metadata/table-metadata.ts'
import type { TableMetadata } from '../../metadata/table-metadata.ts'
import type { ListedManifest } from '../metadata-tables.ts'
import type { Facts } from './facts.ts'
import { boundJson } from './values.ts'

/** A row of the `manifests` metadata table. Counts that a list does not tell are null. */
export type ManifestFacts = {
  /** 0 data, 1 deletes. */
  readonly content: number
  readonly path: string
  readonly length: bigint
  readonly partition_spec_id: number
  readonly added_snapshot_id: bigint
  readonly added_data_files_count: number | null
  readonly existing_data_files_count: number | null
  readonly deleted_data_files_count: number | null
  readonly added_delete_files_count: number | null
  readonly existing_delete_files_count: number | null
  readonly deleted_delete_files_count: number | null
  /** One a field of the spec; null when not recorded. */
  readonly partition_summaries: readonly Facts[] | null
}

/** A row of the `all_manifests` metadata table. */
export type ListedManifestFacts = ManifestFacts & {
  /** The snapshot that lists it. */
  readonly reference_snapshot_id: bigint
  /** In hexadecimal. */
  readonly key_metadata: string | null
}

/** The columns of the `all_manifests` metadata table that other engines show. */
export function listedManifestFacts(
  metadata: TableMetadata,
  { manifest, snapshot }: ListedManifest,
): ListedManifestFacts {
  const { keyMetadata } = manifest
  return {
    ...manifestFacts(metadata, manifest),
    reference_snapshot_id: snapshot.snapshotId,
    key_metadata: keyMetadata === null ? null : toHex(keyMetadata),
  }
}

/** The columns of the `manifests` metadata table that other engines show. */
export function manifestFacts(metadata: TableMetadata, manifest: ManifestFile): ManifestFacts {
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
