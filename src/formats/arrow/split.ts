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
import { sliceBatch, takeRows } from './take.ts'
import { transformColumn } from './transform-column.ts'

/** The rows of a batch that belong to one partition, in their order. */
export interface SplitPart {
  readonly tuple: PartitionTuple
  /** The tuple's `partitionKey`. */
  readonly key: string
  readonly batch: RecordBatch
}

/** Which partition each row of a batch is of. */
export interface BatchPartitions {
  readonly groups: RowGroups
  /** Those of the groups, in their order. */
  readonly partitions: readonly Omit<SplitPart, 'batch'>[]
}

/**
 * Cuts batches that are laid out as `arrowSchemaOf(schema)` by partition (spec: Partitioning). Every row is in
 * exactly one part; parts come as their first rows do. A batch of one partition is passed on as it is, an empty one
 * gives no part.
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
  return (batch) => partsOf(batch, find(batch), batchesOf)
}

/** Finds partitions as {@link createSplitter} does, and cuts nothing. */
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

/**
 * Cuts a batch by the partitions that were found for it, as {@link createSplitter} does but for who lets go of all parts at one time: they are views of one copy of the batch,
 * whose buffers are as many times fewer as there are parts.
 */
export function splitTogether(batch: RecordBatch, found: BatchPartitions): SplitPart[] {
  return partsOf(batch, found, viewsOf)
}

function partsOf(
  batch: RecordBatch,
  { groups, partitions }: BatchPartitions,
  cut: (batch: RecordBatch, groups: RowGroups) => RecordBatch[],
): SplitPart[] {
  const batches = groups.firstRows.length === 1 ? [batch] : cut(batch, groups)
  return batches.flatMap((part, group) => {
    const partition = partitions[group]
    return partition === undefined ? [] : [{ ...partition, batch: part }]
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

function batchesOf(batch: RecordBatch, groups: RowGroups): RecordBatch[] {
  return rowsOfGroups(groups).map((rows) => takeRows(batch, rows))
}

function viewsOf(batch: RecordBatch, groups: RowGroups): RecordBatch[] {
  const rows = rowsOfGroups(groups)
  const together = new Uint32Array(batch.numRows)
  let placed = 0
  const ends = rows.map((ofGroup) => {
    together.set(ofGroup, placed)
    return (placed += ofGroup.length)
  })
  const taken = takeRows(batch, together)
  return ends.map((end, group) => sliceBatch(taken, ends[group - 1] ?? 0, end))
}
