// The Avro schemas of manifests and manifest lists (spec: Manifests; Manifest Lists), with the field ids that readers look
// for (spec: Avro). Optional fields are unions whose first branch is null, and default to it. What a version does not have
// is left out of its files (spec: Writer requirements).
import { unreachable } from '../../base/assert.ts'
import type { FormatVersion } from '../../metadata/table-metadata.ts'
import type { PrimitiveType } from '../../types/type.ts'
import { avroName } from './avro-name.ts'
import { withoutValues } from '../../types/without-values.ts'

/** A field of the partition struct: its type is that of the transform's values. */
export interface PartitionColumn {
  readonly fieldId: number
  readonly name: string
  readonly type: PrimitiveType
}

/** The schema of the entries of a manifest whose spec has these fields. */
export function manifestEntrySchema(
  formatVersion: FormatVersion,
  partition: readonly PartitionColumn[],
): unknown {
  const from = fieldsFrom(formatVersion)
  return record('manifest_entry', [
    required(0, 'status', 'int'),
    (formatVersion === 1 ? required : optional)(1, 'snapshot_id', 'long'),
    ...from(2, optional(3, 'sequence_number', 'long')),
    ...from(2, optional(4, 'file_sequence_number', 'long')),
    required(2, 'data_file', dataFileSchema(formatVersion, partition)),
  ])
}

function dataFileSchema(
  formatVersion: FormatVersion,
  partition: readonly PartitionColumn[],
): unknown {
  const from = fieldsFrom(formatVersion)
  const blockSize = required(105, 'block_size_in_bytes', 'long')
  return record('r2', [
    ...from(2, required(134, 'content', 'int')),
    required(100, 'file_path', 'string'),
    required(101, 'file_format', 'string'),
    required(102, 'partition', partitionSchema(partition)),
    required(103, 'record_count', 'long'),
    required(104, 'file_size_in_bytes', 'long'),
    ...(formatVersion === 1 ? [blockSize] : []),
    optional(108, 'column_sizes', map(117, 118, 'long')),
    optional(109, 'value_counts', map(119, 120, 'long')),
    optional(110, 'null_value_counts', map(121, 122, 'long')),
    optional(137, 'nan_value_counts', map(138, 139, 'long')),
    optional(125, 'lower_bounds', map(126, 127, 'bytes')),
    optional(128, 'upper_bounds', map(129, 130, 'bytes')),
    optional(131, 'key_metadata', 'bytes'),
    optional(132, 'split_offsets', list(133, 'long')),
    ...from(2, optional(135, 'equality_ids', list(136, 'int'))),
    optional(140, 'sort_order_id', 'int'),
    ...from(3, optional(142, 'first_row_id', 'long')),
    ...from(2, optional(143, 'referenced_data_file', 'string')),
    ...from(3, optional(144, 'content_offset', 'long')),
    ...from(3, optional(145, 'content_size_in_bytes', 'long')),
  ])
}

/** Two names that Avro spells alike are told apart by their ids. */
function partitionSchema(partition: readonly PartitionColumn[]): unknown {
  const taken = new Set<string>()
  const fields = partition.map(({ fieldId, name, type }) => {
    let spelled = avroName(name)
    while (taken.has(spelled)) spelled += `_${fieldId}`
    taken.add(spelled)
    const field = optional(fieldId, spelled, valueSchema(type, fieldId))
    return spelled === name ? field : { ...field, 'iceberg-field-name': name }
  })
  return record('r102', fields)
}

