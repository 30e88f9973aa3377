/**
 * Predicates on rows turned into predicates on partitions (spec: Scan Planning). Each test of a column is replaced by what
 * the partition fields made of that column say about it:
 *  - inclusive: holds for every partition that might have a matching row; used to drop partitions;
 *  - strict: holds only for partitions whose rows all match; used to drop the test.
 * Identity fields answer exactly. A time field keeps order, so a bound on the column is a bound on the field. The others
 * say nothing, which is `true` inclusively and `false` strictly.
 *
 * The reference implementation up to 0.10 rounded times before 1970 up instead of down, so that a stored value may be one
 * too high if it is not above 0. Both projections allow for that.
 */
import { unreachable } from '../base/assert.ts'
import { INT32_MAX, INT32_MIN } from '../base/integers.ts'
import { timeFunction } from '../layout/apply-transform.ts'
import type { PartitionField, PartitionSpec } from '../layout/partition-spec.ts'
import { partitionTypes } from '../layout/partition-spec.ts'
import type { TimeTransformKind } from '../layout/transform.ts'
import type { Schema } from '../types/schema.ts'
import type { PrimitiveType } from '../types/type.ts'
import type { PrimitiveValue } from '../types/value.ts'
import { allOf, anyOf, boundFalse, boundTrue, mapLeaves } from './bound.ts'
import type {
  BoundComparison,
  BoundLeaf,
  BoundPredicate,
  BoundSet,
  PrimitiveColumn,
} from './bound.ts'

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

/** What partitions say about one test of a column. */
export interface LeafProjection {
  readonly inclusive: BoundPredicate
  readonly strict: BoundPredicate
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

/** A field of the tuple that says something about its column. */
interface Target {
  readonly sourceId: number
  readonly transform: 'identity' | TimeTransformKind
  readonly column: PrimitiveColumn
}

function targetOf(
  { sourceId, fieldId, name, transform }: PartitionField,
  position: number,
  types: readonly (PrimitiveType | null)[],
): Target | null {
  const type = types[position] ?? null
  if (type === null || transform.kind === 'void' || transform.kind === 'unknown') return null
  const column = { fieldId, positions: [position], type, required: false, path: [name] }
  return { sourceId, transform: transform.kind, column }
}

function projectLeaf(leaf: BoundLeaf, { transform, column }: Target): LeafProjection {
  if (transform === 'identity') return exactly(onColumn(leaf, column))
  switch (leaf.kind) {
    case 'is-null':
    case 'not-null':
      return exactly({ kind: leaf.kind, column })
    case 'is-nan':
    case 'not-nan':
      // Dates and timestamps are never NaN, and are not tested for it.
      return saysNothing
    case 'in':
    case 'not-in':
      return projectSet(leaf, column, unitOf(transform, leaf.column.type))
    case 'eq':
    case 'not-eq':
    case 'lt':
    case 'lt-eq':
    case 'gt':
    case 'gt-eq':
    case 'starts-with':
    case 'not-starts-with':
      return projectComparison(leaf, column, unitOf(transform, leaf.column.type))
    default:
      return unreachable(leaf)
  }
}

const saysNothing: LeafProjection = { inclusive: boundTrue, strict: boundFalse }

function exactly(predicate: BoundPredicate): LeafProjection {
  return { inclusive: predicate, strict: predicate }
}

/** All rows of an identity partition have its value, so the test is as good on the value. */
function onColumn(leaf: BoundLeaf, column: PrimitiveColumn): BoundLeaf {
  return { ...leaf, column }
}

/** The partition value of a literal, or of the value `steps` after it in its type. */
type Unit = (literal: PrimitiveValue, steps: -1 | 0 | 1) => number

function unitOf(kind: TimeTransformKind, source: PrimitiveType): Unit {
  const unit = timeFunction(kind, source)
  return (literal, steps) =>
    // Dates are numbers and timestamps bigints, and both count in whole steps.
    unit(typeof literal === 'bigint' ? literal + BigInt(steps) : (literal as number) + steps)
}

function projectComparison(
  leaf: BoundComparison,
  column: PrimitiveColumn,
  unit: Unit,
): LeafProjection {
  const { kind, literal } = leaf
  switch (kind) {
    case 'eq':
      return { inclusive: oneOf(column, lateToo(unit(literal, 0))), strict: boundFalse }
    case 'not-eq':
      return { inclusive: boundTrue, strict: noneOf(column, lateToo(unit(literal, 0))) }
    case 'lt':
      return upTo(column, { last: unit(literal, -1), end: unit(literal, 0) })
    case 'lt-eq':
      return upTo(column, { last: unit(literal, 0), end: unit(literal, 1) })
    case 'gt':
      return from(column, { first: unit(literal, 1), before: unit(literal, 0) })
    case 'gt-eq':
      return from(column, { first: unit(literal, 0), before: unit(literal, -1) })
    case 'starts-with':
    case 'not-starts-with':
      return saysNothing
    default:
      return unreachable(kind)
  }
}

function projectSet(leaf: BoundSet, column: PrimitiveColumn, unit: Unit): LeafProjection {
  const units = leaf.literals.flatMap((literal) => lateToo(unit(literal, 0)))
  return leaf.kind === 'in'
    ? { inclusive: oneOf(column, units), strict: boundFalse }
    : { inclusive: boundTrue, strict: noneOf(column, units) }
}

/** Matching rows lie in units up to `last`; units before `end`, the first with a row that fails, have no others. */
function upTo(
  column: PrimitiveColumn,
  { last, end }: { last: number; end: number },
): LeafProjection {
  return {
    inclusive: compare('lt-eq', column, Math.max(...lateToo(last)), boundTrue),
    strict: compare('lt', column, end, boundFalse),
  }
}

/** Matching rows lie in units from `first` on; units after `before`, the last with a row that fails, have no others. */
function from(
  column: PrimitiveColumn,
  { first, before }: { first: number; before: number },
): LeafProjection {
  return {
    inclusive: compare('gt-eq', column, first, boundTrue),
    strict: compare('gt', column, Math.max(...lateToo(before)), boundFalse),
  }
}

/** The stored values that a unit may have: before 1970 also the one after it. */
function lateToo(unit: number): number[] {
  return unit < 0 ? [unit, unit + 1] : [unit]
}

/** A unit beyond 32 bits cannot be stored, and what was stored in its place is not known. */
function compare(
  kind: 'lt' | 'lt-eq' | 'gt' | 'gt-eq',
  column: PrimitiveColumn,
  unit: number,
  inDoubt: BoundPredicate,
): BoundPredicate {
  return isStorable(unit) ? { kind, column, literal: unit } : inDoubt
}

function oneOf(column: PrimitiveColumn, units: readonly number[]): BoundPredicate {
  if (!units.every(isStorable)) return boundTrue
  const [first, ...others] = [...new Set(units)]
  if (first === undefined) return boundFalse
  return others.length === 0
    ? { kind: 'eq', column, literal: first }
    : { kind: 'in', column, literals: [first, ...others] }
}

function noneOf(column: PrimitiveColumn, units: readonly number[]): BoundPredicate {
  if (!units.every(isStorable)) return boundFalse
  const [first, ...others] = [...new Set(units)]
  if (first === undefined) return { kind: 'not-null', column }
  return others.length === 0
    ? { kind: 'not-eq', column, literal: first }
    : { kind: 'not-in', column, literals: [first, ...others] }
}

function isStorable(unit: number): boolean {
  return unit >= INT32_MIN && unit <= INT32_MAX
}
