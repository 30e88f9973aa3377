import { IcebergError } from '../base/errors.ts'
import type { Predicate } from './build.ts'
import { parsePredicate } from './parse.ts'
import type { Expression } from './predicate.ts'

/**
 * What callers give to say which rows are meant: a predicate of the builders, or text. Anything else must not be taken for
 * a predicate that holds for every row.
 *
 * @throws IcebergError `invalid` for what is neither, and as {@link parsePredicate} for text
 */
export function expressionOf(filter: Predicate<never> | string): Expression {
  if (typeof filter === 'string') return parsePredicate(filter)
  const expression: unknown = filter?.expression
  if (typeof expression === 'object' && expression !== null) return filter.expression
  throw new IcebergError('invalid', 'a filter is a predicate of the builders, or text')
}
