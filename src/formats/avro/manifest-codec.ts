// Manifests: the files of a table, with what is known of each (spec: Manifests).
import { assert } from '../../base/assert.ts'
import { IcebergError } from '../../base/errors.ts'
import { stringifyJson } from '../../base/json-exact.ts'
import { specFieldsToJson } from '../../layout/layout-json.ts'
import { partitionTypes } from '../../layout/partition-spec.ts'
import type { PartitionSpec } from '../../layout/partition-spec.ts'
import type { PartitionTuple } from '../../layout/partition-tuple.ts'
import { formatTransform } from '../../layout/transform.ts'
import type { DataFile, FileContent, FileFormat } from '../../metadata/data-file.ts'
import { inheritNumbers } from '../../metadata/manifest-entry.ts'
import type { EntryStatus, ManifestEntry } from '../../metadata/manifest-entry.ts'
import type { ManifestFile } from '../../metadata/manifest-file.ts'
import { currentSchema, specById } from '../../metadata/table-metadata.ts'
import type { FormatVersion, TableMetadata } from '../../metadata/table-metadata.ts'
import { noMetrics } from '../../types/metrics.ts'
import { schemaToJson } from '../../types/schema-json.ts'
import type { Schema } from '../../types/schema.ts'
import { openContainer, writeContainer } from './container.ts'
import type { Container, ContainerLimits } from './container.ts'
import { asBuffer, createEncoder } from './encoding.ts'
import type { Encoder } from './encoding.ts'
import { avroName } from './avro-name.ts'
import { manifestEntrySchema } from './manifest-schemas.ts'
import type { PartitionColumn } from './manifest-schemas.ts'
import { partitionValueToAvro, partitionView } from './partition-values.ts'
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
  struct,
  withDefault,
} from './view.ts'
import type { Viewed } from './view.ts'

export interface ManifestContent {
  readonly formatVersion: FormatVersion
  /** The table's schema, from which the types of the partition values follow. */
  readonly schema: Schema
  /** The spec of all entries. */
  readonly spec: PartitionSpec
  readonly content: ManifestFile['content']
  readonly entries: readonly ManifestEntry[]
}

/**
 * The bytes of a manifest. Version 1 knows data alone, and has each entry name its snapshot; numbers and row ids are left
 * out of files whose version does not have them.
 *
 * @throws IcebergError `unsupported` when the spec has a field whose values have no known type
 */
export function encodeManifest(manifest: ManifestContent): Uint8Array {
  const { formatVersion, schema, spec, content } = manifest
  assert(formatVersion > 1 || content === 'data', 'version 1 has no row-level deletes')
  const partition = partitionColumns(spec, schema)
  return writeContainer({
    schema: manifestEntrySchema(formatVersion, partition),
    properties: new Map([
      ['schema', stringifyJson(schemaToJson(schema))],
      ['schema-id', String(schema.schemaId)],
      ['partition-spec', stringifyJson(specFieldsToJson(spec))],
      ['partition-spec-id', String(spec.specId)],
      ['format-version', String(formatVersion)],
      ...contentProperty(manifest),
    ]),
    encoder: entryEncoder(formatVersion, partition),
    values: entriesToAvro(manifest, partition),
  })
}

function contentProperty({ formatVersion, content }: ManifestContent): [string, string][] {
  return formatVersion === 1 ? [] : [['content', content]]
}

export interface DecodeManifestOptions extends ContainerLimits {
  /** The schema that partition values are typed by, when it is not the table's current one. */
  readonly schema?: Schema
}

/**
 * The entries of a manifest, deleted ones too, with the numbers that they inherit from its line in the manifest list
 * (spec: Sequence Number Inheritance). Byte arrays in them are views of `bytes` or of blocks inflated from it.
 *
 * @param manifest the manifest's line in the manifest list
 * @throws IcebergError `corrupt` when the bytes are damaged, or are not the manifest that the list means
 * @throws IcebergError `unsupported` when they are encrypted or compressed in a way that is not built yet
 * @throws IcebergError `limit` when they inflate to more than is allowed
 */
