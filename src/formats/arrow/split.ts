import type { RecordBatch } from 'apache-arrow'
import { IcebergError, withContext } from '../../base/errors.ts'
import { partitionKey } from '../../layout/partition-key.ts'
import type { PartitionField, PartitionSpec } from '../../layout/partition-spec.ts'
import type { PartitionTuple } from '../../layout/partition-tuple.ts'
import { formatTransform, resultType } from '../../layout/transform.ts'
import { findField } from '../../types/schema.ts'
import type { Schema } from '../../types/schema.ts'
import { isPrimitive } from '../../types/type.ts'
import type { PrimitiveType } from '../../types/type.ts'
import type { PrimitiveValue } from '../../types/value.ts'
import { columnReader } from './columns.ts'
import { groupRows, intersectGroups, oneGroup, rowsOfGroups } from './group-rows.ts'
import type { RowGroups, TypedColumn } from './group-rows.ts'
import { leafColumn, leafPositions } from './leaf.ts'
import { transformColumn } from './transform-column.ts'

/** The rows of a batch that belong to one partition. */
export interface SplitPart {
  readonly tuple: PartitionTuple
  /** The tuple's `partitionKey`. */
  readonly key: string
  /** Their numbers, ascending. */
  readonly rows: Uint32Array
}

/** Which partition each row of a batch is of. */
export interface BatchPartitions {
  readonly groups: RowGroups
  /** Those of the groups, in their order. */
  readonly partitions: readonly Omit<SplitPart, 'rows'>[]
}

/**
 * Tells the rows of batches that are laid out as `arrowSchemaOf(schema)` by partition (spec: Partitioning). Every row is
 * in exactly one part; parts come as their first rows do. An empty batch has none.
 *
 * @returns a function that throws `invalid` for a timestamp whose hour exceeds 32 bits
 * @throws IcebergError `unsupported` when the spec has values that cannot be computed: an unknown transform, a
 *   dropped column
 */
export function createSplitter(
  schema: Schema,
  spec: PartitionSpec,
): (batch: RecordBatch) => SplitPart[] {
  const find = createPartitionFinder(schema, spec)
  return (batch) => partsOf(find(batch))
}

/** Finds partitions as {@link createSplitter} does, a number for each row. */
export function createPartitionFinder(
  schema: Schema,
  spec: PartitionSpec,
): (batch: RecordBatch) => BatchPartitions {
  const fields = spec.fields.map((field) => partitionValues(schema, field))
  const types = fields.map((field) => field?.type ?? null)
  return (batch) => {
    const columns = fields.map((field) => field?.of(batch) ?? null)
    const groups = columns.reduce(
      (groupsSoFar, column) =>
        column === null ? groupsSoFar : intersectGroups(groupsSoFar, groupRows(column)),
      oneGroup(batch.numRows),
    )
    const tupleAt = tupleReader(columns)
    const partitions = groups.firstRows.map((row) => {
      const tuple = tupleAt(row)
      return { tuple, key: partitionKey(types, tuple) }
    })
    return { groups, partitions }
  }
}

/** The rows of each partition that was found. */
export function partsOf({ groups, partitions }: BatchPartitions): SplitPart[] {
  return rowsOfGroups(groups).flatMap((rows, group) => {
    const partition = partitions[group]
    return partition === undefined ? [] : [{ ...partition, rows }]
  })
}

/** The values of one partition field for each row of a batch. */
interface PartitionValues {
  readonly type: PrimitiveType
  of(batch: RecordBatch): TypedColumn
}

/** null for a field that is always null. */
function partitionValues(schema: Schema, field: PartitionField): PartitionValues | null {
  const { sourceId, transform } = field
  if (transform.kind === 'void') return null
  const source = findField(schema, sourceId)?.field.type
  const type = source === undefined ? null : resultType(transform, source)
  if (source === undefined || type === null || !isPrimitive(source)) {
    throw new IcebergError('unsupported', 'rows cannot be partitioned by this field', {
      context: { field: field.name, sourceId, transform: formatTransform(transform) },
    })
  }
  const positions = leafPositions(schema.fields, sourceId)
  return {
    type,
    of(batch) {
      const column = leafColumn(batch, positions)
      try {
        return { type, data: transformColumn(transform, source, column) }
      } catch (error) {
        throw withContext(error, { field: field.name, transform: formatTransform(transform) })
      }
    },
  }
}

function tupleReader(columns: readonly (TypedColumn | null)[]): (row: number) => PartitionTuple {
  const readers = columns.map((column) =>
    column === null ? () => null : columnReader(column.type, column.data),
  )
  // Partition values are of primitive types.
  return (row) => readers.map((read) => read(row) as PrimitiveValue | null)
}
