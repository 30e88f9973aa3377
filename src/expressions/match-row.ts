import { valueReader } from '../layout/column-value.ts'
import type { RowValues } from '../layout/column-value.ts'
import type { BoundPredicate } from './bound.ts'
import { valueTest } from './value-test.ts'

/**
 * Whether a row matches: the meaning of predicates, which all pruning is held against. Also for partition tuples, with a
 * predicate that was projected to them. Compiled once, to be asked often.
 */
export function rowMatcher(predicate: BoundPredicate): (row: RowValues) => boolean {
  switch (predicate.kind) {
    case 'true':
      return () => true
    case 'false':
      return () => false
    case 'and': {
      const matchers = predicate.children.map(rowMatcher)
      return (row) => matchers.every((matches) => matches(row))
    }
    case 'or': {
      const matchers = predicate.children.map(rowMatcher)
      return (row) => matchers.some((matches) => matches(row))
    }
    default: {
      const read = valueReader(predicate.column.positions)
      const test = valueTest(predicate)
      return (row) => test(read(row))
    }
  }
}
