import { findField } from '../types/schema.ts'
import type { Schema } from '../types/schema.ts'
import type { PrimitiveType, Type } from '../types/type.ts'
import { equalTransforms, resultType } from './transform.ts'
import type { Transform } from './transform.ts'

/** One derived value that rows are grouped by (spec: Partitioning). */
export interface PartitionField {
  /** Field the value is derived from; the first of {@link sourceIds}. */
  readonly sourceId: number
  /** At least two, of a transform with several arguments, which then is always `unknown`; else absent. */
  readonly sourceIds?: readonly number[]
  /** Unique among all specs of the table; 1000 and up. */
  readonly fieldId: number
  readonly name: string
  readonly transform: Transform
}

/** How rows are grouped into files (spec: Partition Specs). Spec 0 without fields means no partitions. */
export interface PartitionSpec {
  readonly specId: number
  readonly fields: readonly PartitionField[]
}

/** The id below the first one that a partition field may have. */
export const PARTITION_FIELD_ID_START = 999

export const unpartitionedSpec: PartitionSpec = { specId: 0, fields: [] }

/**
 * The types of a partition tuple, in the spec's order. Null where values are opaque, kept as they are stored: the
 * transform is unknown, or the source column is in no schema or no longer suits it. What is always null has a type all
 * the same, so that it can be written.
 *
 * @param schemas one after the other is asked for a column, until one has it
 */
export function partitionTypes(
  spec: PartitionSpec,
  ...schemas: readonly Schema[]
): readonly (PrimitiveType | null)[] {
  return spec.fields.map(({ sourceId, transform }) => {
    const type = columnType(schemas, sourceId)
    if (type !== null) return resultType(transform, type)
    return transform.kind === 'void' ? { kind: 'int' } : null
  })
}

function columnType(schemas: readonly Schema[], fieldId: number): Type | null {
  for (const schema of schemas) {
    const column = findField(schema, fieldId)
    if (column !== undefined) return column.field.type
  }
  return null
}

/** Whether two specs group rows alike under the same names; ids are not compared (spec: Partitioning). */
export function equivalentSpecs(left: PartitionSpec, right: PartitionSpec): boolean {
  return (
    left.fields.length === right.fields.length &&
    left.fields.every((field, index) => equivalentFields(field, right.fields[index]))
  )
}

function equivalentFields(left: PartitionField, right: PartitionField | undefined): boolean {
  return (
    right !== undefined &&
    left.sourceId === right.sourceId &&
    left.name === right.name &&
    equalSources(left.sourceIds, right.sourceIds) &&
    equalTransforms(left.transform, right.transform)
  )
}

/** Whether two fields list the same columns, or neither lists any. */
export function equalSources(
  left: readonly number[] | undefined,
  right: readonly number[] | undefined,
): boolean {
  if (left === undefined || right === undefined) return left === right
  return left.length === right.length && left.every((id, index) => id === right[index])
}
