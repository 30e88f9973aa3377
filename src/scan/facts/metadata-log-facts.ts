import type { LoadedTable } from '../../catalog/catalog.ts'
import { snapshotById } from '../../metadata/table-metadata.ts'
import type { MetadataLogEntry, TableMetadata } from '../../metadata/table-metadata.ts'
import { momentText } from './values.ts'

/** A row of the `metadata_log_entries` metadata table. What was current then is null where it has expired since. */
export type MetadataLogFacts = {
  readonly timestamp: string
  readonly file: string
  readonly latest_snapshot_id: bigint | null
  readonly latest_schema_id: number | null
  readonly latest_sequence_number: bigint | null
}

/** The columns of the `metadata_log_entries` metadata table that other engines show: former files, then the current one. */
export function metadataLogFacts({
  metadata,
  metadataLocation: metadataFile,
}: Pick<LoadedTable, 'metadata' | 'metadataLocation'>): readonly MetadataLogFacts[] {
  const current = { timestampMs: metadata.lastUpdatedMs, metadataFile }
  return [...metadata.metadataLog, current].map((entry) => entryFacts(metadata, entry))
}

function entryFacts(
  metadata: TableMetadata,
  { timestampMs, metadataFile }: MetadataLogEntry,
): MetadataLogFacts {
  const logged = metadata.snapshotLog.findLast((entry) => entry.timestampMs <= timestampMs)
  const snapshot = logged === undefined ? undefined : snapshotById(metadata, logged.snapshotId)
  return {
    timestamp: momentText(timestampMs),
    file: metadataFile,
    latest_snapshot_id: logged?.snapshotId ?? null,
    latest_schema_id: snapshot?.schemaId ?? null,
    latest_sequence_number: snapshot?.sequenceNumber ?? null,
  }
}
