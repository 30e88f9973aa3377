import { unreachable } from '../base/assert.ts'
import { IcebergError } from '../base/errors.ts'
import type { ComparisonKind, Expression, SetKind, UnaryKind } from './predicate.ts'

/** Deeper than any person writes, and shallow enough for the stack of every evaluator. */
const MAX_DEPTH = 1_000

/** An expression without `not`. */
export type PositiveExpression =
  | Exclude<Expression, { readonly kind: 'not' | 'and' | 'or' }>
  | { readonly kind: 'and' | 'or'; readonly children: readonly PositiveExpression[] }

/**
 * The same expression with `not` moved into the tests of columns, where it is a kind of its own. So a comparison with null
 * stays without an answer, instead of becoming true under `not`.
 *
 * @throws IcebergError `limit` when the expression is nested more than 1,000 deep
 */
export function rewriteNot(expression: Expression): PositiveExpression {
  return rewrite(expression, false, 0)
}

function rewrite(expression: Expression, isNegated: boolean, depth: number): PositiveExpression {
  if (depth > MAX_DEPTH) {
    throw new IcebergError('limit', 'predicate is nested too deep', {
      context: { limit: MAX_DEPTH },
    })
  }
  switch (expression.kind) {
    case 'not':
      return rewrite(expression.child, !isNegated, depth + 1)
    case 'and':
    case 'or': {
      const children = expression.children.map((child) => rewrite(child, isNegated, depth + 1))
      return { kind: isNegated ? CONNECTIVES[expression.kind] : expression.kind, children }
    }
    case 'true':
    case 'false':
      return isNegated ? { kind: expression.kind === 'true' ? 'false' : 'true' } : expression
    default:
      return isNegated ? negateTest(expression) : expression
  }
}

type Test = Extract<Expression, { readonly column: unknown }>

function negateTest(test: Test): Test {
  switch (test.kind) {
    case 'is-null':
    case 'not-null':
    case 'is-nan':
    case 'not-nan':
      return { ...test, kind: NEGATED_UNARIES[test.kind] }
    case 'in':
    case 'not-in':
      return { ...test, kind: NEGATED_SETS[test.kind] }
    case 'eq':
    case 'not-eq':
    case 'lt':
    case 'lt-eq':
    case 'gt':
    case 'gt-eq':
    case 'starts-with':
    case 'not-starts-with':
      return { ...test, kind: NEGATED_COMPARISONS[test.kind] }
    default:
      return unreachable(test)
  }
}

const CONNECTIVES = { and: 'or', or: 'and' } as const

const NEGATED_UNARIES: Record<UnaryKind, UnaryKind> = {
  'is-null': 'not-null',
  'not-null': 'is-null',
  'is-nan': 'not-nan',
  'not-nan': 'is-nan',
}

/** The test that holds for exactly the values, neither null nor NaN, that the other does not hold for. */
export const NEGATED_SETS: Record<SetKind, SetKind> = { in: 'not-in', 'not-in': 'in' }

/** As {@link NEGATED_SETS}. */
export const NEGATED_COMPARISONS: Record<ComparisonKind, ComparisonKind> = {
  eq: 'not-eq',
  'not-eq': 'eq',
  lt: 'gt-eq',
  'lt-eq': 'gt',
  gt: 'lt-eq',
  'gt-eq': 'lt',
  'starts-with': 'not-starts-with',
  'not-starts-with': 'starts-with',
}
