// The columns that every table has besides its own (spec: Reserved Field IDs), as a scan offers them.
import { boundTrue, mapLeaves } from '../expressions/bound.ts'
import type { BoundPredicate } from '../expressions/bound.ts'
import { isReservedFieldId, metadataColumns, partitionColumn } from '../types/reserved-fields.ts'
import type { Schema } from '../types/schema.ts'
import type { Field } from '../types/type.ts'

/** The id of the `_partition` column. */
export const PARTITION_COLUMN_ID: number = partitionColumn({ kind: 'struct', fields: [] }).id

/** A schema with the metadata columns after its own, to find names in. A column of the table hides one of its name. */
export function withMetadataColumns(schema: Schema, partition: Field | null): Schema {
  const names = new Set(schema.fields.map(({ name }) => name))
  const columns = [...metadataColumns, ...(partition === null ? [] : [partition])]
  return {
    ...schema,
    fields: [...schema.fields, ...columns.filter(({ name }) => !names.has(name))],
  }
}

/**
 * What a predicate asks of the values in data files: it holds wherever the predicate does. Metrics are of what is stored,
 * and what metadata columns hold is not, or not all of it.
 */
export function storedPart(predicate: BoundPredicate): BoundPredicate {
  return mapLeaves(predicate, (leaf) => (isMetadataField(leaf.column.fieldId) ? boundTrue : leaf))
}

/** Whether an id is of a metadata column, or of a field of the `_partition` column. */
function isMetadataField(fieldId: number): boolean {
  return isReservedFieldId(fieldId) || fieldId < 0
}
