import { expect } from 'vitest'

import { partitionStruct } from '../../../src/scan/partition-column.ts'
import { scannedTexts } from '../../support/canonical.ts'
import type { AnyTable } from './any-table.ts'
import { textsOf } from './oracle.ts'
import type { Spark } from './spark.ts'
import { sparkDialect } from './sql.ts'

/** Expects that Spark gives each row the same place, partition and, from version 3 on, lineage (spec: Reserved Field IDs). */
export async function expectMetadataColumns(table: AnyTable, spark: Spark): Promise<void> {
  const { metadata, name, schema } = table
  const hasPartitions = (partitionStruct(metadata)?.fields.length ?? 0) > 0
  const metadataColumns = [
    '_file',
    '_pos',
    '_spec_id',
    ...(hasPartitions ? ['_partition'] : []),
    ...(metadata.formatVersion >= 3 ? ['_row_id', '_last_updated_sequence_number'] : []),
  ]
  const names = [...metadataColumns, ...schema.fields.map((field) => field.name)]
  const ours = await scannedTexts(table.scan().selectPaths(names.map((column) => [column])))
  const columns = names.map(sparkDialect.name).join(', ')
  expect(textsOf(await spark.sql(`SELECT ${columns} FROM ${name}`)), 'Spark').toEqual(ours)
}
