import { partitionTypes } from '../layout/partition-spec.ts'
import type { PartitionSpec } from '../layout/partition-spec.ts'
import type { Schema } from '../types/schema.ts'
import type { PrimitiveType } from '../types/type.ts'
import { currentSchema } from './table-metadata.ts'
import type { TableSchemas } from './table-metadata.ts'

/**
 * The types of a spec's tuples in a table, as {@link partitionTypes} says. A spec outlives the columns that it was made of:
 * one that was dropped has the type that it had last. No other column ever gets its id, and types are only ever promoted,
 * so that the newest schema which has it reads what was written by all older ones (spec: Schema Evolution; Partition
 * Evolution). Null for a column that is in no schema.
 *
 * @param schema the schema that rows are read with, where it is not the table's current one
 */
export function partitionTypesOf(
  metadata: TableSchemas,
  spec: PartitionSpec,
  schema: Schema = currentSchema(metadata),
): readonly (PrimitiveType | null)[] {
  // The list has no order of its own, but ids are given one after the other.
  const newestFirst = metadata.schemas.toSorted((left, right) => right.schemaId - left.schemaId)
  return partitionTypes(spec, schema, currentSchema(metadata), ...newestFirst)
}
