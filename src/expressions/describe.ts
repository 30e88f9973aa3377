import { unreachable } from '../base/assert.ts'
import { formatPath } from '../layout/find-column.ts'
import type { BoundPredicate } from './bound.ts'
import type { ComparisonKind, Expression, SetKind, UnaryKind } from './predicate.ts'

/**
 * A predicate as text for logs and errors: `city = ? and (fare > ? or id in (3 values))`. Literals are masked, because they
 * are values of rows.
 */
export function describePredicate(predicate: Expression | BoundPredicate): string {
  switch (predicate.kind) {
    case 'true':
    case 'false':
      return predicate.kind
    case 'not':
      return `not ${inParentheses(predicate.child)}`
    case 'and':
    case 'or':
      if (predicate.children.length === 0) return predicate.kind === 'and' ? 'true' : 'false'
      return predicate.children.map(inParentheses).join(` ${predicate.kind} `)
    case 'is-null':
    case 'not-null':
    case 'is-nan':
    case 'not-nan':
      return `${columnOf(predicate)} ${UNARIES[predicate.kind]}`
    case 'in':
    case 'not-in':
      return `${columnOf(predicate)} ${SETS[predicate.kind]} (${predicate.literals.length} values)`
    case 'eq':
    case 'not-eq':
    case 'lt':
    case 'lt-eq':
    case 'gt':
    case 'gt-eq':
    case 'starts-with':
    case 'not-starts-with':
      return `${columnOf(predicate)} ${COMPARISONS[predicate.kind]}`
    default:
      return unreachable(predicate)
  }
}

function inParentheses(child: Expression | BoundPredicate): string {
  const text = describePredicate(child)
  const isList = (child.kind === 'and' || child.kind === 'or') && child.children.length > 1
  return isList || child.kind === 'not' ? `(${text})` : text
}

type Test = Extract<Expression | BoundPredicate, { readonly column: unknown }>

function columnOf({ column }: Test): string {
  return formatPath('path' in column ? column.path : column)
}

/** How tests without a literal are spelled. */
export const UNARIES: Record<UnaryKind, string> = {
  'is-null': 'is null',
  'not-null': 'is not null',
  'is-nan': 'is nan',
  'not-nan': 'is not nan',
}

/** How tests against several literals are spelled. */
export const SETS: Record<SetKind, string> = { in: 'in', 'not-in': 'not in' }

const COMPARISONS: Record<ComparisonKind, string> = {
  eq: '= ?',
  'not-eq': '!= ?',
  lt: '< ?',
  'lt-eq': '<= ?',
  gt: '> ?',
  'gt-eq': '>= ?',
  'starts-with': "like '?%'",
  'not-starts-with': "not like '?%'",
}
