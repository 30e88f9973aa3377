import type { TableMetadata } from '../../metadata/table-metadata.ts'
import { sumPartitions } from '../../scan/metadata-tables.ts'
import type { PartitionTotals } from '../../scan/metadata-tables.ts'
import type { SnapshotTableOptions } from '../commands/metadata-tables.ts'
import { findSnapshot } from '../find-snapshot.ts'
import { chosenFormat } from '../format.ts'
import { momentText, partitionJson } from '../metadata-values.ts'
import { printRecords } from '../records.ts'
import type { FactRecord } from '../records.ts'
import type { Terminal } from '../terminal.ts'

export async function printPartitions(
  terminal: Terminal,
  name: string,
  options: SnapshotTableOptions,
): Promise<void> {
  const { state, snapshot } = await findSnapshot(terminal, name, options)
  const partitions = await sumPartitions(state, snapshot, { signal: terminal.signal })
  const records = partitions.map((totals) => partitionRecord(state.metadata, totals))
  await printRecords(terminal, chosenFormat(terminal, options), records)
}

/** The columns of the `partitions` metadata table that other engines show. */
function partitionRecord(
  metadata: TableMetadata,
  { specId, partition, contents, lastUpdated }: PartitionTotals,
): FactRecord {
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
