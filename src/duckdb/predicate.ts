// Predicates as conditions of DuckDB, with our meaning and not its own: no comparison holds for NaN, which DuckDB has above
// all numbers; null is never matched but by a test for it. There is no `not` in a predicate, so that a condition which is
// null where ours is false changes nothing.
import { unreachable } from '../base/assert.ts'
import { isUnary } from '../expressions/bound.ts'
import type {
  BoundColumn,
  BoundComparison,
  BoundLeaf,
  BoundPredicate,
  BoundSet,
  BoundUnary,
  PrimitiveColumn,
} from '../expressions/bound.ts'
import { isFloating } from '../types/type.ts'
import type { PrimitiveValue } from '../types/value.ts'
import { literal, quoteText } from './sql-text.ts'

/** The expression that a column of a predicate is in a query. */
export type ColumnText = (column: BoundColumn) => string

/**
 * A condition that is true for exactly the rows that match.
 *
 * @throws Declined when DuckDB cannot be told so
 */
export function conditionOf(predicate: BoundPredicate, columnText: ColumnText): string {
  switch (predicate.kind) {
    case 'true':
    case 'false':
      return predicate.kind
    case 'and':
    case 'or': {
      const children = predicate.children.map((child) => conditionOf(child, columnText))
      return `(${children.join(predicate.kind === 'and' ? ' AND ' : ' OR ')})`
    }
    default:
      return leafText(predicate, columnText(predicate.column))
  }
}

function leafText(leaf: BoundLeaf, column: string): string {
  if (isUnary(leaf)) return unaryText(leaf, column)
  return 'literals' in leaf ? setText(leaf, column) : comparisonText(leaf, column)
}

function unaryText({ kind }: BoundUnary, column: string): string {
  switch (kind) {
    case 'is-null':
      return `${column} IS NULL`
    case 'not-null':
      return `${column} IS NOT NULL`
    case 'is-nan':
      return `isnan(${column})`
    case 'not-nan':
      return `(${column} IS NULL OR NOT isnan(${column}))`
    default:
      return unreachable(kind)
  }
}

function comparisonText({ kind, column, literal: value }: BoundComparison, text: string): string {
  const [left, right] = comparable(column, text, value)
  switch (kind) {
    case 'eq':
      return `${left} = ${right}`
    case 'not-eq':
      return withoutNan(column, text, `${left} <> ${right}`)
    case 'lt':
      return `${left} < ${right}`
    case 'lt-eq':
      return `${left} <= ${right}`
    case 'gt':
      return withoutNan(column, text, `${left} > ${right}`)
    case 'gt-eq':
      return withoutNan(column, text, `${left} >= ${right}`)
    case 'starts-with':
      return `starts_with(${text}, ${quoteText(String(value))})`
    case 'not-starts-with':
      return `NOT starts_with(${text}, ${quoteText(String(value))})`
    default:
      return unreachable(kind)
  }
}

function setText({ kind, column, literals }: BoundSet, text: string): string {
  const isWide = literals.some((value) => isBeyondFloats(column, value))
  const values = literals.map((value) => literalOf(column, value, isWide)).join(', ')
  const left = isWide ? `CAST(${text} AS DOUBLE)` : text
  return kind === 'in'
    ? `${left} IN (${values})`
    : withoutNan(column, text, `${left} NOT IN (${values})`)
}

/** Both sides of a comparison, as doubles where a float is compared with what no float is. */
function comparable(
  column: PrimitiveColumn,
  text: string,
  value: PrimitiveValue,
): readonly [left: string, right: string] {
  const isWide = isBeyondFloats(column, value)
  return [isWide ? `CAST(${text} AS DOUBLE)` : text, literalOf(column, value, isWide)]
}

function literalOf({ type }: PrimitiveColumn, value: PrimitiveValue, isWide: boolean): string {
  return literal(isWide ? { kind: 'double' } : type, value)
}

function isBeyondFloats({ type }: PrimitiveColumn, value: PrimitiveValue): boolean {
  return type.kind === 'float' && typeof value === 'number' && Math.fround(value) !== value
}

function withoutNan({ type }: PrimitiveColumn, column: string, condition: string): string {
  return isFloating(type) ? `(${condition} AND NOT isnan(${column}))` : condition
}
