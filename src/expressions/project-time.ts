/**
 * A time field keeps order, so a bound on the column is a bound on the field.
 *
 * The reference implementation up to 0.10 rounded times before 1970 up instead of down, so that a stored value may be one
 * too high if it is not above 0. Both projections allow for that.
 */
import { unreachable } from '../base/assert.ts'
import { isInt32 } from '../base/integers.ts'
import { timeFunction } from '../layout/apply-transform.ts'
import type { TimeTransformKind } from '../layout/transform.ts'
import type { PrimitiveType } from '../types/type.ts'
import type { PrimitiveValue } from '../types/value.ts'
import { boundFalse, boundTrue } from './bound.ts'
import type { BoundComparison, BoundPredicate, BoundSet, PrimitiveColumn } from './bound.ts'
import { saysNothing } from './leaf-projection.ts'
import type { LeafProjection } from './leaf-projection.ts'
import { isNoneOf, isOneOf } from './literal-set.ts'

/** Projects a comparison of a date or timestamp to the field of its years, months, days or hours. */
export function projectTime(
  kind: TimeTransformKind,
  leaf: BoundComparison | BoundSet,
  { field, source }: { readonly field: PrimitiveColumn; readonly source: PrimitiveType },
): LeafProjection {
  const unit = unitOf(kind, source)
  switch (leaf.kind) {
    case 'eq':
      return { inclusive: oneOf(field, [unit(leaf.literal, 0)]), strict: boundFalse }
    case 'in':
      return {
        inclusive: oneOf(
          field,
          leaf.literals.map((literal) => unit(literal, 0)),
        ),
        strict: boundFalse,
      }
    case 'not-eq':
      return { inclusive: boundTrue, strict: noneOf(field, [unit(leaf.literal, 0)]) }
    case 'not-in':
      return {
        inclusive: boundTrue,
        strict: noneOf(
          field,
          leaf.literals.map((literal) => unit(literal, 0)),
        ),
      }
    case 'lt':
      return upTo(field, { last: unit(leaf.literal, -1), end: unit(leaf.literal, 0) })
    case 'lt-eq':
      return upTo(field, { last: unit(leaf.literal, 0), end: unit(leaf.literal, 1) })
    case 'gt':
      return from(field, { first: unit(leaf.literal, 1), before: unit(leaf.literal, 0) })
    case 'gt-eq':
      return from(field, { first: unit(leaf.literal, 0), before: unit(leaf.literal, -1) })
    case 'starts-with':
    case 'not-starts-with':
      return saysNothing
    default:
      return unreachable(leaf)
  }
}

/** The partition value of a literal, or of the value `steps` after it in its type. */
type Unit = (literal: PrimitiveValue, steps: -1 | 0 | 1) => number

function unitOf(kind: TimeTransformKind, source: PrimitiveType): Unit {
  const unit = timeFunction(kind, source)
  return (literal, steps) =>
    // Dates are numbers and timestamps bigints, and both count in whole steps.
    unit(typeof literal === 'bigint' ? literal + BigInt(steps) : (literal as number) + steps)
}

/** Matching rows lie in units up to `last`; units before `end`, the first with a row that fails, have no others. */
function upTo(
  field: PrimitiveColumn,
  { last, end }: { readonly last: number; readonly end: number },
): LeafProjection {
  return {
    inclusive: compare('lt-eq', field, Math.max(...lateToo(last)), boundTrue),
    strict: compare('lt', field, end, boundFalse),
  }
}

/** Matching rows lie in units from `first` on; units after `before`, the last with a row that fails, have no others. */
function from(
  field: PrimitiveColumn,
  { first, before }: { readonly first: number; readonly before: number },
): LeafProjection {
  return {
    inclusive: compare('gt-eq', field, first, boundTrue),
    strict: compare('gt', field, Math.max(...lateToo(before)), boundFalse),
  }
}

/** The stored values that a unit may have: before 1970 also the one after it. */
function lateToo(unit: number): [number, ...number[]] {
  return unit < 0 ? [unit, unit + 1] : [unit]
}

/** A unit beyond 32 bits cannot be stored, and what was stored in its place is not known. */
function compare(
  kind: 'lt' | 'lt-eq' | 'gt' | 'gt-eq',
  column: PrimitiveColumn,
  unit: number,
  inDoubt: BoundPredicate,
): BoundPredicate {
  return isInt32(unit) ? { kind, column, literal: unit } : inDoubt
}

function oneOf(field: PrimitiveColumn, units: readonly number[]): BoundPredicate {
  const stored = units.flatMap(lateToo)
  return stored.every(isInt32) ? isOneOf(field, stored) : boundTrue
}

function noneOf(field: PrimitiveColumn, units: readonly number[]): BoundPredicate {
  const stored = units.flatMap(lateToo)
  return stored.every(isInt32) ? isNoneOf(field, stored) : boundFalse
}
