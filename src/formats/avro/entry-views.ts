// What we want to see in the entries of a manifest (spec: Manifest Entry Fields; Data File Fields), and how it becomes our
// model of them.
import { IcebergError } from '../../base/errors.ts'
import type { PartitionSpec } from '../../layout/partition-spec.ts'
import type { PartitionTuple } from '../../layout/partition-tuple.ts'
import { FILE_CONTENTS } from '../../metadata/data-file.ts'
import type { DataFile, FileContent, FileFormat } from '../../metadata/data-file.ts'
import { ENTRY_STATUSES } from '../../metadata/manifest-entry.ts'
import type { EntryStatus, ManifestEntry } from '../../metadata/manifest-entry.ts'
import type { ManifestFile } from '../../metadata/manifest-file.ts'
import { partitionTypesOf } from '../../metadata/partition-types.ts'
import type { TableSchemas } from '../../metadata/table-metadata.ts'
import { noMetrics } from '../../types/metrics.ts'
import type { ColumnMetrics } from '../../types/metrics.ts'
import type { Schema } from '../../types/schema.ts'
import { avroName } from './avro-name.ts'
import type { Container } from './container.ts'
import { partitionView } from './partition-values.ts'
import type { WantedPartitionField } from './partition-values.ts'
import {
  bytesView,
  fieldView,
  intView,
  listOf,
  longView,
  mapOf,
  optional,
  stringView,
  withDefault,
} from './view.ts'
import type { FieldViews } from './view.ts'

/**
 * The fields of the partition struct of a spec of a table.
 *
 * @param schema the schema that rows are read with, where it is not the table's current one
 */
export function wantedPartition(
  metadata: TableSchemas,
  spec: PartitionSpec,
  schema?: Schema,
): readonly WantedPartitionField[] {
  const types = partitionTypesOf(metadata, spec, schema)
  return spec.fields.map(({ fieldId, name, transform }, index) => ({
    id: fieldId,
    name: avroName(name),
    // A null may have been written as one of any type.
    type: transform.kind === 'void' ? null : (types[index] ?? null),
  }))
}

const FORMATS: readonly FileFormat[] = ['parquet', 'avro', 'orc', 'puffin']

const countsView = optional(mapOf(intView, longView))
const boundsView = optional(mapOf(intView, bytesView))

type Counts = ReadonlyMap<number, bigint>
type Bounds = ReadonlyMap<number, Uint8Array>

/** What is known of the columns of a file, map by map. */
export interface AvroMetrics {
  readonly columnSizes: Counts | null
  readonly valueCounts: Counts | null
  readonly nullCounts: Counts | null
  readonly nanCounts: Counts | null
  readonly lowerBounds: Bounds | null
  readonly upperBounds: Bounds | null
}

/** A file, its metrics apart. */
export interface AvroFile {
  readonly content: number
  readonly path: string
  readonly format: string
  readonly partition: PartitionTuple
  readonly recordCount: bigint
  readonly fileSizeBytes: bigint
  readonly keyMetadata: Uint8Array | null
  readonly splitOffsets: readonly bigint[] | null
  readonly equalityIds: readonly number[] | null
  readonly sortOrderId: number | null
  readonly firstRowId: bigint | null
  readonly referencedDataFile: string | null
  readonly contentOffset: bigint | null
  readonly contentSizeBytes: bigint | null
}

/** An entry, its file apart. */
export interface AvroEntry {
  readonly status: number
  readonly snapshotId: bigint | null
  readonly dataSequenceNumber: bigint | null
  readonly fileSequenceNumber: bigint | null
}

export const metricsFields: FieldViews<AvroMetrics> = {
  columnSizes: fieldView(108, 'column_sizes', countsView),
  valueCounts: fieldView(109, 'value_counts', countsView),
  nullCounts: fieldView(110, 'null_value_counts', countsView),
  nanCounts: fieldView(137, 'nan_value_counts', countsView),
  lowerBounds: fieldView(125, 'lower_bounds', boundsView),
  upperBounds: fieldView(128, 'upper_bounds', boundsView),
}

export function fileFields(partition: readonly WantedPartitionField[]): FieldViews<AvroFile> {
  return {
    content: fieldView(134, 'content', withDefault(intView, 0)),
    path: fieldView(100, 'file_path', stringView),
    format: fieldView(101, 'file_format', stringView),
    partition: fieldView(102, 'partition', partitionView(partition)),
    recordCount: fieldView(103, 'record_count', longView),
    fileSizeBytes: fieldView(104, 'file_size_in_bytes', longView),
    keyMetadata: fieldView(131, 'key_metadata', optional(bytesView)),
    splitOffsets: fieldView(132, 'split_offsets', optional(listOf(longView))),
    equalityIds: fieldView(135, 'equality_ids', optional(listOf(intView))),
    sortOrderId: fieldView(140, 'sort_order_id', optional(intView)),
    firstRowId: fieldView(142, 'first_row_id', optional(longView)),
    referencedDataFile: fieldView(143, 'referenced_data_file', optional(stringView)),
    contentOffset: fieldView(144, 'content_offset', optional(longView)),
    contentSizeBytes: fieldView(145, 'content_size_in_bytes', optional(longView)),
  }
}

