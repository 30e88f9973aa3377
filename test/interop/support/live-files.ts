import type { PartitionSpec } from '../../../src/layout/partition-spec.ts'
import type { DataFile } from '../../../src/metadata/data-file.ts'
import { partitionTypesOf } from '../../../src/metadata/partition-types.ts'
import { specById } from '../../../src/metadata/table-metadata.ts'
import { partitionStruct, partitionValues } from '../../../src/scan/partition-column.ts'
import type { Field } from '../../../src/types/type.ts'
import { canonicalRow } from '../../support/canonical.ts'
import type { AnyTable } from './any-table.ts'
import { pyicebergFiles } from './oracle.ts'
import type { Spark } from './spark.ts'

/** A live file, as every engine lists it; partition values in canonical JSON, by the names of partition fields. */
export interface LiveFile {
  readonly path: string
  readonly specId: number
  readonly records: string
  readonly partition: Readonly<Record<string, unknown>> | null
}

/** The files of the current snapshot as this library plans them, by path, with values in the fields of all specs. */
export async function liveFiles(table: AnyTable): Promise<Map<string, unknown>> {
  const fields = partitionStruct(table.metadata)?.fields ?? []
  return plannedFiles(table, (file) => {
    const values = partitionValues(table.metadata, file)
    return canonicalRow(
      fields,
      fields.map(({ id }) => values.get(id) ?? null),
    )
  })
}

/** The same, with values in the fields of each file's own spec. */
export function liveFilesBySpec(table: AnyTable): Promise<Map<string, unknown>> {
  return plannedFiles(table, ({ specId, partition }) =>
    canonicalRow(fieldsOf(table, specById(table.metadata, specId)), partition),
  )
}

/** As {@link liveFiles}, from Spark. */
export async function sparkFiles(
  spark: Spark,
  { name, metadata }: AnyTable,
): Promise<Map<string, unknown>> {
  const isPartitioned = metadata.specs.some(({ fields }) => fields.length > 0)
  const { rows } = await spark.sql(
    `SELECT file_path AS path, spec_id AS \`specId\`, CAST(record_count AS string) AS records,
      ${isPartitioned ? 'partition' : 'NULL'} AS partition FROM ${name}.files`,
  )
  return filesByPath(rows as readonly LiveFile[])
}

/** As {@link liveFilesBySpec}, from PyIceberg. */
export async function pyicebergFilesBySpec(table: AnyTable): Promise<Map<string, unknown>> {
  return filesByPath(await pyicebergFiles(table.metadataLocation))
}

/** @param partitionText values of a file's partition as a canonical row */
async function plannedFiles(
  table: AnyTable,
  partitionText: (file: DataFile) => string,
): Promise<Map<string, unknown>> {
  const { tasks } = await table.scan().plan()
  return filesByPath(
    tasks.map(({ file }) => ({
      path: file.path,
      specId: file.specId,
      records: String(file.recordCount),
      partition: JSON.parse(partitionText(file)) as Record<string, unknown>,
    })),
  )
}

function filesByPath(files: readonly LiveFile[]): Map<string, unknown> {
  return new Map(
    files.map(({ path, partition, ...file }) => [path, { ...file, partition: { ...partition } }]),
  )
}

function fieldsOf({ metadata }: AnyTable, spec: PartitionSpec): Field[] {
  return partitionTypesOf(metadata, spec).map((type, index) => ({
    id: index,
    name: spec.fields[index]?.name ?? '',
    required: false,
    type: type ?? { kind: 'binary' },
  }))
}
