import type { PartitionSpec } from '../../../src/layout/partition-spec.ts'
import { partitionTypes } from '../../../src/layout/partition-spec.ts'
import type { Field } from '../../../src/types/type.ts'
import { canonicalRow } from '../../support/canonical.ts'
import type { AnyTable } from './any-table.ts'
import type { Spark } from './spark.ts'

/** A live file, as every engine lists it; partition values in canonical JSON, by the names of the partition fields. */
export interface LiveFile {
  readonly path: string
  readonly records: string
  readonly partition: Readonly<Record<string, unknown>> | null
}

/** The files of the current snapshot as this library plans them, by path. */
export async function liveFiles(table: AnyTable): Promise<Map<string, unknown>> {
  const { tasks } = await table.scan().plan()
  const fields = partitionFields(table)
  return filesByPath(
    tasks.map(({ file }) => ({
      path: file.path,
      records: String(file.recordCount),
      partition: JSON.parse(canonicalRow(fields, file.partition)) as Record<string, unknown>,
    })),
  )
}

/** The same from Spark. */
export async function sparkFiles(
  spark: Spark,
  { name, spec }: AnyTable,
): Promise<Map<string, unknown>> {
  const { rows } = await spark.sql(
    `SELECT file_path AS path, CAST(record_count AS string) AS records, ${partitionSql(spec)} AS partition FROM ${name}.files`,
  )
  return filesByPath(rows as readonly LiveFile[])
}

export function filesByPath(files: readonly LiveFile[]): Map<string, unknown> {
  return new Map(files.map(({ path, records, partition }) => [path, { records, ...partition }]))
}

function partitionFields({ spec, schema }: AnyTable): Field[] {
  return partitionTypes(spec, schema).map((type, index) => ({
    id: index,
    name: spec.fields[index]?.name ?? '',
    required: false,
    type: type ?? { kind: 'binary' },
  }))
}

/** A table without partitions has no such column. */
function partitionSql(spec: PartitionSpec): string {
  return spec.fields.length === 0 ? 'NULL' : 'partition'
}