export function decodeManifest(
  bytes: Uint8Array,
  manifest: ManifestFile,
  metadata: TableMetadata,
  options: DecodeManifestOptions = {},
): ManifestEntry[] {
  const file = openContainer(bytes, options)
  checkSpec(file, manifest)
  const spec = specById(metadata, manifest.specId)
  const types = partitionTypes(spec, options.schema ?? currentSchema(metadata))
  const partition = spec.fields.map(({ fieldId, name }, index) => ({
    id: fieldId,
    name: avroName(name),
    type: types[index] ?? null,
  }))
  const entries = file.values(struct(entryFields(partition)))
  return entries.map((entry) => inheritNumbers(entryFromAvro(entry, manifest), manifest))
}

const STATUSES: readonly EntryStatus[] = ['existing', 'added', 'deleted']
const CONTENTS: readonly FileContent[] = ['data', 'position-deletes', 'equality-deletes']
const FORMATS: readonly FileFormat[] = ['parquet', 'avro', 'orc', 'puffin']

const countsView = optional(mapOf(intView, longView))
const boundsView = optional(mapOf(intView, bytesView))

function fileFields(partition: readonly WantedPartitionField[]) {
  return {
    content: fieldView(134, 'content', withDefault(intView, 0)),
    path: fieldView(100, 'file_path', stringView),
    format: fieldView(101, 'file_format', stringView),
    partition: fieldView(102, 'partition', partitionView(partition)),
    recordCount: fieldView(103, 'record_count', longView),
    fileSizeBytes: fieldView(104, 'file_size_in_bytes', longView),
    columnSizes: fieldView(108, 'column_sizes', countsView),
    valueCounts: fieldView(109, 'value_counts', countsView),
    nullCounts: fieldView(110, 'null_value_counts', countsView),
    nanCounts: fieldView(137, 'nan_value_counts', countsView),
    lowerBounds: fieldView(125, 'lower_bounds', boundsView),
    upperBounds: fieldView(128, 'upper_bounds', boundsView),
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

function entryFields(partition: readonly WantedPartitionField[]) {
  return {
    status: fieldView(0, 'status', intView),
    snapshotId: fieldView(1, 'snapshot_id', optional(longView)),
    dataSequenceNumber: fieldView(3, 'sequence_number', optional(longView)),
    fileSequenceNumber: fieldView(4, 'file_sequence_number', optional(longView)),
    file: fieldView(2, 'data_file', struct(fileFields(partition))),
  }
}

type AvroFile = Viewed<ReturnType<typeof fileFields>>
type AvroEntry = Viewed<ReturnType<typeof entryFields>>

/**
 * With another spec the partition values would be others' values. The header's `content` proves nothing: delete manifests
 * of Iceberg Java say `data` there, up to versions that are still in use.
 */
function checkSpec(file: Container, manifest: ManifestFile): void {
  const specId = file.property('partition-spec-id')
  if (specId === undefined || specId === String(manifest.specId)) return
  throw new IcebergError('corrupt', 'manifest has another partition spec than its list says', {
    context: { specId, listedSpecId: manifest.specId },
  })
}

function entryFromAvro(entry: AvroEntry, manifest: ManifestFile): ManifestEntry {
  return {
    status: STATUSES[entry.status] ?? notCoded('status of a manifest entry', entry.status),
    snapshotId: entry.snapshotId,
    dataSequenceNumber: entry.dataSequenceNumber,
    fileSequenceNumber: entry.fileSequenceNumber,
    file: fileFromAvro(entry.file, manifest),
  }
}

function fileFromAvro(file: AvroFile, manifest: ManifestFile): DataFile {
  return {
    content: contentOf(file, manifest),
    path: file.path,
    format: formatOf(file.format),
    specId: manifest.specId,
    partition: file.partition,
    recordCount: file.recordCount,
    fileSizeBytes: file.fileSizeBytes,
    metrics: {
      columnSizes: file.columnSizes ?? noMetrics.columnSizes,
      valueCounts: file.valueCounts ?? noMetrics.valueCounts,
      nullCounts: file.nullCounts ?? noMetrics.nullCounts,
      nanCounts: file.nanCounts ?? noMetrics.nanCounts,
      lowerBounds: file.lowerBounds ?? noMetrics.lowerBounds,
      upperBounds: file.upperBounds ?? noMetrics.upperBounds,
    },
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
  const content = CONTENTS[file.content] ?? notCoded('content of a file', file.content)
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

function partitionColumns(spec: PartitionSpec, schema: Schema): PartitionColumn[] {
  const types = partitionTypes(spec, schema)
  return spec.fields.map(({ fieldId, name, transform }, index) => {
    const type = types[index]
    if (type !== undefined && type !== null) return { fieldId, name, type }
    throw new IcebergError('unsupported', 'partition values of unknown type cannot be written', {
      context: { specId: spec.specId, field: name, transform: formatTransform(transform) },
    })
  })
}

const encoders = new Map<string, Encoder>()
const MAX_ENCODERS = 64

/**
 * The encoder of entries. Making one compiles code, so those in use are kept. Their partition fields have names of our
 * own: Avro writes no names with values, and so none that a user chose can get in the way of the code.
 */
function entryEncoder(
  formatVersion: FormatVersion,
  partition: readonly PartitionColumn[],
): Encoder {
  const schema = manifestEntrySchema(
    formatVersion,
    partition.map((column, index) => ({ ...column, name: partitionName(index) })),
  )
  const key = stringifyJson(schema)
  const encoder = encoders.get(key) ?? createEncoder(schema)
  if (encoders.size >= MAX_ENCODERS) encoders.clear()
  encoders.set(key, encoder)
  return encoder
}

function partitionName(index: number): string {
  return `p${index}`
}

function* entriesToAvro(
  { formatVersion, content, spec, entries }: ManifestContent,
  partition: readonly PartitionColumn[],
): Generator {
  for (const entry of entries) {
    const { status, snapshotId, dataSequenceNumber, fileSequenceNumber, file } = entry
    assert(file.specId === spec.specId, 'a manifest holds files of one spec')
    assert(
      (file.content === 'data') === (content === 'data'),
      'a manifest holds files of one content',
    )
    assert(formatVersion > 1 || snapshotId !== null, 'entries of version 1 name their snapshot')
    assert(
      formatVersion === 1 ||
        status === 'added' ||
        (dataSequenceNumber !== null && fileSequenceNumber !== null),
      'only added entries inherit sequence numbers',
    )
    yield {
      status: STATUSES.indexOf(status),
      snapshot_id: snapshotId,
      sequence_number: dataSequenceNumber,
      file_sequence_number: fileSequenceNumber,
      data_file: fileToAvro(file, partition),
    }
  }
}

/** Of no meaning, and required in version 1 (spec: Data File Fields): what Iceberg Java writes there. */
const BLOCK_SIZE_BYTES = 67_108_864n

/** Fields that the schema of a version does not have are passed over. */
function fileToAvro(file: DataFile, partition: readonly PartitionColumn[]): unknown {
  const { metrics } = file
  return {
    content: CONTENTS.indexOf(file.content),
    file_path: file.path,
    file_format: file.format.toUpperCase(),
    partition: tupleToAvro(file.partition, partition),
    record_count: file.recordCount,
    file_size_in_bytes: file.fileSizeBytes,
    block_size_in_bytes: BLOCK_SIZE_BYTES,
    column_sizes: countsToAvro(metrics.columnSizes),
    value_counts: countsToAvro(metrics.valueCounts),
    null_value_counts: countsToAvro(metrics.nullCounts),
    nan_value_counts: countsToAvro(metrics.nanCounts),
    lower_bounds: boundsToAvro(metrics.lowerBounds),
    upper_bounds: boundsToAvro(metrics.upperBounds),
    key_metadata: file.keyMetadata === null ? null : asBuffer(file.keyMetadata),
    split_offsets: file.splitOffsets,
    equality_ids: file.equalityIds,
    sort_order_id: file.sortOrderId,
    first_row_id: file.firstRowId ?? null,
    referenced_data_file: file.referencedDataFile ?? null,
    content_offset: file.contentOffset ?? null,
    content_size_in_bytes: file.contentSizeBytes ?? null,
  }
}

function tupleToAvro(tuple: PartitionTuple, partition: readonly PartitionColumn[]): unknown {
  assert(tuple.length === partition.length, 'a partition tuple has a value for each field')
  return Object.fromEntries(
    partition.map(({ type }, index) => {
      const value = tuple[index] ?? null
      return [partitionName(index), value === null ? null : partitionValueToAvro(type, value)]
    }),
  )
}

/** No entries are written as null: nothing is known either way. */
function countsToAvro(counts: ReadonlyMap<number, bigint>): unknown {
  return counts.size === 0 ? null : Array.from(counts, ([key, value]) => ({ key, value }))
}

function boundsToAvro(bounds: ReadonlyMap<number, Uint8Array>): unknown {
  return bounds.size === 0
    ? null
    : Array.from(bounds, ([key, bytes]) => ({ key, value: asBuffer(bytes) }))
}
