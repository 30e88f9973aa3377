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

/** What a manifest says of a file; bytes in hexadecimal, metrics by the text of the field's id. */
export type FileColumns = {
  /** 0 data, 1 position deletes, 2 equality deletes. */
  readonly content: number
  readonly file_path: string
  readonly file_format: string
  readonly spec_id: number
  /** By the names of the fields of the file's spec. */
  readonly partition: ReadonlyMap<string, unknown>
  readonly record_count: bigint
  readonly file_size_in_bytes: bigint
  readonly column_sizes: ReadonlyMap<string, unknown>
  readonly value_counts: ReadonlyMap<string, unknown>
  readonly null_value_counts: ReadonlyMap<string, unknown>
  readonly nan_value_counts: ReadonlyMap<string, unknown>
  readonly lower_bounds: ReadonlyMap<string, unknown>
  readonly upper_bounds: ReadonlyMap<string, unknown>
  readonly key_metadata: string | null
  readonly split_offsets: readonly bigint[] | null
  readonly equality_ids: readonly number[] | null
  readonly sort_order_id: number | null
  readonly first_row_id: bigint | null
  readonly referenced_data_file: string | null
  readonly content_offset: bigint | null
  readonly content_size_in_bytes: bigint | null
}

/** A row of the `files` metadata table and of those like it. */
export type FileFacts = FileColumns & {
  /** What is known of each column of the table, by its dotted name. */
  readonly readable_metrics: ReadonlyMap<string, Facts>
}

/** A row of the `entries` metadata table. */
export type EntryFacts = {
  /** 0 existing, 1 added, 2 deleted. */
  readonly status: number
  readonly snapshot_id: bigint | null
  readonly sequence_number: bigint | null
  readonly file_sequence_number: bigint | null
  readonly data_file: FileColumns
  readonly readable_metrics: ReadonlyMap<string, Facts>
}

/** The columns of the `entries` metadata table that other engines show. */
export function entryFacts(metadata: TableMetadata, entry: ManifestEntry): EntryFacts {
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
export function liveFileFacts(metadata: TableMetadata, { file }: ManifestEntry): FileFacts {
  return { ...fileFacts(metadata, file), readable_metrics: metricsFacts(metadata, file) }
}

function fileFacts(metadata: TableMetadata, file: DataFile): FileColumns {
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
