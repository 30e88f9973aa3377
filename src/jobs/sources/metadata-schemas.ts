// The columns of the metadata tables, as other engines show them.
import { currentSchema } from '../../metadata/table-metadata.ts'
import type { TableMetadata } from '../../metadata/table-metadata.ts'
import { deletedRowFields } from '../../scan/position-deletes.ts'
import { assignFreshIds } from '../../types/schema-walk.ts'
import { parseSchemaText } from '../../types/schema-text.ts'
import { allFields } from '../../types/schema.ts'
import type { Schema } from '../../types/schema.ts'
import { isPrimitive } from '../../types/type.ts'
import type { Field, PrimitiveType, Type } from '../../types/type.ts'
import { partitionStruct } from './partition-struct.ts'

export const snapshotsSchema: Schema = parseSchemaText(
  'committed_at timestamptz not null, snapshot_id long not null, parent_id long, operation string,' +
    ' manifest_list string, summary map<string, string>',
)

export const historySchema: Schema = parseSchemaText(
  'made_current_at timestamptz not null, snapshot_id long not null, parent_id long,' +
    ' is_current_ancestor boolean not null',
)

export const refsSchema: Schema = parseSchemaText(
  'name string not null, type string not null, snapshot_id long not null,' +
    ' max_reference_age_in_ms long, min_snapshots_to_keep int, max_snapshot_age_in_ms long',
)

const MANIFEST =
  'content int not null, path string not null, length long not null,' +
  ' partition_spec_id int not null, added_snapshot_id long,' +
  ' added_data_files_count int, existing_data_files_count int, deleted_data_files_count int,' +
  ' added_delete_files_count int, existing_delete_files_count int,' +
  ' deleted_delete_files_count int, partition_summaries list<struct<' +
  'contains_null boolean, contains_nan boolean, lower_bound string, upper_bound string>>'

export const manifestsSchema: Schema = parseSchemaText(MANIFEST)

export const allManifestsSchema: Schema = parseSchemaText(
  `${MANIFEST}, reference_snapshot_id long not null, key_metadata binary`,
)

export const metadataLogSchema: Schema = parseSchemaText(
  'timestamp timestamptz not null, file string not null, latest_snapshot_id long,' +
    ' latest_schema_id int, latest_sequence_number long',
)

const PARTITION_TOTALS = parseSchemaText(
  'spec_id int not null, record_count long not null, file_count int not null,' +
    ' total_data_file_size_in_bytes long not null, position_delete_record_count long,' +
    ' position_delete_file_count int, equality_delete_record_count long,' +
    ' equality_delete_file_count int, last_updated_at timestamptz, last_updated_snapshot_id long',
)

const ENTRY = parseSchemaText(
  'status int not null, snapshot_id long, sequence_number long, file_sequence_number long',
)

const FILE_START = parseSchemaText(
  'content int not null, file_path string not null, file_format string not null,' +
    ' spec_id int not null',
)

const FILE_END = parseSchemaText(
  'record_count long not null, file_size_in_bytes long not null,' +
    ' column_sizes map<int, long>, value_counts map<int, long>, null_value_counts map<int, long>,' +
    ' nan_value_counts map<int, long>, lower_bounds map<int, binary>,' +
    ' upper_bounds map<int, binary>, key_metadata binary, split_offsets list<long>,' +
    ' equality_ids list<int>, sort_order_id int, first_row_id long, referenced_data_file string,' +
    ' content_offset long, content_size_in_bytes long',
)

const DELETED_ROW = parseSchemaText('file_path string, pos long not null')

const DELETE_FILE = parseSchemaText('spec_id int not null, delete_file_path string not null')

const VECTOR_PLACE = parseSchemaText('content_offset long, content_size_in_bytes long')

/** A table without partitions has one row and no column `partition`. */
export function partitionsSchema(metadata: TableMetadata): Schema {
  return numbered([...partitionColumn(metadata), ...PARTITION_TOTALS.fields])
}

export function entriesSchema(metadata: TableMetadata): Schema {
  const file = column('data_file', { kind: 'struct', fields: fileColumns(metadata) })
  return numbered([...ENTRY.fields, file, ...metricsColumn(metadata)])
}

export function filesSchema(metadata: TableMetadata): Schema {
  return numbered([...fileColumns(metadata), ...metricsColumn(metadata)])
}

/** From version 3 on vectors are where in their files. */
export function positionDeletesSchema(metadata: TableMetadata): Schema {
  const row = { kind: 'struct' as const, fields: deletedRowFields(currentSchema(metadata)) }
  return numbered([
    ...DELETED_ROW.fields,
    column('row', row),
    ...partitionColumn(metadata),
    ...DELETE_FILE.fields,
    ...(metadata.formatVersion < 3 ? [] : VECTOR_PLACE.fields),
  ])
}

function fileColumns(metadata: TableMetadata): readonly Field[] {
  return [...FILE_START.fields, ...partitionColumn(metadata), ...FILE_END.fields]
}

/** None where it would be a struct of no fields. */
function partitionColumn(metadata: TableMetadata): readonly Field[] {
  const { fields } = partitionStruct(metadata)
  return fields.length === 0 ? [] : [column('partition', { kind: 'struct', fields })]
}

/** For each column of values, by its dotted path, what files know of it. */
function metricsColumn(metadata: TableMetadata): readonly Field[] {
  const fields = allFields(currentSchema(metadata)).flatMap(({ field: { type }, path }) =>
    isPrimitive(type) && hasBounds(type) ? [column(path.join('.'), metricsOf(type))] : [],
  )
  return fields.length === 0 ? [] : [column('readable_metrics', { kind: 'struct', fields })]
}

function metricsOf(type: PrimitiveType): Type {
  const counts = parseSchemaText(
    'column_size long, value_count long, null_value_count long, nan_value_count long',
  )
  const bounds = [column('lower_bound', type), column('upper_bound', type)]
  return { kind: 'struct', fields: [...counts.fields, ...bounds] }
}

/** Shapes have bounds of another kind, and nothing has none. */
function hasBounds({ kind }: PrimitiveType): boolean {
  return kind !== 'geometry' && kind !== 'geography' && kind !== 'unknown'
}

function column(name: string, type: Type): Field {
  return { id: 0, name, required: false, type }
}

function numbered(fields: readonly Field[]): Schema {
  return { schemaId: 0, fields: assignFreshIds(fields), identifierFieldIds: [] }
}