/** The schema of the lines of a manifest list. */
export function manifestFileSchema(formatVersion: FormatVersion): unknown {
  const from = fieldsFrom(formatVersion)
  const count = formatVersion === 1 ? optional : required
  return record('manifest_file', [
    required(500, 'manifest_path', 'string'),
    required(501, 'manifest_length', 'long'),
    required(502, 'partition_spec_id', 'int'),
    ...from(2, required(517, 'content', 'int')),
    ...from(2, required(515, 'sequence_number', 'long')),
    ...from(2, required(516, 'min_sequence_number', 'long')),
    required(503, 'added_snapshot_id', 'long'),
    count(504, 'added_files_count', 'int'),
    count(505, 'existing_files_count', 'int'),
    count(506, 'deleted_files_count', 'int'),
    count(512, 'added_rows_count', 'long'),
    count(513, 'existing_rows_count', 'long'),
    count(514, 'deleted_rows_count', 'long'),
    optional(507, 'partitions', list(508, fieldSummarySchema())),
    optional(519, 'key_metadata', 'bytes'),
    ...from(3, optional(520, 'first_row_id', 'long')),
  ])
}

function fieldSummarySchema(): unknown {
  return record('r508', [
    required(509, 'contains_null', 'boolean'),
    optional(518, 'contains_nan', 'boolean'),
    optional(510, 'lower_bound', 'bytes'),
    optional(511, 'upper_bound', 'bytes'),
  ])
}

/**
 * The Avro type of a value (spec: Avro).
 *
 * @param fieldId makes the names of fixed types unique: a name that comes twice must refer to the first, which not every
 *   reader follows
 */
function valueSchema(type: PrimitiveType, fieldId: number): unknown {
  switch (type.kind) {
    case 'boolean':
    case 'int':
    case 'long':
    case 'float':
    case 'double':
    case 'string':
      return type.kind
    case 'binary':
      return 'bytes'
    case 'date':
      return { type: 'int', logicalType: 'date' }
    case 'time':
      return { type: 'long', logicalType: 'time-micros' }
    case 'timestamp':
    case 'timestamptz':
      return {
        type: 'long',
        logicalType: 'timestamp-micros',
        'adjust-to-utc': type.kind === 'timestamptz',
      }
    case 'timestamp_ns':
    case 'timestamptz_ns':
      return {
        type: 'long',
        logicalType: 'timestamp-nanos',
        'adjust-to-utc': type.kind === 'timestamptz_ns',
      }
    case 'uuid':
      return { type: 'fixed', name: `uuid_${fieldId}`, size: 16, logicalType: 'uuid' }
    case 'fixed':
      return { type: 'fixed', name: `fixed_${fieldId}`, size: type.length }
    case 'decimal':
      return {
        type: 'fixed',
        name: `decimal_${fieldId}`,
        size: decimalBytes(type.precision),
        logicalType: 'decimal',
        precision: type.precision,
        scale: type.scale,
      }
    case 'unknown':
    case 'geometry':
    case 'geography':
      throw withoutValues(type)
    default:
      return unreachable(type)
  }
}

/** The fewest bytes that hold every decimal of a precision (spec: Avro). */
export function decimalBytes(precision: number): number {
  let bytes = 1
  while (1n << BigInt(8 * bytes - 1) < 10n ** BigInt(precision)) bytes += 1
  return bytes
}

interface RecordField {
  readonly name: string
  readonly type: unknown
  readonly default?: null
  readonly 'field-id': number
}

function record(name: string, fields: readonly RecordField[]): unknown {
  return { type: 'record', name, fields }
}

/** A field that files have from some version on: it alone, or nothing. */
function fieldsFrom(
  formatVersion: FormatVersion,
): (first: FormatVersion, field: RecordField) => readonly RecordField[] {
  return (first, field) => (formatVersion >= first ? [field] : [])
}

function required(fieldId: number, name: string, type: unknown): RecordField {
  return { name, type, 'field-id': fieldId }
}

function optional(fieldId: number, name: string, type: unknown): RecordField {
  return { name, type: ['null', type], default: null, 'field-id': fieldId }
}

function list(elementId: number, items: unknown): unknown {
  return { type: 'array', items, 'element-id': elementId }
}

/** A map from field ids, which are no strings: Avro has an array of pairs for those. */
function map(keyId: number, valueId: number, values: unknown): unknown {
  const pair = record(`k${keyId}_v${valueId}`, [
    required(keyId, 'key', 'int'),
    required(valueId, 'value', values),
  ])
  return { type: 'array', items: pair, logicalType: 'map' }
}
