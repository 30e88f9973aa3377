import { partitionTypes } from '../../layout/partition-spec.ts'
import type { ManifestFile } from '../../metadata/manifest-file.ts'
import { currentSchema, specById } from '../../metadata/table-metadata.ts'
import type { TableMetadata } from '../../metadata/table-metadata.ts'
import { listManifests } from '../../scan/metadata-tables.ts'
import type { SnapshotTableOptions } from '../commands/metadata-tables.ts'
import { findSnapshot } from '../find-snapshot.ts'
import { chosenFormat } from '../format.ts'
import { boundJson } from '../metadata-values.ts'
import { printRecords } from '../records.ts'
import type { FactRecord } from '../records.ts'
import type { Terminal } from '../terminal.ts'

export async function printManifests(
  terminal: Terminal,
  name: string,
  options: SnapshotTableOptions,
): Promise<void> {
  const { state, snapshot } = await findSnapshot(terminal, name, options)
  const manifests = await listManifests(state, snapshot, { signal: terminal.signal })
  const records = manifests.map((manifest) => manifestRecord(state.metadata, manifest))
  await printRecords(terminal, chosenFormat(terminal, options), records)
}

/** The columns of the `manifests` metadata table that other engines show. */
function manifestRecord(metadata: TableMetadata, manifest: ManifestFile): FactRecord {
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
    partition_summaries: summaryRecords(metadata, manifest),
  }
}

function summaryRecords(
  metadata: TableMetadata,
  { specId, partitions }: ManifestFile,
): readonly FactRecord[] | null {
  const types = partitionTypes(specById(metadata, specId), currentSchema(metadata))
  return (
    partitions?.map(({ containsNull, containsNan, lowerBound, upperBound }, index) => ({
      contains_null: containsNull,
      contains_nan: containsNan,
      lower_bound: boundJson(types[index] ?? null, lowerBound),
      upper_bound: boundJson(types[index] ?? null, upperBound),
    })) ?? null
  )
}
