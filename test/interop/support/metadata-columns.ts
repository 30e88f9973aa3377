import { expect } from 'vitest'

import { partitionStruct } from '../../../src/scan/partition-column.ts'
import { allFields } from '../../../src/types/schema.ts'
import type { FieldEntry, Schema } from '../../../src/types/schema.ts'
import { scannedTexts } from '../../support/canonical.ts'
import type { AnyTable } from './any-table.ts'
import { textsOf } from './oracle.ts'
import type { Spark } from './spark.ts'
import { sparkDialect } from './sql.ts'

/** Expects that Spark gives each row the same place, partition and, from version 3 on, lineage (spec: Reserved Field IDs). */
export async function expectMetadataColumns(table: AnyTable, spark: Spark): Promise<void> {
  const { metadata, name, schema } = table
  const partitions = partitionStruct(metadata)?.fields ?? []
  const hasPartitions =
    partitions.length > 0 && partitions.every(({ type }) => type.kind !== 'uuid')
  const metadataColumns = [
    '_file',
    '_pos',
    '_spec_id',
    ...(hasPartitions ? ['_partition'] : []),
    ...(metadata.formatVersion >= 3 ? ['_row_id', '_last_updated_sequence_number'] : []),
  ]
  const withUuids = new Set(uuids(schema).map(({ path }) => path[0]))
  const ownColumns = schema.fields.map((field) => field.name).filter((own) => !withUuids.has(own))
  const names = [...metadataColumns, ...ownColumns]
  const ours = await scannedTexts(table.scan().selectPaths(names.map((column) => [column])))
  const columns = names.map(sparkDialect.name).join(', ')
  expect(textsOf(await spark.sql(`SELECT ${columns} FROM ${name}`)), 'Spark').toEqual(ours)
}

/** Spark's SQL gives them as texts. */
function uuids(schema: Schema): readonly FieldEntry[] {
  return allFields(schema).filter(({ field }) => field.type.kind === 'uuid')
}
