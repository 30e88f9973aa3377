/**
 * Predicates on rows turned into predicates on partitions (spec: Scan Planning). Each test of a column is replaced by what
 * the partition fields made of that column say about it:
 *  - inclusive: holds for every partition that might have a matching row; used to drop partitions;
 *  - strict: holds only for partitions whose rows all match; used to drop the test.
 * Every transform gives null for null and for nothing else, so tests for null are answered exactly. Identity fields answer
 * every test exactly. Fields that say nothing are `true` inclusively and `false` strictly.
 */
import { unreachable } from '../base/assert.ts'
import type { PartitionField, PartitionSpec } from '../layout/partition-spec.ts'
import { partitionTypes } from '../layout/partition-spec.ts'
import type { Transform } from '../layout/transform.ts'
import type { Schema } from '../types/schema.ts'
import type { PrimitiveType } from '../types/type.ts'
import { allOf, anyOf, mapLeaves } from './bound.ts'
import type {
  BoundComparison,
  BoundLeaf,
  BoundPredicate,
  BoundSet,
  PrimitiveColumn,
} from './bound.ts'
import { exactly, saysNothing } from './leaf-projection.ts'
import type { LeafProjection } from './leaf-projection.ts'
import { projectBucket } from './project-bucket.ts'
import { projectTime } from './project-time.ts'
import { projectTruncate } from './project-truncate.ts'

/**
 * A predicate on the tuples of a spec that holds for each partition in which a row may match. Its columns are the fields
 * of the tuple, by position and partition field id.
 *
 * @param schema the schema that the predicate is bound to
 */
export function projectInclusive(
  predicate: BoundPredicate,
  spec: PartitionSpec,
  schema: Schema,
): BoundPredicate {
  const project = leafProjector(spec, schema)
  return mapLeaves(predicate, (leaf) => project(leaf).inclusive)
}

/**
 * A predicate on the tuples of a spec that holds only for partitions in which every row matches.
 *
 * @param schema the schema that the predicate is bound to
 */
export function projectStrict(
  predicate: BoundPredicate,
  spec: PartitionSpec,
  schema: Schema,
): BoundPredicate {
  const project = leafProjector(spec, schema)
  return mapLeaves(predicate, (leaf) => project(leaf).strict)
}

/** Projects one test of a column at a time: no partition that its inclusive part rejects has a row that passes. */
export function leafProjector(
  spec: PartitionSpec,
  schema: Schema,
): (leaf: BoundLeaf) => LeafProjection {
  const types = partitionTypes(spec, schema)
  const targets = spec.fields
    .map((field, position) => targetOf(field, position, types))
    .filter((target) => target !== null)
  return (leaf) => {
    const projections = targets
      .filter((target) => target.sourceId === leaf.column.fieldId)
      .map((target) => projectLeaf(leaf, target))
    return {
      inclusive: allOf(projections.map(({ inclusive }) => inclusive)),
      strict: anyOf(projections.map(({ strict }) => strict)),
    }
  }
}

/** A field of the tuple whose values we can read. */
interface Target {
  readonly sourceId: number
  readonly transform: Transform
  readonly field: PrimitiveColumn
}

function targetOf(
  { sourceId, fieldId, name, transform }: PartitionField,
  position: number,
  types: readonly (PrimitiveType | null)[],
): Target | null {
  const type = types[position] ?? null
  if (type === null) return null
  const field = { fieldId, positions: [position], type, required: false, path: [name] }
  return { sourceId, transform, field }
}

function projectLeaf(leaf: BoundLeaf, { transform, field }: Target): LeafProjection {
  const { kind } = transform
  if (kind === 'void' || kind === 'unknown') return saysNothing
  // All rows of an identity partition have its value, so the test is as good on the value.
  if (kind === 'identity') return exactly({ ...leaf, column: field })
  switch (leaf.kind) {
    case 'is-null':
    case 'not-null':
      return exactly({ kind: leaf.kind, column: field })
    case 'is-nan':
    case 'not-nan':
      // Only floats are tested for NaN, and no other transform takes them.
      return saysNothing
    default:
      return projectComparison(transform, leaf, field)
  }
}

function projectComparison(
  transform: Exclude<Transform, { readonly kind: 'identity' | 'void' | 'unknown' }>,
  leaf: BoundComparison | BoundSet,
  field: PrimitiveColumn,
): LeafProjection {
  const columns = { field, source: leaf.column.type }
  switch (transform.kind) {
    case 'year':
    case 'month':
    case 'day':
    case 'hour':
      return projectTime(transform.kind, leaf, columns)
    case 'bucket':
      return projectBucket(transform.numBuckets, leaf, columns)
    case 'truncate':
      return projectTruncate(transform.width, leaf, columns)
    default:
      return unreachable(transform)
  }
}
