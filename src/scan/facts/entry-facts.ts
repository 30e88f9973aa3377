import { toHex } from '../../base/bytes.ts'
import { FILE_CONTENTS } from '../../metadata/data-file.ts'
import type { DataFile } from '../../metadata/data-file.ts'
import { ENTRY_STATUSES } from '../../metadata/manifest-entry.ts'
import type { ManifestEntry } from '../../metadata/manifest-entry.ts'
import { currentSchema } from '../../metadata/table-metadata.ts'
import type { TableMetadata } from '../../metadata/table-metadata.ts'
import { allFields } from '../../types/schema.ts'
import { isPrimitive } from '../../types/type.ts'
import type { Facts } from './facts.ts'
import { boundJson, partitionJson } from './values.ts'

/** The columns of the `entries` metadata table that other engines show. */
export function entryFacts(
  metadata: TableMetadata,
  entry: ManifestEntry,
): Facts & { readonly data_file: Facts } {
  return {
    status: ENTRY_STATUSES.indexOf(entry.status),
    snapshot_id: entry.snapshotId,
    sequence_number: entry.dataSequenceNumber,
    file_sequence_number: entry.fileSequenceNumber,
    data_file: fileFacts(metadata, entry.file),
    readable_metrics: metricsFacts(metadata, entry.file),
  }
}

/** The columns of the `files` metadata table that other engines show. */
export function liveFileFacts(metadata: TableMetadata, { file }: ManifestEntry): Facts {
  return { ...fileFacts(metadata, file), readable_metrics: metricsFacts(metadata, file) }
}

function fileFacts(metadata: TableMetadata, file: DataFile): Facts {
  const { metrics, keyMetadata } = file
  return {
    content: FILE_CONTENTS.indexOf(file.content),
    file_path: file.path,
    file_format: file.format.toUpperCase(),
    spec_id: file.specId,
    partition: partitionJson(metadata, file.specId, file.partition),
    record_count: file.recordCount,
    file_size_in_bytes: file.fileSizeBytes,
    column_sizes: byFieldId(metrics.columnSizes),
    value_counts: byFieldId(metrics.valueCounts),
    null_value_counts: byFieldId(metrics.nullCounts),
    nan_value_counts: byFieldId(metrics.nanCounts),
    lower_bounds: byFieldId(metrics.lowerBounds),
    upper_bounds: byFieldId(metrics.upperBounds),
    key_metadata: keyMetadata === null ? null : toHex(keyMetadata),
    split_offsets: file.splitOffsets,
    equality_ids: file.equalityIds,
    sort_order_id: file.sortOrderId,
    first_row_id: file.firstRowId ?? null,
    referenced_data_file: file.referencedDataFile ?? null,
    content_offset: file.contentOffset ?? null,
    content_size_in_bytes: file.contentSizeBytes ?? null,
  }
}

function byFieldId(values: ReadonlyMap<number, bigint | Uint8Array>): ReadonlyMap<string, unknown> {
  return new Map(
    Array.from(values, ([id, value]) => [
      String(id),
      value instanceof Uint8Array ? toHex(value) : value,
    ]),
  )
}

/** What is known of each column of the table's current schema, by its name. */
function metricsFacts(metadata: TableMetadata, { metrics }: DataFile): ReadonlyMap<string, Facts> {
  const records = allFields(currentSchema(metadata)).flatMap(({ field: { id, type }, path }) => {
    if (!isPrimitive(type) || !metrics.valueCounts.has(id)) return []
    const record: Facts = {
      column_size: metrics.columnSizes.get(id) ?? null,
      value_count: metrics.valueCounts.get(id) ?? null,
      null_value_count: metrics.nullCounts.get(id) ?? null,
      nan_value_count: metrics.nanCounts.get(id) ?? null,
      lower_bound: boundJson(type, metrics.lowerBounds.get(id)),
      upper_bound: boundJson(type, metrics.upperBounds.get(id)),
    }
    return [[path.join('.'), record] as const]
  })
  return new Map(records)
}
