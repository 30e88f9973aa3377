import { stringifyJson } from '../base/json-exact.ts'
import { formatPath } from '../layout/find-column.ts'
import { valueToJson } from '../types/single-value-json.ts'
import type { PrimitiveValue } from '../types/value.ts'
import { isUnary } from './bound.ts'
import type { BoundLeaf, BoundPredicate, PrimitiveColumn } from './bound.ts'
import { SETS, UNARIES } from './describe.ts'
import type { ComparisonKind } from './predicate.ts'

/** Literals of a set that are spelled out; the others are counted. */
const SPELLED_LITERALS = 5

/**
 * A predicate with its literals, for those whose own it is: `city = "Oslo" and fare > "10.00"`, values as JSON spells them.
 * Logs and errors have it from `describePredicate`, which masks them.
 */
export function predicateText(predicate: BoundPredicate): string {
  switch (predicate.kind) {
    case 'true':
    case 'false':
      return predicate.kind
    case 'and':
    case 'or':
      return predicate.children
        .map((child) => ('children' in child ? `(${predicateText(child)})` : predicateText(child)))
        .join(` ${predicate.kind} `)
    default:
      return leafText(predicate)
  }
}

function leafText(leaf: BoundLeaf): string {
  const column = formatPath(leaf.column.path)
  if (isUnary(leaf)) return `${column} ${UNARIES[leaf.kind]}`
  switch (leaf.kind) {
    case 'in':
    case 'not-in':
      return `${column} ${SETS[leaf.kind]} (${literalsText(leaf.column, leaf.literals)})`
    default:
      return `${column} ${COMPARISONS[leaf.kind]} ${literalText(leaf.column, leaf.literal)}`
  }
}

function literalsText(column: PrimitiveColumn, literals: readonly PrimitiveValue[]): string {
  const spelled = literals.slice(0, SPELLED_LITERALS).map((value) => literalText(column, value))
  const left = literals.length - spelled.length
  return [...spelled, ...(left > 0 ? [`${left} more`] : [])].join(', ')
}

function literalText({ type }: PrimitiveColumn, value: PrimitiveValue): string {
  return stringifyJson(valueToJson(type, value))
}

const COMPARISONS: Record<ComparisonKind, string> = {
  eq: '=',
  'not-eq': '!=',
  lt: '<',
  'lt-eq': '<=',
  gt: '>',
  'gt-eq': '>=',
  'starts-with': 'starts with',
  'not-starts-with': 'does not start with',
}
