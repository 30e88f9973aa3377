import { transformFunction } from '../../src/layout/apply-transform.ts'
import { positionsOf, primitiveReader } from '../../src/layout/column-value.ts'
import type { RowValues } from '../../src/layout/column-value.ts'
import { partitionKey } from '../../src/layout/partition-key.ts'
import { partitionTypes } from '../../src/layout/partition-spec.ts'
import type { PartitionField, PartitionSpec } from '../../src/layout/partition-spec.ts'
import type { PartitionTuple } from '../../src/layout/partition-tuple.ts'
import { isKind } from '../../src/base/errors.ts'
import { findField } from '../../src/types/schema.ts'
import type { Schema } from '../../src/types/schema.ts'
import { isPrimitive } from '../../src/types/type.ts'
import type { PrimitiveValue } from '../../src/types/value.ts'

/** A value that stands in a partition field which nobody can compute any more. */
const OPAQUE_VALUE = 7

/**
 * The partition that a row belongs to. Fields with an unknown transform or a dropped source have a value nobody reads.
 *
 * @returns null for a row that the spec cannot place, as its hour exceeds 32 bits
 */
export function partitionOf(
  schema: Schema,
  spec: PartitionSpec,
): (row: RowValues) => PartitionTuple | null {
  const readers = spec.fields.map((field) => fieldReader(schema, field))
  return (row) => {
    try {
      return readers.map((read) => read(row))
    } catch (error) {
      if (isKind(error, 'invalid')) return null
      throw error
    }
  }
}

function fieldReader(
  schema: Schema,
  field: PartitionField,
): (row: RowValues) => PrimitiveValue | null {
  if (field.transform.kind === 'void') return () => null
  const source = findField(schema, field.sourceId)
  if (
    source === undefined ||
    field.transform.kind === 'unknown' ||
    !isPrimitive(source.field.type)
  ) {
    return () => OPAQUE_VALUE
  }
  const read = primitiveReader(positionsOf(schema, source))
  const transform = transformFunction(field.transform, source.field.type)
  return (row) => transform(read(row))
}

export interface Partition {
  readonly tuple: PartitionTuple
  readonly rows: RowValues[]
}

/** Rows by partition; those that the spec cannot place are left out. */
export function partitionRows(
  schema: Schema,
  spec: PartitionSpec,
  rows: readonly RowValues[],
): Partition[] {
  const tupleOf = partitionOf(schema, spec)
  const types = partitionTypes(spec, schema)
  const partitions = new Map<string, Partition>()
  for (const row of rows) {
    const tuple = tupleOf(row)
    if (tuple === null) continue
    const key = partitionKey(types, tuple)
    const partition = partitions.get(key) ?? { tuple, rows: [] }
    partition.rows.push(row)
    partitions.set(key, partition)
  }
  return [...partitions.values()]
}