export const entryFields: FieldViews<AvroEntry> = {
  status: fieldView(0, 'status', intView),
  snapshotId: fieldView(1, 'snapshot_id', optional(longView)),
  dataSequenceNumber: fieldView(3, 'sequence_number', optional(longView)),
  fileSequenceNumber: fieldView(4, 'file_sequence_number', optional(longView)),
}

/** Where the file is in an entry. */
export const DATA_FILE: { readonly id: number; readonly name: string } = {
  id: 2,
  name: 'data_file',
}

/**
 * With another spec the partition values would be others' values. The header's `content` proves nothing: delete manifests
 * of Iceberg Java say `data` there, up to versions that are still in use.
 */
export function checkSpec(file: Container, manifest: ManifestFile): void {
  const specId = file.property('partition-spec-id')
  if (specId === undefined || specId === String(manifest.specId)) return
  throw new IcebergError('corrupt', 'manifest has another partition spec than its list says', {
    context: { specId, listedSpecId: manifest.specId },
  })
}

export function statusOf(code: number): EntryStatus {
  return ENTRY_STATUSES[code] ?? notCoded('status of a manifest entry', code)
}

/** What an entry says of itself; nothing is inherited yet. */
export function entryFromAvro(entry: AvroEntry, file: DataFile): ManifestEntry {
  return {
    status: statusOf(entry.status),
    snapshotId: entry.snapshotId,
    dataSequenceNumber: entry.dataSequenceNumber,
    fileSequenceNumber: entry.fileSequenceNumber,
    file,
  }
}

export function fileFromAvro(
  file: AvroFile,
  metrics: ColumnMetrics,
  manifest: ManifestFile,
): DataFile {
  return {
    content: contentOf(file, manifest),
    path: file.path,
    format: formatOf(file.format),
    specId: manifest.specId,
    partition: file.partition,
    recordCount: file.recordCount,
    fileSizeBytes: file.fileSizeBytes,
    metrics,
    splitOffsets: file.splitOffsets,
    equalityIds: file.equalityIds,
    sortOrderId: file.sortOrderId,
    keyMetadata: file.keyMetadata,
    ...known('referencedDataFile', file.referencedDataFile),
    ...known('firstRowId', file.firstRowId),
    ...known('contentOffset', file.contentOffset),
    ...known('contentSizeBytes', file.contentSizeBytes),
  }
}

/** Maps that are null or not written tell nothing, as empty ones do. */
export function metricsFromAvro(maps: AvroMetrics): ColumnMetrics {
  return {
    columnSizes: maps.columnSizes ?? noMetrics.columnSizes,
    valueCounts: maps.valueCounts ?? noMetrics.valueCounts,
    nullCounts: maps.nullCounts ?? noMetrics.nullCounts,
    nanCounts: maps.nanCounts ?? noMetrics.nanCounts,
    lowerBounds: maps.lowerBounds ?? noMetrics.lowerBounds,
    upperBounds: maps.upperBounds ?? noMetrics.upperBounds,
  }
}

/** A field of a model in which what is not known is absent. */
function known<Name extends string, Value>(
  name: Name,
  value: Value | null,
): { readonly [Key in Name]?: Value } {
  // One property, of the name that was given.
  return (value === null ? {} : { [name]: value }) as { readonly [Key in Name]?: Value }
}

/** Data and deletes are never in one manifest, because those of deletes are read first (spec: Manifests). */
function contentOf(file: AvroFile, manifest: ManifestFile): FileContent {
  const content = FILE_CONTENTS[file.content] ?? notCoded('content of a file', file.content)
  if ((content === 'data') === (manifest.content === 'data')) return content
  throw new IcebergError('corrupt', 'manifest lists a file of another content', {
    context: { content, manifestContent: manifest.content, file: file.path },
  })
}

/** Writers differ in case. */
function formatOf(name: string): FileFormat {
  const format = FORMATS.find((candidate) => candidate === name.toLowerCase())
  if (format !== undefined) return format
  throw new IcebergError('unsupported', 'file format is not known', { context: { format: name } })
}

function notCoded(what: string, code: number): never {
  throw new IcebergError('corrupt', `${what} has an unknown code`, { context: { code } })
}
