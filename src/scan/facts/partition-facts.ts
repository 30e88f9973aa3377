import type { TableMetadata } from '../../metadata/table-metadata.ts'
import type { PartitionTotals } from '../metadata-tables.ts'
import { momentText, partitionJson } from './values.ts'

/** A row of the `partitions` metadata table. */
export type PartitionFacts = {
  /** By the names of the fields of the spec. */
  readonly partition: ReadonlyMap<string, unknown>
  readonly spec_id: number
  readonly record_count: bigint
  readonly file_count: number
  readonly total_data_file_size_in_bytes: bigint
  readonly position_delete_record_count: bigint
  readonly position_delete_file_count: number
  readonly equality_delete_record_count: bigint
  readonly equality_delete_file_count: number
  readonly last_updated_at: string | null
  readonly last_updated_snapshot_id: bigint | null
}

/** The columns of the `partitions` metadata table that other engines show. */
export function partitionFacts(
  metadata: TableMetadata,
  { specId, partition, contents, lastUpdated }: PartitionTotals,
): PartitionFacts {
  return {
    partition: partitionJson(metadata, specId, partition),
    spec_id: specId,
    record_count: contents.data.rows,
    file_count: contents.data.files,
    total_data_file_size_in_bytes: contents.data.sizeBytes,
    position_delete_record_count: contents['position-deletes'].rows,
    position_delete_file_count: contents['position-deletes'].files,
    equality_delete_record_count: contents['equality-deletes'].rows,
    equality_delete_file_count: contents['equality-deletes'].files,
    last_updated_at: lastUpdated === null ? null : momentText(lastUpdated.timestampMs),
    last_updated_snapshot_id: lastUpdated?.snapshotId ?? null,
  }
}
