// Entries as the encoder of their manifest takes them (spec: Manifest Entry Fields; Data File Fields).
import { assert } from '../../base/assert.ts'
import { IcebergError } from '../../base/errors.ts'
import { stringifyJson } from '../../base/json-exact.ts'
import type { PartitionSpec } from '../../layout/partition-spec.ts'
import type { PartitionTuple } from '../../layout/partition-tuple.ts'
import { formatTransform } from '../../layout/transform.ts'
import { FILE_CONTENTS } from '../../metadata/data-file.ts'
import type { DataFile } from '../../metadata/data-file.ts'
import { ENTRY_STATUSES } from '../../metadata/manifest-entry.ts'
import type { ManifestEntry } from '../../metadata/manifest-entry.ts'
import type { ManifestFile } from '../../metadata/manifest-file.ts'
import { partitionTypesOf } from '../../metadata/partition-types.ts'
import type { FormatVersion, TableMetadata, TableSchemas } from '../../metadata/table-metadata.ts'
import { asBuffer, createEncoder } from './encoding.ts'
import type { Encoder } from './encoding.ts'
import { manifestEntrySchema } from './manifest-schemas.ts'
import type { PartitionColumn } from './manifest-schemas.ts'
import { partitionValueToAvro } from './partition-values.ts'

/** What a manifest is to be. */
export interface ManifestForm {
  /** Of the table: its version, and the schemas from which the types of partition values follow. */
  readonly metadata: Pick<TableMetadata, 'formatVersion'> & TableSchemas
  /** The spec of all entries. */
  readonly spec: PartitionSpec
  readonly content: ManifestFile['content']
}

export interface ManifestContent extends ManifestForm {
  readonly entries: Iterable<ManifestEntry>
}

/**
 * The fields of a partition struct.
 *
 * @throws IcebergError `unsupported` when the values of one have no known type
 */
export function partitionColumns(metadata: TableSchemas, spec: PartitionSpec): PartitionColumn[] {
  const types = partitionTypesOf(metadata, spec)
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
export function entryEncoder(
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

/** What is written of each entry. Fields that a version does not have are there all the same: its schema passes over them. */
export function* entriesToAvro(
  { metadata, content, spec, entries }: ManifestContent,
  partition: readonly PartitionColumn[],
): Generator {
  const { formatVersion } = metadata
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
      status: ENTRY_STATUSES.indexOf(status),
      snapshot_id: snapshotId,
      sequence_number: dataSequenceNumber,
      file_sequence_number: fileSequenceNumber,
      data_file: fileToAvro(file, partition),
    }
  }
}

/** Of no meaning, and required in version 1 (spec: Data File Fields): what Iceberg Java writes there. */
const BLOCK_SIZE_BYTES = 67_108_864n

function fileToAvro(file: DataFile, partition: readonly PartitionColumn[]): unknown {
  const { metrics } = file
  return {
    content: FILE_CONTENTS.indexOf(file.content),
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
